//! What a record says: XML in tokens, most of it in templates that many records of a chunk share.
//!
//! A record may ask for more work than it has bytes, because templates nest and are used again: it is refused beyond
//! [`EVTX_TOKENS_MAX`], and beyond [`PARSED_LINE_BYTES_MAX`] bytes of text.

use vigil_model::limits::{EVTX_DEPTH_MAX, EVTX_TOKENS_MAX, PARSED_LINE_BYTES_MAX};

use super::cursor::{Cursor, damaged};
use super::value::Part;
use crate::Refusal;
use crate::draft::Draft;
use crate::formats::windows::Flattener;

/// Set in a token when more of its kind follow.
const MORE: u8 = 0x40;

/// Reads what stands from `start` to `end` of a chunk into a draft.
pub(super) fn read(
    chunk: &[u8],
    start: usize,
    end: usize,
    flattener: &mut Flattener,
    draft: &mut Draft<'_>,
) -> Result<(), Refusal> {
    let mut walk = Walk { chunk, flattener, draft, attribute: None, tokens: 0, bytes: 0, depth: 0 };
    walk.fragment(Cursor::new(chunk, start, end), None)?;
    if walk.flattener.is_closed() { Ok(()) } else { Err(damaged("an element does not end")) }
}

struct Walk<'c, 'w, 'd> {
    chunk: &'c [u8],
    flattener: &'w mut Flattener,
    draft: &'w mut Draft<'d>,
    /// Name and text of an attribute that has begun.
    attribute: Option<(String, String)>,
    tokens: usize,
    bytes: usize,
    depth: usize,
}

impl<'c> Walk<'c, '_, '_> {
    /// A sequence of tokens; `values` go into its gaps where it is a template.
    fn fragment(&mut self, mut at: Cursor<'c>, values: Option<&[Part<'c>]>) -> Result<(), Refusal> {
        self.depth += 1;
        if self.depth > EVTX_DEPTH_MAX {
            return Err(Refusal::TooDeep);
        }
        while !at.is_empty() {
            self.spend()?;
            let token = at.u8()?;
            if token == 0 {
                break;
            }
            self.token(token, &mut at, values)?;
        }
        self.depth -= 1;
        Ok(())
    }

    fn spend(&mut self) -> Result<(), Refusal> {
        self.tokens += 1;
        if self.tokens > EVTX_TOKENS_MAX { Err(damaged("it has too many parts")) } else { Ok(()) }
    }

    fn token(&mut self, token: u8, at: &mut Cursor<'c>, values: Option<&[Part<'c>]>) -> Result<(), Refusal> {
        match token & !MORE {
            0x01 => self.open(token & MORE != 0, at, values.is_some()),
            0x02 => self.end_attribute(),
            0x03 => {
                self.end_attribute()?;
                self.flattener.close(self.draft)
            }
            0x04 => self.flattener.close(self.draft),
            0x05 => match at.u8()? {
                1 => at.text().and_then(|text| self.text(&text)),
                _ => Err(damaged("a value is no text")),
            },
            0x06 => {
                self.end_attribute()?;
                self.attribute = Some((at.name()?, String::new()));
                Ok(())
            }
            0x07 => at.text().and_then(|text| self.text(&text)),
            0x08 => {
                let letter = char::from_u32(at.u16()?.into()).unwrap_or('\u{fffd}');
                self.text(letter.encode_utf8(&mut [0; 4]))
            }
            0x09 => {
                let name = at.name()?;
                let known = quick_xml::escape::resolve_predefined_entity(&name);
                self.text(known.unwrap_or(&name))
            }
            0x0a => at.name().map(|_| ()),
            0x0b => at.text().map(|_| ()),
            0x0c => self.template(at),
            0x0d | 0x0e => self.substitute(at, values.unwrap_or_default()),
            0x0f => at.take(3).map(|_| ()),
            _ => Err(damaged("a token is unknown")),
        }
    }

    fn open(&mut self, attributes: bool, at: &mut Cursor<'c>, template: bool) -> Result<(), Refusal> {
        if template {
            at.u16()?;
        }
        at.u32()?;
        let name = at.name()?;
        if attributes {
            at.u32()?;
        }
        self.flattener.open(&name)
    }

    fn end_attribute(&mut self) -> Result<(), Refusal> {
        match self.attribute.take() {
            Some((name, value)) => self.flattener.attribute(&name, &value, self.draft),
            None => Ok(()),
        }
    }

    fn text(&mut self, text: &str) -> Result<(), Refusal> {
        self.bytes += text.len();
        if self.bytes > PARSED_LINE_BYTES_MAX {
            return Err(damaged("its texts are too long"));
        }
        match &mut self.attribute {
            Some((_, value)) => value.push_str(text),
            None => self.flattener.text(text),
        }
        Ok(())
    }

    /// A template with its values. It stands where it is used first; later ones name its offset.
    fn template(&mut self, at: &mut Cursor<'c>) -> Result<(), Refusal> {
        at.take(5)?;
        let offset = at.u32()? as usize;
        let mut definition = Cursor::new(self.chunk, offset, self.chunk.len());
        definition.take(20)?;
        let length = definition.u32()? as usize;
        let start = definition.at();
        definition.take(length)?;
        if offset == at.at() {
            at.take(definition.at() - offset)?;
        }
        let values = values(at)?;
        self.fragment(Cursor::new(self.chunk, start, start + length), Some(&values))
    }

    fn substitute(&mut self, at: &mut Cursor<'c>, values: &[Part<'c>]) -> Result<(), Refusal> {
        let number = usize::from(at.u16()?);
        at.u8()?;
        let Some(part) = values.get(number) else { return Ok(()) };
        if part.is_fragment() {
            let start = part.bytes.as_ptr() as usize - self.chunk.as_ptr() as usize;
            return self.fragment(Cursor::new(self.chunk, start, start + part.bytes.len()), None);
        }
        for (n, text) in part.texts().iter().enumerate() {
            self.spend()?;
            if n > 0 && self.attribute.is_none() {
                // Of a list each value is an element of its own.
                self.flattener.again(self.draft)?;
            }
            self.text(text)?;
        }
        Ok(())
    }
}

/// The values behind a template: how many, length and kind of each, then their bytes.
fn values<'c>(at: &mut Cursor<'c>) -> Result<Vec<Part<'c>>, Refusal> {
    let count = at.u32()? as usize;
    let mut heads = *at;
    at.take(count.checked_mul(4).ok_or_else(|| damaged("it has too many values"))?)?;
    let mut values = Vec::with_capacity(count);
    for _ in 0..count {
        let (length, kind) = (heads.u16()?, heads.u8()?);
        heads.u8()?;
        values.push(Part { kind, bytes: at.take(length.into())? });
    }
    Ok(values)
}
