//! Where on earth an address is, and who routes it, by a database of MaxMind's format.
//!
//! Of `source.ip` come, as far as the database knows: `source.geo.country_iso_code`, `.city_name`, `.location.lat`,
//! `.location.lon`; `source.as.number`, `source.as.organization.name`; and which database said so, with the second when
//! it was made, in `source.geo.database` or `source.as.database`. Addresses of local networks are passed over.

#[cfg(test)]
mod mmdb;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use maxminddb::Reader;
use serde::Deserialize;
use vigil_model::Value;
use vigil_model::tree::Node;

use super::dns::beside;
use super::read;
use crate::networks::{address, is_public};
use crate::options::Options;
use crate::stage::{Event, Kind, Making, Stage, Verdict};

pub(crate) const KIND: Kind = Kind { name: "geoip", make };

fn make(node: &Node, making: &mut Making<'_>) -> Option<Box<dyn Stage>> {
    let faults = making.faults.len();
    let mut options = Options::of(node, KIND.name, &mut making.faults);
    let field = options.required("field");
    let file = options.required("file");
    let to = options.text("to");
    if let Some((at, name)) = to {
        read::makes(at, name, &mut options);
    }
    options.finish();
    let ((_, field), (at, path)) = field.zip(file).filter(|_| making.faults.len() == faults)?;
    let bytes = read::file(at, path, KIND.name, making)?;
    let mut options = Options::of(node, KIND.name, &mut making.faults);
    let reader = Reader::from_source(Bytes(bytes))
        .map_err(|error| options.fault(at, format_args!("`{path}` is no database of MaxMind's format: {error}")))
        .ok()?;
    let to = to.map_or_else(|| beside(field, "geo"), |(_, name)| name.to_owned());
    Some(Box::new(GeoIp { field: field.to_owned(), names: Names::below(&to, &reader), reader }))
}

/// The bytes of a file, which others may hold as well.
struct Bytes(Arc<Vec<u8>>);

impl AsRef<[u8]> for Bytes {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// What fields are called, and what says where they are from.
struct Names {
    country: String,
    city: String,
    lat: String,
    lon: String,
    number: String,
    organization: String,
    geo_database: String,
    as_database: String,
    /// Type and second of making of the database.
    database: String,
}

impl Names {
    fn below(geo: &str, reader: &Reader<Bytes>) -> Names {
        let system = match geo.rsplit_once('.') {
            Some((parent, _)) => format!("{parent}.as"),
            None => "as".to_owned(),
        };
        let metadata = reader.metadata();
        Names {
            country: format!("{geo}.country_iso_code"),
            city: format!("{geo}.city_name"),
            lat: format!("{geo}.location.lat"),
            lon: format!("{geo}.location.lon"),
            geo_database: format!("{geo}.database"),
            number: format!("{system}.number"),
            organization: format!("{system}.organization.name"),
            as_database: format!("{system}.database"),
            database: format!("{} {}", metadata.database_type, metadata.build_epoch),
        }
    }
}

struct GeoIp {
    field: String,
    names: Names,
    reader: Reader<Bytes>,
}

/// What is read of an entry; databases have some of it.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Entry<'d> {
    #[serde(borrow)]
    country: Country<'d>,
    #[serde(borrow)]
    city: City<'d>,
    location: Location,
    autonomous_system_number: Option<u32>,
    autonomous_system_organization: Option<&'d str>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Country<'d> {
    iso_code: Option<&'d str>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct City<'d> {
    #[serde(borrow)]
    names: CityNames<'d>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct CityNames<'d> {
    en: Option<&'d str>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Location {
    latitude: Option<f64>,
    longitude: Option<f64>,
}

impl Stage for GeoIp {
    fn apply(&self, event: &mut Event<'_>) -> Verdict {
        let Some(address) = event.text(&self.field).and_then(address).filter(|address| is_public(*address)) else {
            return Verdict::Keep;
        };
        // A damaged entry is one that says nothing.
        let entry = self.reader.lookup(address).and_then(|found| found.decode::<Entry<'_>>());
        if let Ok(Some(entry)) = entry {
            self.add(&entry, event);
        }
        Verdict::Keep
    }
}

impl GeoIp {
    fn add(&self, entry: &Entry<'_>, event: &mut Event<'_>) {
        let names = &self.names;
        let float = |number: Option<f64>| number.filter(|number| number.is_finite()).map(Value::Float);
        let geo = [
            (&names.country, entry.country.iso_code.map(Value::Str)),
            (&names.city, entry.city.names.en.map(Value::Str)),
            (&names.lat, float(entry.location.latitude)),
            (&names.lon, float(entry.location.longitude)),
        ];
        let system = [
            (&names.number, entry.autonomous_system_number.map(|number| Value::Int(number.into()))),
            (&names.organization, entry.autonomous_system_organization.map(Value::Str)),
        ];
        self.add_all(&geo, &names.geo_database, event);
        self.add_all(&system, &names.as_database, event);
    }

    fn add_all(&self, fields: &[(&String, Option<Value<'_>>)], database: &str, event: &mut Event<'_>) {
        let mut added = false;
        for (name, value) in fields.iter().filter_map(|(name, value)| Some((name, (*value)?))) {
            added |= event.add(name, value);
        }
        if added {
            event.add(database, Value::Str(&self.names.database));
        }
    }
}
