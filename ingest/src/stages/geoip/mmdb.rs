//! How a database of MaxMind's format is written, as small as tests need it: IPv4, records of 24 bits.

use std::net::Ipv4Addr;

/// A value of the data section.
pub(super) enum Data {
    Text(&'static str),
    Double(f64),
    Number(u32),
    Map(Vec<(&'static str, Data)>),
}

/// The bytes of a database of these networks and their data.
pub(super) fn database(kind: &'static str, networks: &[(Ipv4Addr, u8, Data)]) -> Vec<u8> {
    const NONE: usize = usize::MAX;
    // Children of each node: another node, or data beyond the number of nodes.
    let mut nodes: Vec<[usize; 2]> = vec![[NONE; 2]];
    let mut leaves = Vec::new();
    let mut data = Vec::new();
    for (address, length, value) in networks {
        let mut at = 0;
        for depth in 0..*length {
            let side = (address.to_bits() >> (31 - depth) & 1) as usize;
            if depth + 1 == *length {
                leaves.push((at, side, data.len()));
            } else if nodes[at][side] == NONE {
                nodes.push([NONE; 2]);
                nodes[at][side] = nodes.len() - 1;
                at = nodes.len() - 1;
            } else {
                at = nodes[at][side];
            }
        }
        write(value, &mut data);
    }
    let count = nodes.len();
    for (node, side, offset) in leaves {
        nodes[node][side] = count + 16 + offset;
    }
    let mut out = Vec::new();
    for child in nodes.iter().flatten() {
        let record = if *child == NONE { count } else { *child };
        out.extend_from_slice(&(record as u32).to_be_bytes()[1..]);
    }
    out.extend_from_slice(&[0; 16]);
    out.extend_from_slice(&data);
    out.extend_from_slice(b"\xab\xcd\xefMaxMind.com");
    metadata(kind, count as u32, &mut out);
    out
}

fn metadata(kind: &'static str, count: u32, out: &mut Vec<u8>) {
    // Description and languages are a map and a list that nobody reads.
    let head = [("binary_format_major_version", 2), ("binary_format_minor_version", 0), ("ip_version", 4)];
    let sizes = [("node_count", count), ("record_size", 24), ("build_epoch", 1_700_000_000)];
    out.push(0xe0 | 9);
    for (name, number) in head.into_iter().chain(sizes) {
        write(&Data::Text(name), out);
        match name {
            "node_count" => write(&Data::Number(number), out),
            // An unsigned number of 64 bits is an extended type.
            "build_epoch" => out.extend([&[0x04, 0x02][..], &number.to_be_bytes()].concat()),
            _ => out.extend([&[0xa2][..], &(number as u16).to_be_bytes()].concat()),
        }
    }
    write(&Data::Text("database_type"), out);
    write(&Data::Text(kind), out);
    write(&Data::Text("description"), out);
    write(&Data::Map(Vec::new()), out);
    write(&Data::Text("languages"), out);
    out.extend([0x00, 0x04]);
}

fn write(value: &Data, out: &mut Vec<u8>) {
    match value {
        Data::Text(text) => {
            assert!(text.len() < 285, "a short text");
            match text.len() {
                0..29 => out.push(0x40 | text.len() as u8),
                _ => out.extend([0x40 | 29, (text.len() - 29) as u8]),
            }
            out.extend_from_slice(text.as_bytes());
        }
        Data::Double(number) => {
            out.push(0x68);
            out.extend_from_slice(&number.to_be_bytes());
        }
        Data::Number(number) => {
            out.push(0xc4);
            out.extend_from_slice(&number.to_be_bytes());
        }
        Data::Map(entries) => {
            assert!(entries.len() < 29, "a small map");
            out.push(0xe0 | entries.len() as u8);
            for (name, value) in entries {
                write(&Data::Text(name), out);
                write(value, out);
            }
        }
    }
}
