//! Pipes: `{"limit": 10}`, `{"top": {"by": ["host"]}}`, `{"vql": "math a / b as c"}`.

use super::node::{Node, Object, Result};
use super::{filter, query, reread, stats, test, time};
use crate::pipes::{FACETS_DEFAULT, HITS, pipe_names};
use crate::{
    Collapse, Context, Extract, ExtractRegex, Facets, FieldValues, Filter, Format, Join, MathStep, Pack, Pipe, Replace,
    ReplaceRegex, SortKey, Top, Uniq, Unpack, Unroll, Windows,
};

/// Rows of `top` when nobody says how many.
const TOP_DEFAULT: u64 = 10;

/// A pipe as VQL would have it; of VQL it can be more than one.
pub(super) fn checked(node: &Node<'_>) -> Result<Vec<Pipe>> {
    let (kind, inner) = node.only("a pipe", "{\"limit\": 10}")?;
    let text = match kind {
        "vql" => inner.text()?,
        kind => read(kind, &inner, node)?.to_string(),
    };
    reread(&inner, &format!("| {text}"), |parser| parser.pipes())
}

fn read(kind: &str, node: &Node<'_>, outer: &Node<'_>) -> Result<Pipe> {
    Ok(match kind {
        "where" => Pipe::Where(filter::checked(node)?),
        "sort" => Pipe::Sort(node.list()?.iter().map(sort_key).collect::<Result<_>>()?),
        "limit" => Pipe::Limit(node.count()?),
        "offset" => Pipe::Offset(node.count()?),
        "sample" => Pipe::Sample(node.count()?),
        "top" => Pipe::Top(top(node)?),
        "uniq" => Pipe::Uniq(uniq(node)?),
        "fields" => Pipe::Fields(node.texts()?),
        "delete" => Pipe::Delete(node.texts()?),
        "rename" => Pipe::Rename(pairs(node)?),
        "copy" => Pipe::Copy(pairs(node)?),
        "drop_empty_fields" => node.object(&[]).map(|_| Pipe::DropEmpty)?,
        "extract" => Pipe::Extract(extract(node)?),
        "extract_regexp" => Pipe::ExtractRegex(extract_regexp(node)?),
        "unpack_json" => Pipe::UnpackJson(unpack(node)?),
        "unpack_logfmt" => Pipe::UnpackLogfmt(unpack(node)?),
        "unpack_syslog" => Pipe::UnpackSyslog(unpack(node)?),
        "unroll" => {
            let object = node.object(&["by", "if"])?;
            Pipe::Unroll(Unroll { by: object.need("by")?.texts()?, only_if: condition(&object)? })
        }
        "format" => Pipe::Format(format(node)?),
        "replace" => Pipe::Replace(replace(node)?),
        "replace_regexp" => Pipe::ReplaceRegex(replace_regexp(node)?),
        "math" => Pipe::Math(node.list()?.iter().map(math_step).collect::<Result<_>>()?),
        "len" => {
            let object = node.object(&["field", "as"])?;
            let field = object.need("field")?.text()?;
            Pipe::Len { into: object.text("as")?.unwrap_or_else(|| format!("len({field})")), field }
        }
        "decolorize" => Pipe::Decolorize(node.text()?),
        "collapse" => {
            let object = node.object(&["at", "if"])?;
            Pipe::Collapse(Collapse { at: object.text("at")?, only_if: condition(&object)? })
        }
        "pack_json" => Pipe::PackJson(pack(node)?),
        "pack_logfmt" => Pipe::PackLogfmt(pack(node)?),
        "field_names" => node.object(&[]).map(|_| Pipe::FieldNames)?,
        "field_values" => {
            let object = node.object(&["field", "limit"])?;
            Pipe::FieldValues(FieldValues { field: object.need("field")?.text()?, limit: object.count("limit")? })
        }
        "facets" => Pipe::Facets(facets(node)?),
        "context" => {
            let object = node.object(&["before", "after"])?;
            let count = |key| Ok(object.count(key)?.unwrap_or(0));
            Pipe::Context(Context { before: count("before")?, after: count("after")? })
        }
        "join" => Pipe::Join(join(node)?),
        "union" => Pipe::Union(Box::new(query(node)?)),
        "stats" => Pipe::Stats(stats::read(node)?),
        "windows" => Pipe::Windows(windows(node)?),
        other => return outer.unknown(other, written_names()),
    })
}

/// The pipes that have a form of their own; `first` and `last` are an order and a limit.
fn written_names() -> impl Iterator<Item = &'static str> + Clone {
    pipe_names().filter(|name| !matches!(*name, "first" | "last")).chain(["vql"])
}

/// What stands under `if`.
pub(super) fn condition(object: &Object<'_, '_>) -> Result<Option<Filter>> {
    object.get("if").map(|node| filter::checked(&node)).transpose()
}

/// A name, or `{"field": "a", "descending": true}`.
fn sort_key(node: &Node<'_>) -> Result<SortKey> {
    if node.value.is_string() {
        return Ok(SortKey { field: node.text()?, descending: false });
    }
    let object = node.object(&["field", "descending"])?;
    Ok(SortKey { field: object.need("field")?.text()?, descending: object.flag("descending")? })
}

fn top(node: &Node<'_>) -> Result<Top> {
    let object = node.object(&["limit", "by", "hits"])?;
    Ok(Top {
        limit: object.count("limit")?.unwrap_or(TOP_DEFAULT),
        by: object.need("by")?.texts()?,
        hits: object.text("hits")?.unwrap_or_else(|| HITS.to_owned()),
    })
}

fn uniq(node: &Node<'_>) -> Result<Uniq> {
    let object = node.object(&["by", "hits", "limit"])?;
    Ok(Uniq { by: object.need("by")?.texts()?, hits: object.text("hits")?, limit: object.count("limit")? })
}

fn pairs(node: &Node<'_>) -> Result<Vec<(String, String)>> {
    let pair = |node: &Node<'_>| {
        let object = node.object(&["from", "to"])?;
        Ok((object.need("from")?.text()?, object.need("to")?.text()?))
    };
    node.list()?.iter().map(pair).collect()
}

fn extract(node: &Node<'_>) -> Result<Extract> {
    let object = node.object(&["pattern", "from", "keep_original_fields", "if"])?;
    Ok(Extract {
        pattern: object.need("pattern")?.text()?,
        from: object.text("from")?,
        keep_original: object.flag("keep_original_fields")?,
        only_if: condition(&object)?,
    })
}

fn extract_regexp(node: &Node<'_>) -> Result<ExtractRegex> {
    let object = node.object(&["pattern", "from", "keep_original_fields", "if"])?;
    Ok(ExtractRegex {
        pattern: test::pattern(&object.need("pattern")?)?,
        from: object.text("from")?,
        keep_original: object.flag("keep_original_fields")?,
        only_if: condition(&object)?,
    })
}

fn unpack(node: &Node<'_>) -> Result<Unpack> {
    let object = node.object(&["from", "fields", "result_prefix", "keep_original_fields", "if"])?;
    Ok(Unpack {
        from: object.text("from")?,
        fields: object.texts("fields")?,
        prefix: object.text("result_prefix")?.unwrap_or_default(),
        keep_original: object.flag("keep_original_fields")?,
        only_if: condition(&object)?,
    })
}

fn format(node: &Node<'_>) -> Result<Format> {
    let object = node.object(&["template", "as", "keep_original_fields", "if"])?;
    Ok(Format {
        template: object.need("template")?.text()?,
        into: object.text("as")?,
        keep_original: object.flag("keep_original_fields")?,
        only_if: condition(&object)?,
    })
}

fn replace(node: &Node<'_>) -> Result<Replace> {
    let object = node.object(&["old", "new", "at", "limit", "if"])?;
    Ok(Replace {
        old: object.need("old")?.text()?,
        new: object.need("new")?.text()?,
        at: object.text("at")?,
        limit: object.count("limit")?,
        only_if: condition(&object)?,
    })
}

fn replace_regexp(node: &Node<'_>) -> Result<ReplaceRegex> {
    let object = node.object(&["pattern", "new", "at", "limit", "if"])?;
    Ok(ReplaceRegex {
        pattern: test::pattern(&object.need("pattern")?)?,
        new: object.need("new")?.text()?,
        at: object.text("at")?,
        limit: object.count("limit")?,
        only_if: condition(&object)?,
    })
}

/// The expression is text, as in VQL.
fn math_step(node: &Node<'_>) -> Result<MathStep> {
    let object = node.object(&["expression", "as"])?;
    let inner = object.need("expression")?;
    let expression = reread(&inner, &inner.text()?, |parser| parser.expression())?;
    Ok(MathStep { into: object.text("as")?.unwrap_or_else(|| expression.to_string()), expression })
}

fn pack(node: &Node<'_>) -> Result<Pack> {
    let object = node.object(&["fields", "as"])?;
    Ok(Pack { fields: object.texts("fields")?, into: object.text("as")? })
}

fn facets(node: &Node<'_>) -> Result<Facets> {
    let object = node.object(&["limit", "max_values_per_field", "max_value_len", "keep_const_fields"])?;
    let count = |key, default| Ok(object.count(key)?.unwrap_or(default));
    Ok(Facets {
        limit: count("limit", FACETS_DEFAULT.limit)?,
        max_values: count("max_values_per_field", FACETS_DEFAULT.max_values)?,
        max_value_len: count("max_value_len", FACETS_DEFAULT.max_value_len)?,
        keep_const: object.flag("keep_const_fields")?,
    })
}

fn join(node: &Node<'_>) -> Result<Join> {
    let object = node.object(&["by", "query", "inner", "prefix"])?;
    Ok(Join {
        by: object.need("by")?.texts()?,
        query: Box::new(query(&object.need("query")?)?),
        inner: object.flag("inner")?,
        prefix: object.text("prefix")?.unwrap_or_default(),
    })
}

fn windows(node: &Node<'_>) -> Result<Windows> {
    let object = node.object(&["range", "step", "from", "count"])?;
    Ok(Windows {
        first: time(&object.need("from")?)?.0,
        step: object.need("step")?.duration()?,
        count: object.need("count")?.count()?,
        range: object.need("range")?.duration()?,
    })
}
