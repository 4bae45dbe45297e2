//! What a value's text form is, without allocating where that is possible.

use std::fmt::Write;

use vigil_model::Value;

/// The longest text of a number or time: a small `f64` has over 300 digits.
const TEXT_BYTES_MAX: usize = 400;

/// Calls `then` with the text form of a value that is no list; the same text as its `Display`.
#[inline]
pub(super) fn with_text<T>(value: &Value<'_>, then: impl FnOnce(&str) -> T) -> T {
    match *value {
        Value::Str(text) => then(text),
        Value::Null => then(""),
        Value::Bool(true) => then("true"),
        Value::Bool(false) => then("false"),
        Value::Int(number) => then(Buffer::new().int(number)),
        Value::Float(_) | Value::Time(_) => then(Buffer::new().display(value)),
        Value::Bytes(_) | Value::List(_) => then(&value.to_string()),
    }
}

struct Buffer {
    bytes: [u8; TEXT_BYTES_MAX],
    len: usize,
}

impl Buffer {
    fn new() -> Buffer {
        Buffer { bytes: [0; TEXT_BYTES_MAX], len: 0 }
    }

    fn display(&mut self, value: &Value<'_>) -> &str {
        write!(self, "{value}").expect("the buffer holds the longest number and time");
        std::str::from_utf8(&self.bytes[..self.len]).expect("only whole texts were written")
    }

    /// As `display`, from the last digit to the first, several times faster.
    fn int(&mut self, number: i64) -> &str {
        let mut rest = number.unsigned_abs();
        let mut at = TEXT_BYTES_MAX;
        loop {
            at -= 1;
            self.bytes[at] = b'0' + (rest % 10) as u8;
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        if number < 0 {
            at -= 1;
            self.bytes[at] = b'-';
        }
        std::str::from_utf8(&self.bytes[at..]).expect("digits are ASCII")
    }
}

impl Write for Buffer {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        let end = self.len + text.len();
        self.bytes.get_mut(self.len..end).ok_or(std::fmt::Error)?.copy_from_slice(text.as_bytes());
        self.len = end;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use vigil_model::Timestamp;

    use super::*;

    #[test]
    fn the_text_is_that_of_display() {
        let floats = [0.0, -0.0, 1.5, 5e-324, -f64::MIN_POSITIVE, f64::MIN, f64::MAX, f64::NAN, f64::INFINITY];
        let ints = [0, -1, 7, i64::MIN, i64::MAX];
        let times = [0, -1, i64::MIN, i64::MAX];
        let values = floats.map(Value::Float).into_iter().chain(ints.map(Value::Int));
        for value in values.chain(times.map(|nanos| Value::Time(Timestamp(nanos)))).chain([
            Value::Null,
            Value::Bool(true),
            Value::Str("x"),
            Value::Bytes(&[0, 255]),
        ]) {
            with_text(&value, |text| assert_eq!(text, value.to_string()));
        }
    }
}
