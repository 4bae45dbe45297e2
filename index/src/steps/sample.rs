//! `sample 100`: about one row of so many, chosen by its name, so that every node chooses the same.
//!
//! A row with `_id` is chosen by it: all rows made of one event stay or go together. Any other row is chosen by
//! the text of its columns, so put `sample` before a pipe that takes `_id` away.

use vigil_model::Hash;

use super::Step;
use crate::row;
use crate::view::View;

const DOMAIN: &str = "vigil sample v1";

pub(super) struct Sample(pub(super) u64);

impl Step for Sample {
    fn change<'a>(&'a self, view: &mut View<'a>) -> bool {
        if self.0 <= 1 {
            return true;
        }
        let mut name = String::new();
        match view.text(row::ID) {
            Some(id) => name.push_str(id),
            None => view.for_each(&mut |column, cell| {
                name.push_str(column);
                name.push('=');
                name.push_str(cell.text(&mut String::new()));
                name.push('\n');
            }),
        }
        let hash = Hash::of(DOMAIN, name.as_bytes());
        let number = u64::from_le_bytes(*hash.0.first_chunk().expect("a hash is longer than eight bytes"));
        number % self.0 == 0
    }
}

#[cfg(test)]
mod tests {
    use vigil_query::Pipe;

    use crate::steps::testing::rows;

    #[test]
    fn about_one_of_so_many_stays_and_it_is_always_the_same() {
        let stays = |n: i64| rows(&[Pipe::Sample(10)], &format!(r#"{{"n":{n}}}"#)).len();
        let first: Vec<usize> = (0..2_000).map(stays).collect();
        let second: Vec<usize> = (0..2_000).map(stays).collect();
        assert_eq!(first, second);
        let kept: usize = first.iter().sum();
        assert!((140..260).contains(&kept), "{kept} of 2,000");
        assert_eq!(rows(&[Pipe::Sample(1)], "{}").len(), 1);
    }
}
