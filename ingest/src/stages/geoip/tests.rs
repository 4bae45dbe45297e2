//! Does `geoip` add what the database says, and survive one that is damaged?

use std::net::Ipv4Addr;

use expect_test::expect;
use proptest::prelude::*;

use super::mmdb::{Data, database};
use crate::stages::testing::{all, applied, made};

fn cities() -> Vec<u8> {
    let berlin = Data::Map(vec![
        ("country", Data::Map(vec![("iso_code", Data::Text("DE")), ("geoname_id", Data::Number(1))])),
        (
            "city",
            Data::Map(vec![("names", Data::Map(vec![("de", Data::Text("Berlin")), ("en", Data::Text("Berlin"))]))]),
        ),
        ("location", Data::Map(vec![("latitude", Data::Double(52.5)), ("longitude", Data::Double(13.4))])),
    ]);
    let country = Data::Map(vec![("country", Data::Map(vec![("iso_code", Data::Text("FR"))]))]);
    let system = Data::Map(vec![
        ("autonomous_system_number", Data::Number(64_500)),
        ("autonomous_system_organization", Data::Text("Example Net")),
    ]);
    let networks = [
        (Ipv4Addr::new(81, 0, 0, 0), 8, berlin),
        (Ipv4Addr::new(90, 1, 0, 0), 16, country),
        (Ipv4Addr::new(91, 1, 2, 0), 24, system),
        (Ipv4Addr::new(10, 0, 0, 0), 8, Data::Map(vec![("country", Data::Map(vec![("iso_code", Data::Text("XX"))]))])),
    ];
    database("Test-City", &networks)
}

#[test]
fn what_the_database_knows_is_added() {
    let stage = made("geoip", "{field: source.ip, file: c.mmdb}", &[("c.mmdb", &cities())]).expect("fine");
    let addresses =
        ["81.2.3.4", "90.1.0.1", "91.1.2.3", "::ffff:81.2.3.4", "10.1.1.1", "99.1.1.1", "2001:db8::1", "host"];
    let told: String =
        addresses.iter().map(|ip| applied(&*stage, &format!(r#"{{"source":{{"ip":"{ip}"}}}}"#))).collect();
    expect![[r#"
        source.geo.city_name="Berlin" source.geo.country_iso_code="DE" source.geo.database="Test-City 1700000000" source.geo.location.lat=52.5 source.geo.location.lon=13.4 source.ip="81.2.3.4"
        source.geo.country_iso_code="FR" source.geo.database="Test-City 1700000000" source.ip="90.1.0.1"
        source.as.database="Test-City 1700000000" source.as.number=64500 source.as.organization.name="Example Net" source.ip="91.1.2.3"
        source.geo.city_name="Berlin" source.geo.country_iso_code="DE" source.geo.database="Test-City 1700000000" source.geo.location.lat=52.5 source.geo.location.lon=13.4 source.ip="::ffff:81.2.3.4"
        source.ip="10.1.1.1"
        source.ip="99.1.1.1"
        source.ip="2001:db8::1"
        source.ip="host"
    "#]].assert_eq(&told);
    let stage = made("geoip", "{field: client, file: c.mmdb, to: geo}", &[("c.mmdb", &cities())]).expect("fine");
    let events = [r#"{"client":"91.1.2.3"}"#, r#"{"client":"81.1.1.1","geo":{"city_name":"own"}}"#, r#"{"client":3}"#];
    expect![[r#"
        as.database="Test-City 1700000000" as.number=64500 as.organization.name="Example Net" client="91.1.2.3"
        client="81.1.1.1" geo.city_name="own" geo.country_iso_code="DE" geo.database="Test-City 1700000000" geo.location.lat=52.5 geo.location.lon=13.4
        client=3
    "#]].assert_eq(&all(&*stage, &events));
}

#[test]
fn faults_of_settings() {
    let told = [
        "{field: a}",
        "{file: none.mmdb, field: a}",
        "{file: junk.mmdb, field: a}",
        "{file: cut.mmdb, field: a}",
        "{file: junk.mmdb, field: a, to: _id, from: b}",
    ];
    let cities = cities();
    let cut = &cities[..cities.len() - 30];
    let told = told.map(|options| {
        let made = made("geoip", options, &[("junk.mmdb", b"junk"), ("cut.mmdb", cut)]);
        made.err().unwrap_or_else(|| "fine\n".to_owned())
    });
    expect![[r#"
        1:1: geoip: `file` is missing
        1:8: geoip: `none.mmdb`: no such file
        1:8: geoip: `junk.mmdb` is no database of MaxMind's format: invalid database: could not find MaxMind DB metadata in file
        1:8: geoip: `cut.mmdb` is no database of MaxMind's format: invalid database at offset 654: string of size 9
        1:33: geoip: `_id` is a name that Vigil needs itself
        1:38: geoip: unknown key `from`; there are: field, file, to
    "#]].assert_eq(&told.concat());
}

proptest! {
    #[test]
    fn a_damaged_database_is_refused_or_says_something_else(flips in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..6), cut in any::<proptest::sample::Index>(), cuts: bool, ip in any::<[u8; 2]>()) {
        let mut bytes = cities();
        for (at, byte) in flips {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if cuts {
            bytes.truncate(cut.index(bytes.len()));
        }
        if let Ok(stage) = made("geoip", "{field: ip, file: f}", &[("f", &bytes)]) {
            for ip in [format!("81.{}.{}.1", ip[0], ip[1]), "90.1.0.1".to_owned(), format!("91.1.2.{}", ip[0])] {
                applied(&*stage, &format!(r#"{{"ip":"{ip}"}}"#));
            }
        }
    }
}
