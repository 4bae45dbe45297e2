//! What a YAML text holds, and where each part stands. Reads on after what it can: one broken
//! part does not hide the problems before it.

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Span, StrInput};

pub(crate) use vigil_model::tree::{Content, Entry, Node};

use super::problem::Place;

/// How deep a configuration may nest.
const DEPTH_MAX: usize = 32;

/// What was wrong, and where.
pub(crate) type Fault = (Place, String);

/// The first document of `text`, as far as it can be read, and what was wrong with the text.
pub(crate) fn read(text: &str) -> (Option<Node>, Vec<Fault>) {
    let mut reader = Reader { parser: Parser::new_from_str(text), faults: Vec::new(), ended: false };
    let root = reader.document();
    reader.refuse_more_documents();
    (root, reader.faults)
}

struct Reader<'t> {
    parser: Parser<'t, StrInput<'t>>,
    faults: Vec<Fault>,
    ended: bool,
}

impl<'t> Reader<'t> {
    fn next(&mut self) -> Option<(Event<'t>, Span)> {
        if self.ended {
            return None;
        }
        match self.parser.next_event()? {
            Ok(event) => Some(event),
            Err(error) => {
                self.ended = true;
                self.faults.push((place(error.marker()), format!("not readable as YAML: {}", error.info())));
                None
            }
        }
    }

    fn document(&mut self) -> Option<Node> {
        loop {
            match self.next()? {
                (Event::StreamStart | Event::DocumentStart(_) | Event::Nothing, _) => {}
                (Event::StreamEnd | Event::DocumentEnd, _) => return None,
                (event, span) => return self.node(event, span, 0),
            }
        }
    }

    fn refuse_more_documents(&mut self) {
        while let Some((event, span)) = self.next() {
            if matches!(event, Event::DocumentStart(_)) {
                self.faults.push((place(&span.start), "a second document is not read; one file, one document".into()));
                self.ended = true;
            }
        }
    }

    fn node(&mut self, event: Event<'t>, span: Span, depth: usize) -> Option<Node> {
        let at = place(&span.start);
        if depth > DEPTH_MAX {
            self.faults.push((at, format!("nested deeper than {DEPTH_MAX}")));
            self.ended = true;
            return None;
        }
        let content = match event {
            Event::Scalar(text, style, ..) => scalar(&text, style),
            Event::MappingStart(..) => Content::Map(self.map(depth)),
            Event::SequenceStart(..) => Content::List(self.list(depth)),
            Event::Alias(_) => self.alias(at),
            _ => return None,
        };
        Some(Node { at, content })
    }

    fn alias(&mut self, at: Place) -> Content {
        self.faults.push((at, "aliases are not read here; write the value out".into()));
        Content::Nothing
    }

    fn map(&mut self, depth: usize) -> Vec<Entry> {
        let mut entries: Vec<Entry> = Vec::new();
        while let Some((event, span)) = self.next() {
            if event == Event::MappingEnd {
                break;
            }
            let Some(key) = self.node(event, span, depth + 1) else {
                break;
            };
            let value = self.next().and_then(|(event, span)| self.node(event, span, depth + 1));
            let Some(value) = value else { break };
            self.enter(&mut entries, key, value);
        }
        entries
    }

    fn enter(&mut self, entries: &mut Vec<Entry>, key: Node, value: Node) {
        let Content::Scalar(name) = key.content else {
            self.faults.push((key.at, "a key must be a plain word".into()));
            return;
        };
        if let Some(first) = entries.iter().find(|entry| entry.key == name) {
            self.faults.push((key.at, format!("`{name}` is already set on line {}", first.at.line)));
            return;
        }
        entries.push(Entry { key: name, at: key.at, value });
    }

    fn list(&mut self, depth: usize) -> Vec<Node> {
        let mut items = Vec::new();
        while let Some((event, span)) = self.next() {
            if event == Event::SequenceEnd {
                break;
            }
            items.extend(self.node(event, span, depth + 1));
        }
        items
    }
}

fn scalar(text: &str, style: ScalarStyle) -> Content {
    match (text, style) {
        ("" | "~" | "null", ScalarStyle::Plain) => Content::Nothing,
        _ => Content::Scalar(text.to_owned()),
    }
}

fn place(marker: &Marker) -> Place {
    Place { line: marker.line(), column: marker.col() + 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_before_a_fault_is_kept() {
        let (root, faults) = read("name: a\nstorage:\n  sync: \"always\n");
        assert_eq!(faults.len(), 1, "{faults:?}");
        let Some(Node { content: Content::Map(entries), .. }) = root else { panic!("a map: {root:?}") };
        assert_eq!(entries[0].key, "name");
    }

    #[test]
    fn empty_and_comment_only_texts_hold_nothing() {
        for text in ["", "# nothing\n", "---\n"] {
            let (root, faults) = read(text);
            assert!(root.is_none_or(|node| node.content == Content::Nothing), "{text:?}");
            assert_eq!(faults, [], "{text:?}");
        }
    }

    #[test]
    fn depth_is_bounded() {
        let (_, faults) = read(&"[".repeat(5_000));
        assert!(!faults.is_empty());
    }
}
