//! Which known word an unknown one was meant to be.

/// The known word nearest to `word`, if one is near enough to suggest.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |text: &str| text.to_ascii_lowercase().replace('-', "_");
    let word = plain(word);
    let limit = if word.chars().count() <= 4 { 1 } else { 2 };
    let distance = |other: &str| strsim::damerau_levenshtein(&word, &plain(other));
    let extends = |other: &str| word.len() >= 4 && (plain(other).starts_with(&word) || word.starts_with(&plain(other)));
    let scored = known.into_iter().map(|other| (distance(other), extends(other), other));
    let near = scored.filter(|(distance, extends, _)| *distance <= limit || *extends);
    near.min_by_key(|(distance, ..)| *distance).map(|(.., other)| other)
}

/// `message`, with a suggestion appended where one of `known` is near.
pub(crate) fn with_hint(message: String, word: &str, known: &[&str]) -> String {
    match nearest(word, known.iter().copied()) {
        Some(near) => format!("{message}; did you mean `{near}`?"),
        None => message,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggests_what_is_near_and_nothing_else() {
        let known = ["sync", "sync_interval", "max_disk", "data_dir"];
        let table = [
            ("snyc", Some("sync")),
            ("data-dir", Some("data_dir")),
            ("MAX_DISC", Some("max_disk")),
            ("max_disk_size", Some("max_disk")),
            ("colour", None),
            ("x", None),
        ];
        for (word, wanted) in table {
            assert_eq!(nearest(word, known), wanted, "{word}");
        }
    }
}
