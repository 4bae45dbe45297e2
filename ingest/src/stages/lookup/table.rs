//! How a table of CSV is held so that a row is found fast: the cells that are wanted, one after another, and an index.

use std::collections::BTreeMap;

use vigil_model::limits::{RECORD_BYTES_MAX, TABLE_ROWS_MAX};
use vigil_model::tree::Place;

use crate::networks::{Network, Networks, address};

/// How a field finds its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Match {
    /// The texts are the same.
    Exact,
    /// They are but for the case of letters.
    Folded,
    /// The address lies in the network.
    Cidr,
}

impl Match {
    pub(super) fn read(text: &str) -> Result<Match, String> {
        match text {
            "exact" => Ok(Match::Exact),
            "ignore-case" => Ok(Match::Folded),
            "cidr" => Ok(Match::Cidr),
            _ => Err(format!("`{text}` is none of exact, ignore-case, cidr")),
        }
    }
}

/// The number of a row.
pub(super) type Row = u32;

pub(super) struct Table {
    keys: Keys,
    /// Cells that are wanted of each row.
    width: usize,
    cells: String,
    /// Where each cell ends in `cells`.
    ends: Vec<u32>,
}

enum Keys {
    Texts { rows: BTreeMap<Box<str>, Row>, folded: bool },
    Networks(Networks<Row>),
}

/// What is wrong: with the settings at a place, or with the file.
type Wrong = (Option<Place>, String);

impl Table {
    /// Reads a table whose first line names its columns.
    pub(super) fn read(
        bytes: &[u8],
        delimiter: u8,
        matched: Match,
        key: (Place, &str),
        columns: &[(Place, &str)],
    ) -> Result<Table, Wrong> {
        let mut builder = csv::ReaderBuilder::new();
        let mut reader = builder.delimiter(delimiter).flexible(true).trim(csv::Trim::All).from_reader(bytes);
        let header = reader.headers().map_err(broken)?.clone();
        let key = column(&header, key)?;
        let wanted = columns.iter().map(|wanted| column(&header, *wanted)).collect::<Result<Vec<usize>, Wrong>>()?;
        let mut table = Table::empty(matched, wanted.len());
        let mut record = csv::StringRecord::new();
        while reader.read_record(&mut record).map_err(broken)? {
            let line = record.position().map_or(0, csv::Position::line);
            let read = table.add(record.get(key).unwrap_or_default(), wanted.iter().map(|at| record.get(*at)));
            read.map_err(|why| (None, format!("line {line}: {why}")))?;
        }
        Ok(table)
    }

    fn empty(matched: Match, width: usize) -> Table {
        let keys = match matched {
            Match::Cidr => Keys::Networks(Networks::default()),
            Match::Exact | Match::Folded => Keys::Texts { rows: BTreeMap::new(), folded: matched == Match::Folded },
        };
        Table { keys, width, cells: String::new(), ends: Vec::new() }
    }

    fn add<'c>(&mut self, key: &str, cells: impl Iterator<Item = Option<&'c str>>) -> Result<(), String> {
        if key.is_empty() {
            return Ok(());
        }
        if self.rows() >= TABLE_ROWS_MAX {
            return Err(format!("a table has at most {TABLE_ROWS_MAX} rows"));
        }
        let row = self.rows() as Row;
        match &mut self.keys {
            Keys::Texts { rows, folded } => {
                let key = if *folded { key.to_lowercase() } else { key.to_owned() };
                rows.insert(key.into(), row);
            }
            Keys::Networks(networks) => {
                let network = Network::read(key).ok_or_else(|| format!("`{key}` is no network such as 10.0.0.0/8"))?;
                *networks.entry(network, row) = row;
            }
        }
        for cell in cells {
            let cell = cell.unwrap_or_default();
            if cell.len() > RECORD_BYTES_MAX {
                return Err(format!("a cell of {} bytes fits no event", cell.len()));
            }
            self.cells.push_str(cell);
            let end = u32::try_from(self.cells.len()).map_err(|_| "the table is too large".to_owned())?;
            self.ends.push(end);
        }
        Ok(())
    }

    /// How many there are; no column at all still has rows, but they add nothing.
    fn rows(&self) -> usize {
        self.ends.len() / self.width.max(1)
    }

    /// The row of a key.
    pub(super) fn find(&self, key: &str) -> Option<Row> {
        match &self.keys {
            Keys::Texts { rows, folded: false } => rows.get(key).copied(),
            Keys::Texts { rows, folded: true } => rows.get(key.to_lowercase().as_str()).copied(),
            Keys::Networks(networks) => networks.around(address(key)?).next().copied(),
        }
    }

    /// The wanted cells of a row, in the order of the columns.
    pub(super) fn cells(&self, row: Row) -> impl Iterator<Item = &str> {
        let first = row as usize * self.width;
        let start = |cell: usize| cell.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
        (first..first + self.width).map(move |cell| &self.cells[start(cell)..self.ends[cell] as usize])
    }
}

fn broken(error: csv::Error) -> Wrong {
    (None, format!("not readable as CSV: {error}"))
}

/// The place of a column by its name.
fn column(header: &csv::StringRecord, (at, name): (Place, &str)) -> Result<usize, Wrong> {
    let known = || header.iter().filter(|known| !known.is_empty());
    header.iter().position(|known| known == name).ok_or_else(|| {
        let near = vigil_query::nearest(name, known());
        let all = || format!("there are: {}", known().take(20).collect::<Vec<_>>().join(", "));
        let hint = near.map_or_else(all, |near| format!("did you mean `{near}`?"));
        (Some(at), format!("no column is named `{name}`; {hint}"))
    })
}
