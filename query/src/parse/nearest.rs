//! Which known word was probably meant.

/// Longer words are not compared: nobody mistypes that much.
const LEN_MAX: usize = 32;

/// The nearest of `known`, if it is near enough to be a slip of the fingers.
pub fn nearest<'k>(word: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    let word: Vec<char> = word.chars().take(LEN_MAX + 1).flat_map(char::to_lowercase).collect();
    if word.len() > LEN_MAX {
        return None;
    }
    let near = known.map(|name| (distance(&word, name), name)).min()?;
    (near.0 <= 2 && near.0 < word.len()).then_some(near.1)
}

/// Letters to add, drop, replace or swap with their neighbour.
fn distance(word: &[char], name: &str) -> usize {
    let name: Vec<char> = name.chars().collect();
    let mut rows = vec![vec![0; name.len() + 1]; word.len() + 1];
    for (i, row) in rows.iter_mut().enumerate() {
        row[0] = i;
    }
    rows[0] = (0..=name.len()).collect();
    for i in 1..=word.len() {
        for j in 1..=name.len() {
            let differs = usize::from(word[i - 1] != name[j - 1]);
            let mut least = (rows[i - 1][j] + 1).min(rows[i][j - 1] + 1).min(rows[i - 1][j - 1] + differs);
            if i > 1 && j > 1 && word[i - 1] == name[j - 2] && word[i - 2] == name[j - 1] {
                least = least.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = least;
        }
    }
    rows[word.len()][name.len()]
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn slips_are_understood_and_other_words_are_not() {
        let known = || ["stats", "sort", "limit", "fields"].into_iter();
        assert_eq!(nearest("limt", known()), Some("limit"));
        assert_eq!(nearest("STAST", known()), Some("stats"));
        assert_eq!(nearest("field", known()), Some("fields"));
        assert_eq!(nearest("uniq", known()), None);
        assert_eq!(nearest("x", known()), None);
        assert_eq!(nearest(&"limit".repeat(1_000), known()), None);
    }
}
