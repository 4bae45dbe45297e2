//! How the section `sources` of the settings is read, with everything that is wrong in it.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;

use jiff::tz::TimeZone;
use vigil_model::limits::{SOURCE_CONNECTIONS_MAX, SOURCES_MAX};
use vigil_model::tree::{Entry, Node};

use super::{Door, Listen, Source, Sources, Spec, Transport};
use crate::multiline::Multiline;
use crate::options::Options;
use crate::pipeline::Pipeline;
use crate::stage::Making;
use crate::{Counts, Format, Recipe, pattern};

/// Reads `sources:` (a map of names) and `pipeline:` (the stages of every source that lists none). What is wrong goes
/// to `making.faults`; then what is returned is not to be used.
pub fn read_sources(sources: Option<&Node>, pipeline: Option<&Node>, making: &mut Making<'_>) -> Sources {
    // Read once for what is wrong in it; then anew for each source, because stages remember, and count, by source.
    drop(pipeline.map(|node| Pipeline::read(node, making)));
    let usual = Usual(pipeline);
    let entries = sources.map(|node| entries(node, making)).unwrap_or_default();
    let mut read: Vec<Source> = entries.iter().filter_map(|entry| source(entry, &usual, making)).collect();
    let mentioned: BTreeSet<Door> = read.iter().map(|source| source.spec.door).collect();
    for (_, door) in super::DOORS.iter().filter(|(_, door)| door.is_http() && !mentioned.contains(door)) {
        let plain = Source::usual(*door);
        if !read.iter().any(|source| source.spec.name == plain.spec.name) {
            let recipe = Recipe { pipeline: usual.pipeline(making), ..plain.recipe };
            read.push(Source { recipe, ..plain });
        }
    }
    Sources::of(read)
}

/// The stages of every source that lists none.
struct Usual<'t>(Option<&'t Node>);

impl Usual<'_> {
    fn pipeline(&self, making: &mut Making<'_>) -> Arc<Pipeline> {
        let Some(node) = self.0 else { return Pipeline::usual() };
        let known = making.faults.len();
        let pipeline = Pipeline::read(node, making);
        making.faults.truncate(known);
        Arc::new(pipeline)
    }
}

fn entries<'t>(node: &'t Node, making: &mut Making<'_>) -> Vec<&'t Entry> {
    let entries = Options::of(node, "sources", &mut making.faults).rest();
    if entries.len() > SOURCES_MAX {
        let message = format!("{} sources are more than {SOURCES_MAX}", entries.len());
        making.faults.push(vigil_model::tree::Fault { at: node.at, message });
    }
    entries
}

fn source(entry: &Entry, usual: &Usual<'_>, making: &mut Making<'_>) -> Option<Source> {
    let name = entry.key.as_str();
    let mut stages = None;
    let mut source = {
        let mut options = Options::of(&entry.value, format!("source `{name}`"), &mut making.faults);
        if name.is_empty()
            || name.len() > 64
            || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
        {
            options.fault(entry.at, "a name has 1 to 64 letters, digits, `-`, `_` and `.`");
        }
        let door = door(name, &mut options);
        let source = door.map(|door| described(name, door, &mut stages, &mut options));
        if door.is_some() {
            options.finish();
        }
        source?
    };
    source.recipe.pipeline = match stages {
        Some(node) => Arc::new(Pipeline::read(node, making)),
        None => usual.pipeline(making),
    };
    Some(source)
}

/// The way in: what `door` says, or the name itself where that is a door.
fn door(name: &str, options: &mut Options<'_, '_>) -> Option<Door> {
    match options.text("door") {
        Some((at, text)) => {
            let door = Door::of_name(text);
            if door.is_none() {
                let known: Vec<&str> = Door::names().collect();
                options.fault(at, format_args!("`{text}` is no door; there are: {}", known.join(", ")));
            }
            door
        }
        None => {
            let door = Door::of_name(name);
            if door.is_none() {
                let at = options.at();
                let known: Vec<&str> = Door::names().collect();
                options.fault(at, format_args!("`door` is missing: one of {}", known.join(", ")));
            }
            door
        }
    }
}

fn described<'t>(name: &str, door: Door, stages: &mut Option<&'t Node>, options: &mut Options<'t, '_>) -> Source {
    let usual = Source::usual(door);
    let mut spec = Spec { name: name.to_owned(), usual: false, ..usual.spec };
    spec.enabled = options.flag("enabled", true);
    spec.listen = listens(door, options);
    spec.tls = certificate(options);
    spec.client_ca = options.text("client_ca").map(|(_, path)| path.to_owned());
    spec.paths = options.texts("paths").into_iter().map(|(_, path)| path.to_owned()).collect();
    spec.from_end = options.flag("from_end", false);
    spec.connections = options
        .number("connections", 1, SOURCE_CONNECTIONS_MAX as u64)
        .map_or(spec.connections, |connections| connections as usize);
    spec.secret = options.text("secret").map(|(_, secret)| secret.to_owned());
    check(&spec, options);
    let format = options.read("format", |name| {
        let known: Vec<&str> = Format::names().collect();
        Format::of_name(name).ok_or_else(|| format!("`{name}` is no format; there are: {}", known.join(", ")))
    });
    let time_field = options.text("time_field").map(|(_, name)| name.to_owned());
    let format = format.unwrap_or(usual.recipe.format);
    let pattern = pattern::read(format, time_field.is_some(), options);
    let text = |found: Option<(_, &str)>| found.map(|(_, text)| text.to_owned());
    let mut recipe = Recipe {
        format,
        source: Some(name.to_owned()),
        time_field,
        pattern,
        message_field: text(options.text("message_field")),
        labels: options.pairs("labels").into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        counts: Some(Arc::new(Counts::default())),
        ..usual.recipe
    };
    recipe.zone = options
        .read("zone", |name| TimeZone::get(name).map_err(|_| format!("`{name}` is no time zone such as Europe/Berlin")))
        .unwrap_or(TimeZone::UTC);
    recipe.multiline = multiline(recipe.format, options);
    *stages = options.node("pipeline");
    Source { spec, recipe }
}

/// How lines are put together; only formats of lines have lines to put together.
fn multiline(format: Format, options: &mut Options<'_, '_>) -> Option<Multiline> {
    let node = options.node("multiline")?;
    if !format.joins_lines() {
        options.fault(node.at, format_args!("`multiline` means nothing to the format `{}`", format.name()));
        return None;
    }
    Multiline::read(node, options)
}

fn listens(door: Door, options: &mut Options<'_, '_>) -> Vec<Listen> {
    let mut listens = Vec::new();
    for (at, text) in options.texts("listen") {
        match listen(text) {
            Ok(listen)
                if matches!(door, Door::File | Door::Stdin)
                    || (door.is_http() && listen.transport == Transport::Udp) =>
            {
                options.fault(at, format_args!("a source of door `{}` cannot listen on `{text}`", door.name()));
            }
            Ok(listen) => listens.push(listen),
            Err(why) => options.fault(at, why),
        }
    }
    listens
}

/// `udp://0.0.0.0:514`
fn listen(text: &str) -> Result<Listen, String> {
    let unlike = || format!("`{text}` is no address such as udp://0.0.0.0:514, tcp://… or tls://…");
    let (scheme, address) = text.split_once("://").ok_or_else(unlike)?;
    let transport = match scheme {
        "udp" => Transport::Udp,
        "tcp" => Transport::Tcp,
        "tls" => Transport::Tls,
        _ => return Err(unlike()),
    };
    let address: SocketAddr = address.parse().map_err(|_| unlike())?;
    Ok(Listen { transport, address })
}

fn certificate(options: &mut Options<'_, '_>) -> Option<(String, String)> {
    let (cert, key) = (options.text("tls_cert"), options.text("tls_key"));
    match (cert, key) {
        (Some((_, cert)), Some((_, key))) => Some((cert.to_owned(), key.to_owned())),
        (None, None) => None,
        (Some((at, _)), None) | (None, Some((at, _))) => {
            options.fault(at, "`tls_cert` and `tls_key` go together");
            None
        }
    }
}

/// What only several settings together can get wrong.
fn check(spec: &Spec, options: &mut Options<'_, '_>) {
    let at = options.at();
    let sockets = matches!(spec.door, Door::Syslog | Door::Gelf | Door::Forward | Door::Socket);
    if sockets && spec.listen.is_empty() {
        options.fault(at, "`listen` is missing: where it is heard, such as udp://0.0.0.0:514");
    }
    if spec.door == Door::File && spec.paths.is_empty() {
        options.fault(at, "`paths` is missing: which files are read, such as /var/log/*.log");
    }
    if spec.door == Door::Forward && spec.listen.iter().any(|listen| listen.transport == Transport::Udp) {
        options.fault(at, "the forward protocol is spoken over tcp or tls");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stages::testing::tree;

    #[test]
    fn stages_of_all_sources_remember_by_source() {
        let sources = tree("{a: {door: loki}, b: {door: elastic}}");
        let pipeline = tree("[{limit: {rate: 1/s}}]");
        let read = read_sources(Some(&sources), Some(&pipeline), &mut Making::bare());
        let pipelines: Vec<_> = read.all().map(|source| Arc::as_ptr(&source.recipe.pipeline)).collect();
        let different: BTreeSet<_> = pipelines.iter().collect();
        assert_eq!(different.len(), pipelines.len());
    }

    #[test]
    fn a_fault_of_the_common_stages_is_told_once() {
        let sources = tree("{a: {door: loki}, b: {door: elastic}}");
        let mut making = Making::bare();
        read_sources(Some(&sources), Some(&tree("[scrubb]")), &mut making);
        assert_eq!(making.faults.len(), 1, "{:?}", making.faults);
    }
}
