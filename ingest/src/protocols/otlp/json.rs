//! What OTLP's JSON form says differently from plain JSON: 64-bit numbers that may be texts, hexadecimal ids, values
//! that name their type. Null is as if it were not there.

use data_encoding::{BASE64, BASE64_NOPAD, BASE64URL, BASE64URL_NOPAD, HEXLOWER_PERMISSIVE};
use serde::de::Error;
use serde::{Deserialize, Deserializer};

use super::messages::{Any, ArrayValue, KeyValueList};

/// A number or a text.
#[derive(Deserialize)]
#[serde(untagged)]
enum Scalar {
    Signed(i64),
    Unsigned(u64),
    Double(f64),
    Text(String),
}

/// A whole number, said as number or as text.
pub(super) fn whole<'de, D: Deserializer<'de>, T: TryFrom<i128>>(json: D) -> Result<T, D::Error> {
    let Some(scalar) = Option::<Scalar>::deserialize(json)? else { return read_whole(0) };
    match scalar {
        Scalar::Signed(number) => read_whole(number.into()),
        Scalar::Unsigned(number) => read_whole(number.into()),
        // 1e3 is a whole number, too.
        Scalar::Double(number) if number.fract() == 0.0 && number.abs() < 2_f64.powi(53) => read_whole(number as i128),
        Scalar::Double(number) => Err(D::Error::custom(format!("{number} is no whole number"))),
        Scalar::Text(text) => match text.parse::<i128>() {
            Ok(number) => read_whole(number),
            Err(_) => Err(D::Error::custom(format!("`{text}` is no whole number"))),
        },
    }
}

fn read_whole<T: TryFrom<i128>, E: Error>(number: i128) -> Result<T, E> {
    T::try_from(number).map_err(|_| E::custom(format!("the number {number} is out of range")))
}

/// A text.
pub(super) fn text<'de, D: Deserializer<'de>>(json: D) -> Result<Vec<u8>, D::Error> {
    Ok(Option::<String>::deserialize(json)?.unwrap_or_default().into_bytes())
}

/// A list.
pub(super) fn list<'de, D: Deserializer<'de>, T: Deserialize<'de>>(json: D) -> Result<Vec<T>, D::Error> {
    Ok(Option::<Vec<T>>::deserialize(json)?.unwrap_or_default())
}

/// Bytes as hexadecimal digits, in either case.
pub(super) fn hexadecimal<'de, D: Deserializer<'de>>(json: D) -> Result<Vec<u8>, D::Error> {
    let text = Option::<String>::deserialize(json)?.unwrap_or_default();
    HEXLOWER_PERMISSIVE
        .decode(text.as_bytes())
        .map_err(|_| D::Error::custom(format!("the id `{text}` is not hexadecimal")))
}

/// `{"stringValue": …}` and its kin.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct AnyValue {
    string_value: Option<String>,
    bool_value: Option<bool>,
    #[serde(deserialize_with = "some_whole")]
    int_value: Option<i64>,
    #[serde(deserialize_with = "double")]
    double_value: Option<f64>,
    array_value: Option<ArrayValue>,
    kvlist_value: Option<KeyValueList>,
    bytes_value: Option<String>,
}

fn some_whole<'de, D: Deserializer<'de>>(json: D) -> Result<Option<i64>, D::Error> {
    // Null would be told apart from 0 only by asking first.
    #[derive(Deserialize)]
    struct Whole(#[serde(deserialize_with = "whole")] i64);
    Ok(Option::<Whole>::deserialize(json)?.map(|whole| whole.0))
}

/// A number, or a text with one, which is how NaN and the infinities are said.
fn double<'de, D: Deserializer<'de>>(json: D) -> Result<Option<f64>, D::Error> {
    Ok(match Option::<Scalar>::deserialize(json)? {
        None => None,
        Some(Scalar::Signed(number)) => Some(number as f64),
        Some(Scalar::Unsigned(number)) => Some(number as f64),
        Some(Scalar::Double(number)) => Some(number),
        Some(Scalar::Text(text)) => Some(text.parse().map_err(|_| D::Error::custom(format!("`{text}` is no number")))?),
    })
}

/// Bytes in base64 of any kind.
fn base64(text: &str) -> Result<Vec<u8>, &'static str> {
    let bytes = text.as_bytes();
    let tried =
        [&BASE64, &BASE64_NOPAD, &BASE64URL, &BASE64URL_NOPAD].into_iter().find_map(|base| base.decode(bytes).ok());
    tried.ok_or("`bytesValue` is not base64")
}

impl TryFrom<AnyValue> for super::messages::AnyValue {
    type Error = &'static str;

    fn try_from(json: AnyValue) -> Result<Self, Self::Error> {
        let bytes = json.bytes_value.as_deref().map(base64).transpose()?;
        let value = (json.string_value.map(|text| Any::Text(text.into_bytes())))
            .or(json.bool_value.map(Any::Bool))
            .or(json.int_value.map(Any::Int))
            .or(json.double_value.map(Any::Double))
            .or(json.array_value.map(Any::Array))
            .or(json.kvlist_value.map(Any::Map))
            .or(bytes.map(Any::Bytes));
        Ok(Self { value })
    }
}
