//! Does a line go on with the event before it, as lines below a thrown exception do?
//!
//! An indented line always does. Others are told by how runtimes write them:
//!
//! - Java, Kotlin, .NET: `Caused by:`, `Suppressed:`, `at …`, `... 12 more`, `--- End of …`; the line with the name of
//!   the exception (`java.io.IOException: …`) when it stands right below a message;
//! - Python: `Traceback (most recent call last):` up to the first line that is not indented, chains of them included;
//! - Go: `goroutine 1 [running]:` and the calls below, behind `panic:` or alone;
//! - Rust: the message below `panicked at`, `stack backtrace:`; Node: the bracket that closes what is indented.
//!
//! Where a trace stands alone, without a message in front, it goes on with the line before it: nobody can tell.

/// What the event's lines so far were.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Place {
    /// One line, a message.
    #[default]
    Message,
    /// One line, or the second one, that names an exception.
    Thrown,
    /// Indented lines.
    Below,
    /// A traceback of Python, whose last line is not indented, or a message that Rust puts on a line of its own.
    OneMore,
    /// Calls of goroutines.
    Go,
}

/// Follows the lines of one event.
#[derive(Default)]
pub(crate) struct Traces {
    place: Place,
}

impl Traces {
    /// The event begins with this line.
    pub(crate) fn begin(&mut self, line: &str) {
        self.place = match line {
            _ if is_indented(line) => Place::Below,
            _ if is_traceback(line) || is_rust_panic(line) => Place::OneMore,
            _ if line.starts_with("panic: ") || line.starts_with("fatal error: ") || is_goroutine(line) => Place::Go,
            _ if names_exception(line) => Place::Thrown,
            _ => Place::Message,
        };
    }

    /// Whether this line, the next one, belongs to the event.
    pub(crate) fn goes_on(&mut self, line: &str) -> bool {
        let next = if is_indented(line) { Some(self.indented()) } else { self.flush_left(line) };
        self.place = next.unwrap_or(self.place);
        next.is_some()
    }

    fn indented(&self) -> Place {
        match self.place {
            Place::Message | Place::Thrown => Place::Below,
            place => place,
        }
    }

    fn flush_left(&self, line: &str) -> Option<Place> {
        if is_traceback(line) {
            return Some(Place::OneMore);
        }
        if is_goroutine(line) {
            return Some(Place::Go);
        }
        if is_below(line) {
            return Some(Place::Below);
        }
        match self.place {
            Place::OneMore => Some(Place::Below),
            Place::Go if is_go_call(line) => Some(Place::Go),
            Place::Message if names_exception(line) => Some(Place::Thrown),
            Place::Below if is_closing(line) => Some(Place::Below),
            _ => None,
        }
    }
}

fn is_indented(line: &str) -> bool {
    line.starts_with([' ', '\t'])
}

fn is_traceback(line: &str) -> bool {
    line.starts_with("Traceback (most recent call last)")
}

fn is_rust_panic(line: &str) -> bool {
    line.starts_with("thread '") && line.contains("panicked at ") && line.ends_with(':')
}

fn is_goroutine(line: &str) -> bool {
    line.strip_prefix("goroutine ")
        .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()) && rest.contains('['))
}

fn is_go_call(line: &str) -> bool {
    let begins = ["created by ", "[signal ", "exit status ", "panic: ", "runtime stack:", "..."];
    begins.iter().any(|begin| line.starts_with(begin)) || (line.ends_with(')') && line.contains('('))
}

/// Lines that stand nowhere but below an exception.
fn is_below(line: &str) -> bool {
    const BEGINS: [&str; 7] = [
        "Caused by:",
        "Suppressed:",
        "--- End of ",
        "During handling of the above exception",
        "The above exception was the direct cause",
        "stack backtrace:",
        "note: run with `RUST_BACKTRACE",
    ];
    let elided = |rest: &str| rest.ends_with("more") || rest.ends_with("omitted");
    BEGINS.iter().any(|begin| line.starts_with(begin))
        || line.strip_prefix("at ").is_some_and(|rest| rest.contains(['(', ':']))
        || line.strip_prefix("... ").is_some_and(elided)
}

/// `java.io.IOException: …`, `System.ArgumentException`, `requests.exceptions.ConnectionError: …`
fn names_exception(line: &str) -> bool {
    let end = line.find([':', ' ']).unwrap_or(line.len());
    let name = &line[..end];
    let dotted = name.contains('.')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'$'));
    let ends = ["Exception", "Error", "Throwable"].iter().any(|kind| name.ends_with(kind));
    dotted && ends && !line[end..].starts_with(' ')
}

/// `}`, `],`: what closes something indented.
fn is_closing(line: &str) -> bool {
    matches!(line.trim_end_matches([',', ';']), "}" | "]" | ")")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many events there are.
    fn events(text: &str) -> usize {
        let mut traces = Traces::default();
        let mut count = 0;
        for line in text.lines().filter(|line| !line.is_empty()) {
            if count == 0 || !traces.goes_on(line) {
                traces.begin(line);
                count += 1;
            }
        }
        count
    }

    #[test]
    fn traces_of_many_runtimes_are_one_event_and_their_neighbours_are_others() {
        for (runtime, trace) in [
            (
                "java",
                "ERROR pool-1 could not pay\njava.lang.IllegalStateException: no money\n\tat shop.Pay.run(Pay.java:12)\nCaused by: java.io.IOException: gone\n\tat shop.Bank.call(Bank.java:7)\n\t... 12 more",
            ),
            (
                "dotnet",
                "fail: Shop[0]\nSystem.InvalidOperationException: no\n ---> System.IO.IOException: x\n   at Shop.Pay()\n   --- End of inner exception stack trace ---\n--- End of stack trace from previous location ---\n   at Shop.Main()",
            ),
            (
                "python",
                "ERROR could not pay\nTraceback (most recent call last):\n  File \"a.py\", line 1, in <module>\n    pay()\nKeyError: 'x'\n\nDuring handling of the above exception, another exception occurred:\n\nTraceback (most recent call last):\n  File \"a.py\", line 3\nValueError: y",
            ),
            (
                "go",
                "panic: runtime error: index out of range [5] with length 3\n\ngoroutine 1 [running]:\nmain.pay(...)\n\t/srv/main.go:8\nmain.main()\n\t/srv/main.go:4 +0x1d\ncreated by main.start in goroutine 7\n\t/srv/main.go:2\nexit status 2",
            ),
            ("ruby", "pay.rb:3:in 'pay': no money (RuntimeError)\n\tfrom pay.rb:9:in '<main>'"),
            (
                "rust",
                "thread 'main' panicked at src/main.rs:2:5:\nno money\nstack backtrace:\n   0: rust_begin_unwind\nnote: run with `RUST_BACKTRACE=full` for more",
            ),
            ("node", "Error: no money\n    at pay (/srv/pay.js:1:2) {\n  code: 'EMPTY'\n}"),
        ] {
            assert_eq!(events(trace), 1, "{runtime}");
            assert_eq!(events(&format!("before\nnow\n{trace}\nafter\nat last")), 5, "{runtime}");
        }
    }

    #[test]
    fn two_exceptions_printed_one_after_another_are_two() {
        assert_eq!(events("java.lang.A$Error: x\n\tat a(b.java:1)\njava.lang.BException: y\n\tat a(b.java:1)"), 2);
        assert_eq!(events("a.b.CException: x\na.b.CException: y"), 2);
        assert_eq!(events("plain\nfoo.Error happened\nat least (so it is)"), 2);
    }
}
