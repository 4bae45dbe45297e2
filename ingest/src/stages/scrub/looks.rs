//! Does a text look as if it was drawn by lot?

/// Whether it looks like a key: long, of all kinds of letters, mixed as no word and no path is.
///
/// Hashes, UUIDs and names of places are never: they have letters of one case. Of the keys that base 62 or base 64
/// make of 160 bits and more, one in a few hundred is not recognised.
pub(crate) fn like_a_key(text: &[u8]) -> bool {
    const LEAST: usize = 20;
    const MOST: usize = 4096;
    if !(LEAST..=MOST).contains(&text.len()) {
        return false;
    }
    let letters = text.iter().filter(|byte| byte.is_ascii_alphanumeric()).count();
    let others = text.len() - letters;
    let clean = text.iter().all(|byte| byte.is_ascii_alphanumeric() || b"+/=_-.~".contains(byte));
    if !clean || others * 6 > text.len() || !of_all_kinds(text) {
        return false;
    }
    let changes = |pair: &&[u8]| kind(pair[0]).zip(kind(pair[1])).is_some_and(|(one, other)| one != other);
    let kinds = text.windows(2).filter(changes).count();
    kinds * 10 >= (text.len() - 1) * 3
}

/// Whether it looks like the name of a session that whoever knows it is in: long, letters and digits, no words.
/// Counters are none, nor are numbers in hexadecimal as ZooKeeper writes them.
pub(crate) fn drawn(text: &[u8]) -> bool {
    let plain = text.iter().all(u8::is_ascii_graphic);
    let mixed = text.iter().any(u8::is_ascii_digit) && text.iter().any(u8::is_ascii_alphabetic);
    plain && mixed && text.len() >= 16 && !text.starts_with(b"0x")
}

fn of_all_kinds(text: &[u8]) -> bool {
    text.iter().any(u8::is_ascii_digit)
        && text.iter().any(u8::is_ascii_lowercase)
        && text.iter().any(u8::is_ascii_uppercase)
}

/// Which kind of letter it is; marks between words are none.
fn kind(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(0),
        b'a'..=b'z' => Some(1),
        b'A'..=b'Z' => Some(2),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_look_drawn_and_names_do_not() {
        for key in ["wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY", "9aF3kLm0QzX7bN2cV5tR", "aB3/dE5+fG7hI9jK1lM2nO4p=="] {
            assert!(like_a_key(key.as_bytes()), "{key}");
        }
        for name in [
            "0123456789abcdef0123456789abcdef01234567",
            "123e4567-e89b-12d3-a456-426614174000",
            "AWSLogs/123456789012/CloudTrail/us-east-1/2020/09/14/file",
            "HKEY_LOCAL_MACHINE-System-CurrentControlSet",
            "short1A",
            "user:profile:12345678901234567890",
        ] {
            assert!(!like_a_key(name.as_bytes()), "{name}");
        }
        assert!(drawn(b"a1b2c3d4e5f6a7b8") && drawn(b"s%3AnR7z0aPq.Q1w2e3"));
        for number in ["17", "console", "opened for user 1 now", "0x14ede63a5a70002", "30546173_4261722401"] {
            assert!(!drawn(number.as_bytes()), "{number}");
        }
    }
}
