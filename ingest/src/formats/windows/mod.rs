//! Under which names an event of Windows goes in, whether it came as XML or in a file of the event log.
//!
//! The names are those that forwarders (NXLog, Winlogbeat) and published sets of events use, all flat:
//!
//! | in the event | field |
//! |---|---|
//! | `System/Provider` `Name`, `Guid` | `Provider_Name` and `SourceName`, `ProviderGuid` |
//! | `System/EventID`, `Version`, `Level`, `Task`, `Opcode`, `EventRecordID` | numbers: `EventID`, `Version`, `Level`, `Task`, `OpcodeValue`, `RecordNumber` |
//! | `System/Level` | `level`, too, as the word |
//! | `System/TimeCreated` | the time of the event |
//! | `System/Keywords`, `Channel`, `Computer` | `Keywords`, `Channel`, `Computer` and `host.name` |
//! | `System/Execution`, `Security`, `Correlation` | `ExecutionProcessID`, `ThreadID`, `UserID`, `ActivityID` … |
//! | `EventData/Data` | the name that it has, without spaces; `Data` without one |
//! | `UserData` | the innermost elements, by their names |
//! | `RenderingInfo` | `Message` is `message`; `Opcode`, `Category` (its `Task`), else `RenderingInfo.…` |
//!
//! A name that comes again gets a number (`Data_2`). An element that is empty gives no field, except in `EventData`.

pub(super) mod evtx;
pub(super) mod xml;

use vigil_model::Value;
use vigil_model::limits::NESTING_MAX;

use super::names::Names;
use crate::draft::Draft;
use crate::event::MESSAGE;
use crate::{Refusal, Severity, time};

/// Takes an event as elements, attributes and texts, in the order in which they stand.
#[derive(Default)]
pub(super) struct Flattener {
    names: Names,
    /// Elements that are open, the outermost first; at most [`NESTING_MAX`].
    open: Vec<Element>,
}

#[derive(Default)]
struct Element {
    name: String,
    /// The attribute `Name` of an element of `EventData`.
    label: Option<String>,
    text: String,
    has_elements: bool,
}

/// The parts of an event.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Section {
    System,
    EventData,
    Rendering,
    Other,
}

impl Flattener {
    /// Ready for the next event.
    pub(super) fn clear(&mut self) {
        self.names.clear();
        self.open.clear();
    }

    /// An element begins.
    pub(super) fn open(&mut self, name: &str) -> Result<(), Refusal> {
        if self.open.len() == NESTING_MAX {
            return Err(Refusal::TooDeep);
        }
        if let Some(parent) = self.open.last_mut() {
            parent.has_elements = true;
        }
        self.open.push(Element { name: name.to_owned(), ..Element::default() });
        Ok(())
    }

    /// An attribute of the element that began last.
    pub(super) fn attribute(&mut self, name: &str, value: &str, draft: &mut Draft<'_>) -> Result<(), Refusal> {
        let section = self.section();
        let depth = self.open.len();
        let Some(element) = self.open.last_mut() else { return Ok(()) };
        if depth < 2 || name == "xmlns" || name.starts_with("xmlns:") || value.is_empty() {
            return Ok(());
        }
        match section {
            Section::EventData if name == "Name" && depth > 2 => {
                element.label = Some(value.to_owned());
                Ok(())
            }
            Section::System => system_attribute(&element.name, name, value, &mut self.names, draft),
            // The language of the texts.
            Section::Rendering if name == "Culture" => Ok(()),
            _ => {
                let name = format!("{}_{name}", element.name);
                self.names.put(draft, &name, Value::Str(value)).map(|_| ())
            }
        }
    }

    /// Text inside of the element that began last and has not ended.
    pub(super) fn text(&mut self, text: &str) {
        if let Some(element) = self.open.last_mut() {
            element.text.push_str(text);
        }
    }

    /// The element that began last ends.
    pub(super) fn close(&mut self, draft: &mut Draft<'_>) -> Result<(), Refusal> {
        let (section, depth) = (self.section(), self.open.len());
        let Some(element) = self.open.pop() else { return Ok(()) };
        let data = section == Section::EventData && depth > 2 && !element.has_elements;
        if depth < 2 || (element.text.trim_ascii().is_empty() && !data) {
            return Ok(());
        }
        match section {
            Section::System => system_text(&element.name, element.text.trim_ascii(), &mut self.names, draft),
            Section::Rendering => rendering(&element.name, &element.text, &mut self.names, draft),
            Section::EventData | Section::Other => {
                let name = element.label.as_deref().unwrap_or(&element.name);
                let name: String = name.chars().filter(|letter| !letter.is_whitespace()).collect();
                let name = if name.is_empty() { "Data" } else { &name };
                self.names.put(draft, name, Value::Str(&element.text)).map(|_| ())
            }
        }
    }

    /// The innermost element ends, and one like it begins.
    fn again(&mut self, draft: &mut Draft<'_>) -> Result<(), Refusal> {
        let Some(element) = self.open.last() else { return Ok(()) };
        let (name, label) = (element.name.clone(), element.label.clone());
        self.close(draft)?;
        self.open.push(Element { name, label, ..Element::default() });
        Ok(())
    }

    /// Whether every element has ended.
    pub(super) fn is_closed(&self) -> bool {
        self.open.is_empty()
    }

    fn section(&self) -> Section {
        match self.open.get(1).map(|element| element.name.as_str()) {
            Some("System") => Section::System,
            Some("EventData") => Section::EventData,
            Some("RenderingInfo") => Section::Rendering,
            _ => Section::Other,
        }
    }
}

fn system_attribute(
    element: &str,
    name: &str,
    value: &str,
    names: &mut Names,
    draft: &mut Draft<'_>,
) -> Result<(), Refusal> {
    let name = match (element, name) {
        ("Provider", "Name") => {
            names.put(draft, "SourceName", Value::Str(value))?;
            "Provider_Name"
        }
        ("Provider", "Guid") => "ProviderGuid",
        ("Execution", "ProcessID") => return put_number("ExecutionProcessID", value, names, draft),
        ("Execution", "ThreadID") | ("EventID", "Qualifiers") => return put_number(name, value, names, draft),
        ("TimeCreated", "SystemTime") => {
            draft.time = draft.time.or_else(|| time::read(Value::Str(value), true, draft.zone));
            if draft.time.is_some() {
                return Ok(());
            }
            "TimeCreated"
        }
        _ => name,
    };
    names.put(draft, name, Value::Str(value)).map(|_| ())
}

fn system_text(element: &str, text: &str, names: &mut Names, draft: &mut Draft<'_>) -> Result<(), Refusal> {
    match element {
        "Level" => {
            if let Some(level) = text.parse().ok().and_then(Severity::of_windows) {
                names.put(draft, "level", Value::Str(level.name()))?;
            }
            put_number(element, text, names, draft)
        }
        "EventID" | "Version" | "Task" => put_number(element, text, names, draft),
        "Opcode" => put_number("OpcodeValue", text, names, draft),
        "EventRecordID" => put_number("RecordNumber", text, names, draft),
        "Computer" => {
            names.put(draft, "host.name", Value::Str(text))?;
            names.put(draft, element, Value::Str(text)).map(|_| ())
        }
        _ => names.put(draft, element, Value::Str(text)).map(|_| ()),
    }
}

fn rendering(element: &str, text: &str, names: &mut Names, draft: &mut Draft<'_>) -> Result<(), Refusal> {
    let named;
    let name = match element {
        "Message" => MESSAGE,
        "Opcode" => element,
        "Task" => "Category",
        _ => {
            named = format!("RenderingInfo.{element}");
            &named
        }
    };
    names.put(draft, name, Value::Str(text)).map(|_| ())
}

/// As a number; what is none stays as it is.
fn put_number(name: &str, text: &str, names: &mut Names, draft: &mut Draft<'_>) -> Result<(), Refusal> {
    let value = text.parse().map_or(Value::Str(text), Value::Int);
    names.put(draft, name, value).map(|_| ())
}
