//! How a body becomes documents: one for each frame, or for each run of days within a frame.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use vigil_index::{FrameTerms, Posting, TermCollector};
use vigil_model::{BlockRef, Class, FrameRef, Records, Timestamp};
use vigil_query::TimeRange;

use crate::gather::Gathering;
use crate::schema::{FrameDocument, Gauge};
use crate::shelf::{Place, ShelfId};

/// What is the same for all frames of a body.
#[derive(Clone, Copy)]
pub(crate) struct Source {
    pub(crate) block: BlockRef,
    pub(crate) class: Class,
    pub(crate) arrival: u64,
    pub(crate) sealed: Timestamp,
}

impl Source {
    fn frame(&self, frame: u16) -> FrameRef {
        FrameRef { block: self.block, class: self.class, frame }
    }
}

/// Makes documents of frames.
#[derive(Default)]
pub(crate) struct Framer {
    collector: TermCollector,
    gauge: Arc<Gauge>,
    /// Columns of the same records.
    pub(crate) columns: Gathering,
}

impl Framer {
    pub(crate) fn new(columns: Gathering) -> Framer {
        Framer { columns, ..Framer::default() }
    }

    pub(crate) fn gauge(&self) -> &Arc<Gauge> {
        &self.gauge
    }

    /// The documents of one body, of shelves that still want it.
    pub(crate) fn documents(
        &mut self,
        source: Source,
        records: &Records,
        wants: &dyn Fn(ShelfId) -> bool,
    ) -> Vec<(ShelfId, FrameDocument)> {
        let mut documents = Vec::new();
        for (n, range) in records.frame_bounds().into_iter().enumerate() {
            documents.extend(self.frame(source, n as u16, records, range, wants));
        }
        documents
    }

    /// The documents of one frame, the records of `range`.
    pub(crate) fn frame(
        &mut self,
        source: Source,
        frame: u16,
        records: &Records,
        range: Range<usize>,
        wants: &dyn Fn(ShelfId) -> bool,
    ) -> Vec<(ShelfId, FrameDocument)> {
        let at = source.frame(frame);
        // Rows tell what is damaged; columns could not.
        let whole = range.clone().all(|n| records.get(n).is_some());
        let mut documents = Vec::new();
        for (place, numbers) in places(records, range, source.sealed) {
            if !wants(place.shelf) {
                continue;
            }
            let Some((posting, document)) = self.document(at, source.arrival, records, &numbers) else { continue };
            if whole {
                self.columns.add(place.shelf, &posting, numbers.iter().filter_map(|n| records.get(*n)));
            }
            documents.push((place.shelf, document));
        }
        documents
    }

    /// The document of a frame that cannot be read.
    pub(crate) fn opaque(&self, source: Source, frame: u16) -> FrameDocument {
        let posting = Posting::opaque(source.frame(frame), source.arrival);
        FrameDocument::new(&posting, FrameTerms::opaque(), &self.gauge)
    }

    fn document(
        &mut self,
        at: FrameRef,
        arrival: u64,
        records: &Records,
        numbers: &[usize],
    ) -> Option<(Posting, FrameDocument)> {
        let mut span: Option<(Timestamp, Timestamp)> = None;
        for record in numbers.iter().filter_map(|n| records.get(*n)) {
            let time = record.time();
            span = Some(span.map_or((time, time), |(first, last)| (first.min(time), last.max(time))));
            self.collector.add(&record);
        }
        let (first, last) = span?;
        let posting = Posting { at, clip: TimeRange::ALL, first, last, rows: numbers.len() as u32, arrival };
        Some((posting, FrameDocument::new(&posting, self.collector.take(), &self.gauge)))
    }
}

/// Which records of a frame go where; nearly always all to one place.
fn places(records: &Records, range: Range<usize>, sealed: Timestamp) -> BTreeMap<Place, Vec<usize>> {
    let mut places: BTreeMap<Place, Vec<usize>> = BTreeMap::new();
    let mut run: Option<(Place, Vec<usize>)> = None;
    for n in range {
        let Some(record) = records.get(n) else { continue };
        let place = Place::of(record.time(), sealed);
        match &mut run {
            Some((last, numbers)) if *last == place => numbers.push(n),
            _ => {
                let ended = run.replace((place, vec![n]));
                ended.into_iter().for_each(|(place, numbers)| places.entry(place).or_default().extend(numbers));
            }
        }
    }
    run.into_iter().for_each(|(place, numbers)| places.entry(place).or_default().extend(numbers));
    places
}
