//! How both ends of the forward protocol prove that they know one key, without saying it.
//!
//! The server begins with `HELO` and a nonce, the client answers `PING` with a digest of salt, its name, nonce and key,
//! and the server answers `PONG` with the same over its own name. Only a server with a key begins: clients without one
//! do not expect it.

use sha2::{Digest, Sha512};

use super::super::msgpack::{Reader, put_list, put_text};

/// What a client says to prove that it knows the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ping {
    host: Vec<u8>,
    salt: Vec<u8>,
    digest: Vec<u8>,
}

/// `["HELO", {"nonce": …, "auth": "", "keepalive": true}]`.
pub fn helo(nonce: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    put_list(2, &mut out);
    put_text(b"HELO", &mut out);
    out.push(0x83);
    put_text(b"nonce", &mut out);
    put_bytes(nonce, &mut out);
    put_text(b"auth", &mut out);
    put_text(b"", &mut out);
    put_text(b"keepalive", &mut out);
    out.push(0xc3);
    out
}

/// `["PONG", whether it may go on, why not, name, digest]`; the digest is told only to a client that knows the key.
pub fn pong(ping: Option<&Ping>, name: &str, nonce: &[u8], key: &str) -> Vec<u8> {
    let mut out = Vec::new();
    put_list(5, &mut out);
    put_text(b"PONG", &mut out);
    out.push(if ping.is_some() { 0xc3 } else { 0xc2 });
    put_text(if ping.is_some() { b"" } else { b"shared_key mismatch" }, &mut out);
    put_text(name.as_bytes(), &mut out);
    let proof = ping.map(|ping| digest(&ping.salt, name.as_bytes(), nonce, key)).unwrap_or_default();
    put_text(proof.as_bytes(), &mut out);
    out
}

impl Ping {
    /// Reads `["PING", host, salt, digest, user, password]`.
    pub fn read(bytes: &[u8]) -> Option<Ping> {
        let mut reader = Reader(bytes);
        if reader.list()? < 4 || reader.text()? != b"PING" {
            return None;
        }
        let mut text = || reader.text().map(<[u8]>::to_vec);
        Some(Ping { host: text()?, salt: text()?, digest: text()? })
    }

    /// Whether it knows the key.
    pub fn knows(&self, nonce: &[u8], key: &str) -> bool {
        let expected = digest(&self.salt, &self.host, nonce, key);
        let differing = expected.bytes().zip(&self.digest).fold(0, |differing, (a, b)| differing | (a ^ b));
        // Every byte is compared, so how long it takes tells nothing.
        self.digest.len() == expected.len() && differing == 0
    }
}

/// The digest of either side: SHA-512 of salt, name, nonce and key, as lower-case hexadecimal digits.
pub fn digest(salt: &[u8], name: &[u8], nonce: &[u8], key: &str) -> String {
    let mut hash = Sha512::new();
    [salt, name, nonce, key.as_bytes()].into_iter().for_each(|part| hash.update(part));
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn put_bytes(bytes: &[u8], out: &mut Vec<u8>) {
    let length = u8::try_from(bytes.len()).expect("a nonce is short");
    out.extend_from_slice(&[0xc4, length]);
    out.extend_from_slice(bytes);
}
