//! How rows become columns: as wide as needed, and no wider than the terminal.

use super::output::{Look, Paint, cut, one_line, width_of};

/// Columns that no cell is cut below.
const COLUMN_LEAST: usize = 8;
/// Between two columns.
const GAP: &str = "  ";

/// Cells by row, with a head.
#[derive(Debug, Default)]
pub(crate) struct Table {
    head: Vec<String>,
    rows: Vec<Vec<Cell>>,
}

/// One cell.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cell {
    text: String,
    number: bool,
    paint: Option<Paint>,
}

impl Cell {
    /// A text.
    pub(crate) fn text(text: &str) -> Cell {
        Cell { text: one_line(text), number: false, paint: None }
    }

    /// A number, set flush right.
    pub(crate) fn number(text: &str) -> Cell {
        Cell { text: one_line(text), number: true, paint: None }
    }

    /// In this colour.
    #[must_use]
    pub(crate) fn paint(mut self, paint: Paint) -> Cell {
        self.paint = Some(paint);
        self
    }
}

impl Table {
    /// A table with these heads; none for a table without.
    pub(crate) fn new(head: impl IntoIterator<Item = impl Into<String>>) -> Table {
        Table { head: head.into_iter().map(|name| one_line(&name.into())).collect(), rows: Vec::new() }
    }

    /// Adds a row; it has as many cells as there are heads, if there are any.
    pub(crate) fn push(&mut self, row: Vec<Cell>) {
        assert!(self.head.is_empty() || row.len() == self.head.len(), "a row has a cell for each head");
        self.rows.push(row);
    }

    /// The lines, each with its end, and how many columns did not fit.
    pub(crate) fn render(&self, look: &Look) -> (String, usize) {
        let widths = fit(self.natural_widths(), look.width);
        let mut out = String::new();
        if !self.head.is_empty() {
            out.push_str(&self.head_line(&widths, look));
        }
        for row in &self.rows {
            out.push_str(&line(row, &widths, look));
        }
        (out, self.columns() - widths.len())
    }

    fn columns(&self) -> usize {
        self.head.len().max(self.rows.first().map_or(0, Vec::len))
    }

    fn natural_widths(&self) -> Vec<usize> {
        let of_head = |column: usize| self.head.get(column).map_or(0, |name| width_of(name));
        let of_cell = |column: usize| self.rows.iter().map(move |row| width_of(&row[column].text)).max().unwrap_or(0);
        (0..self.columns()).map(|column| of_head(column).max(of_cell(column))).collect()
    }

    fn head_line(&self, widths: &[usize], look: &Look) -> String {
        let number = |column: usize| self.rows.first().is_some_and(|row| row[column].number);
        let cell = |(column, name): (usize, &String)| Cell {
            text: name.clone(),
            number: number(column),
            paint: Some(Paint::Bold),
        };
        let cells: Vec<Cell> = self.head.iter().enumerate().map(cell).collect();
        line(&cells, widths, look)
    }
}

fn line(row: &[Cell], widths: &[usize], look: &Look) -> String {
    let last = widths.len().saturating_sub(1);
    let cells = row.iter().zip(widths).enumerate();
    let parts: Vec<String> = cells.map(|(at, (cell, width))| padded(cell, *width, at == last, look)).collect();
    let line = parts.join(GAP);
    format!("{}\n", if look.color { &line } else { line.trim_end() })
}

fn padded(cell: &Cell, width: usize, last: bool, look: &Look) -> String {
    let text = cut(&cell.text, width);
    let gap = " ".repeat(width.saturating_sub(width_of(&text)));
    let painted = look.paint(cell.paint.unwrap_or(Paint::Plain), &text);
    match (cell.number, last) {
        (true, _) => gap + &painted,
        (false, true) => painted,
        (false, false) => painted + &gap,
    }
}

/// Widths that fit: the widest column gives way first, then the last columns are left out.
fn fit(mut widths: Vec<usize>, terminal: Option<usize>) -> Vec<usize> {
    let Some(terminal) = terminal else { return widths };
    while widths.len() > 1 && least(&widths) > terminal {
        widths.pop();
    }
    while total(&widths) > terminal {
        let over = total(&widths) - terminal;
        let widest = widths.iter().copied().max().unwrap_or(0);
        let second = widths.iter().copied().filter(|width| *width < widest).max().unwrap_or(0).max(COLUMN_LEAST);
        let Some(at) = widths.iter().rposition(|width| *width == widest) else { break };
        if widest <= COLUMN_LEAST {
            break;
        }
        widths[at] = second.min(widest - 1).max(widest.saturating_sub(over)).max(COLUMN_LEAST);
    }
    widths
}

fn total(widths: &[usize]) -> usize {
    widths.iter().sum::<usize>() + GAP.len() * widths.len().saturating_sub(1)
}

fn least(widths: &[usize]) -> usize {
    let narrow: Vec<usize> = widths.iter().map(|width| (*width).min(COLUMN_LEAST)).collect();
    total(&narrow)
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    fn sample() -> Table {
        let mut table = Table::new(["host", "n", "message"]);
        table.push(vec![Cell::text("web-1"), Cell::number("12"), Cell::text("connection refused by upstream server")]);
        table.push(vec![Cell::text("db-12345"), Cell::number("9"), Cell::text("ok\nsecond line")]);
        table
    }

    #[test]
    fn into_a_pipe_nothing_is_cut() {
        expect![[r#"
            host       n  message
            web-1     12  connection refused by upstream server
            db-12345   9  ok\nsecond line
        "#]]
        .assert_eq(&sample().render(&Look::default()).0);
    }

    #[test]
    fn on_a_terminal_the_widest_column_gives_way() {
        let (text, left_out) = sample().render(&Look { width: Some(34), ..Look::default() });
        expect![[r#"
            host       n  message
            web-1     12  connection refused …
            db-12345   9  ok\nsecond line
        "#]]
        .assert_eq(&text);
        assert_eq!(left_out, 0);
        assert!(text.lines().all(|line| width_of(line) <= 34));
    }

    #[test]
    fn on_a_narrow_terminal_columns_are_left_out() {
        let (text, left_out) = sample().render(&Look { width: Some(12), ..Look::default() });
        expect![[r#"
            host       n
            web-1     12
            db-12345   9
        "#]]
        .assert_eq(&text);
        assert_eq!(left_out, 1);
    }

    #[test]
    fn colour_does_not_count_as_width() {
        let mut table = Table::new(["state", "why"]);
        table.push(vec![Cell::text("ok").paint(Paint::Green), Cell::text("x")]);
        let (text, _) = table.render(&Look { color: true, ..Look::default() });
        assert_eq!(text.lines().last(), Some("\u{1b}[32mok\u{1b}[0m     x"));
    }

    #[test]
    fn fitting_ends_at_every_width() {
        for terminal in 0..200 {
            let widths = fit(vec![3, 90, 90, 14, 1], Some(terminal));
            assert!(widths.len() == 1 || total(&widths) <= terminal, "{terminal}: {widths:?}");
        }
    }
}
