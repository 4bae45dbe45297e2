//! `a:lt_field(b)`: how do two fields of one event stand to each other?

use super::{Call, Syntax};
use crate::parse::{Parser, Result};
use crate::{Field, Filter, Relation};

pub(super) const EQUAL: Syntax = Syntax {
    names: &["eq_field"],
    opens: "(",
    example: "a:eq_field(b)",
    read: |parser, call| read(parser, call, Relation::Equal),
};

pub(super) const LESS: Syntax = Syntax {
    names: &["lt_field"],
    opens: "(",
    example: "a:lt_field(b)",
    read: |parser, call| read(parser, call, Relation::Less),
};

pub(super) const LESS_OR_EQUAL: Syntax = Syntax {
    names: &["le_field"],
    opens: "(",
    example: "a:le_field(b)",
    read: |parser, call| read(parser, call, Relation::LessOrEqual),
};

fn read(parser: &mut Parser<'_>, call: &Call<'_>, relation: Relation) -> Result<Filter> {
    let arguments: Vec<String> = parser.filter_arguments(call)?.into_iter().map(|(name, _)| name).collect();
    let (left, right) = match (call.scope, <[String; 1]>::try_from(arguments)) {
        (Some(Field::Named(left)), Ok([right])) => (left.clone(), right),
        (None, Err(arguments)) => match <[String; 2]>::try_from(arguments) {
            Ok([left, right]) => (left, right),
            Err(_) => return missing(parser, call),
        },
        _ => return missing(parser, call),
    };
    Ok(Filter::Fields { left, relation, right })
}

fn missing<T>(parser: &Parser<'_>, call: &Call<'_>) -> Result<T> {
    call.fail(parser.since(call.start), format!("`{}` is about two fields, each with a name", call.name()))
}
