//! How each row is read once, where several postings point at one body.

use std::collections::{BTreeMap, BTreeSet};

use vigil_model::{BlockRef, Class, FrameRef};
use vigil_query::TimeRange;

use crate::Posting;

/// What is said of one body.
#[derive(Default)]
struct Said {
    /// A posting of the whole body, of some of its times.
    whole_in_part: bool,
    /// A posting of one of its frames that counts at every time.
    frame_at_all_times: bool,
    /// A posting of the whole body that counts at every time; the earliest.
    whole: Option<Posting>,
}

/// Leaves postings of which each counts rows that no other counts.
///
/// - A posting of a whole body at every time stands for all others of the body.
/// - Where the whole body is to be read for some times and one of its frames for all, both would
///   count the rows of that frame: one posting of the whole body takes the place of all.
/// - An opaque posting stands for the whole frame, in place of what another shelf says of it.
pub(crate) fn read_once(postings: &mut Vec<Posting>) {
    let whole: BTreeSet<_> = postings.iter().filter(|posting| posting.is_whole_body()).map(body).collect();
    if !whole.is_empty() {
        leave_to_whole(postings, &whole);
    }
    leave_to_opaque(postings);
}

fn body(posting: &Posting) -> (BlockRef, Class) {
    (posting.at.block, posting.at.class)
}

fn leave_to_whole(postings: &mut Vec<Posting>, bodies: &BTreeSet<(BlockRef, Class)>) {
    let mut said: BTreeMap<(BlockRef, Class), Said> = bodies.iter().map(|body| (*body, Said::default())).collect();
    for posting in &*postings {
        let Some(said) = said.get_mut(&body(posting)) else { continue };
        let always = posting.clip == TimeRange::ALL;
        match posting.is_whole_body() {
            true if always => {
                let earlier = said.whole.as_ref().is_none_or(|first| posting.arrival < first.arrival);
                said.whole = if earlier { Some(*posting) } else { said.whole };
            }
            true => said.whole_in_part = true,
            false => said.frame_at_all_times |= always,
        }
    }
    for (said, (block, class)) in said.values_mut().zip(bodies) {
        if said.whole.is_none() && said.whole_in_part && said.frame_at_all_times {
            let arrivals =
                postings.iter().filter(|posting| body(posting) == (*block, *class)).map(|posting| posting.arrival);
            let at = FrameRef { block: *block, class: *class, frame: Posting::WHOLE_BODY };
            said.whole = Some(Posting::opaque(at, arrivals.min().unwrap_or(0)));
        }
    }
    let mut seen = BTreeSet::new();
    postings.retain(|posting| match said.get(&body(posting)) {
        None => true,
        Some(Said { whole: Some(_), .. }) => false,
        // The same run of times of the same body, from a row of the order of arrival and a later one.
        Some(_) => !posting.is_whole_body() || seen.insert((body(posting), posting.clip.from)),
    });
    postings.extend(said.into_values().filter_map(|said| said.whole));
}

fn leave_to_opaque(postings: &mut Vec<Posting>) {
    let opaque: BTreeSet<FrameRef> = postings.iter().filter(|p| p.is_opaque()).map(|p| p.at).collect();
    if !opaque.is_empty() {
        postings.retain(|posting| posting.is_opaque() || !opaque.contains(&posting.at));
    }
}

#[cfg(test)]
mod tests {
    use vigil_model::{LogNumber, Timestamp};

    use super::*;

    const DAY: TimeRange = TimeRange { from: Timestamp(0), to: Timestamp(100) };
    const NEXT: TimeRange = TimeRange { from: Timestamp(100), to: Timestamp(200) };

    fn frame(seq: u64, frame: u16, clip: TimeRange) -> Posting {
        let at = FrameRef { block: BlockRef { log: LogNumber(1), seq }, class: Class::Logs, frame };
        Posting { at, clip, first: Timestamp(1), last: Timestamp(150), rows: 3, arrival: seq }
    }

    fn whole(seq: u64, clip: TimeRange) -> Posting {
        Posting { rows: 0, ..frame(seq, Posting::WHOLE_BODY, clip) }
    }

    fn left(mut postings: Vec<Posting>) -> Vec<Posting> {
        read_once(&mut postings);
        postings
    }

    #[test]
    fn parts_that_do_not_overlap_stay() {
        let parts = vec![whole(1, DAY), frame(1, 0, NEXT), whole(2, DAY), whole(2, NEXT), frame(3, 0, TimeRange::ALL)];
        assert_eq!(left(parts.clone()), parts);
    }

    #[test]
    fn a_whole_body_stands_for_all_of_it() {
        let late = Posting { arrival: 9, ..whole(1, TimeRange::ALL) };
        let all = vec![late, whole(1, TimeRange::ALL), whole(1, DAY), frame(1, 0, NEXT), frame(2, 0, NEXT)];
        assert_eq!(left(all), [frame(2, 0, NEXT), whole(1, TimeRange::ALL)]);
    }

    #[test]
    fn no_row_counts_twice_where_some_times_of_a_body_meet_all_times_of_a_frame() {
        let opaque = Posting::opaque(frame(1, 3, DAY).at, 1);
        let at = FrameRef { frame: Posting::WHOLE_BODY, ..opaque.at };
        assert_eq!(left(vec![whole(1, DAY), opaque, frame(1, 0, NEXT)]), [Posting::opaque(at, 1)]);
        assert_eq!(left(vec![whole(1, DAY), whole(1, DAY)]), [whole(1, DAY)]);
    }

    #[test]
    fn an_opaque_frame_stands_for_what_another_shelf_says_of_it() {
        let opaque = Posting::opaque(frame(1, 0, DAY).at, 1);
        assert_eq!(left(vec![frame(1, 0, DAY), opaque, frame(1, 1, DAY)]), [opaque, frame(1, 1, DAY)]);
    }
}
