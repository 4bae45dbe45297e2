//! What a node signs: the header of a block, in canonical fixed binary.
//!
//! ```text
//! version u8 = 1 │ classes u8 │ cluster 32 │ node 32 │ epoch 16 │ seq u64 │ previous hash 32
//! tree head 32 │ seal time u64 │ frontier digest 32
//! classes × { class u8 │ count u32 │ raw length u32 │ root 32 │ first i64 │ last i64 }
//! extensions length u16 │ extensions × { type u16 │ length u16 │ bytes }
//! signature 64
//! ```
//! The header hash leaves the signature out; nothing about the encoding of bodies is signed.

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};

use crate::codec::Reader;
use crate::limits::HEADER_EXTENSION_BYTES_MAX;
use crate::{BodyDigest, Class, ClusterId, Epoch, Hash, Hlc, LogId, NodeId, Timestamp};

const VERSION: u8 = 1;
const HASH_DOMAIN: &str = "vigil header v1";
const SIGNATURE_DOMAIN: &[u8] = b"vigil header signature v1";
const EXTENSION_PREVIOUS_EPOCH: u16 = 1;
const SIGNATURE_BYTES: usize = 64;

/// Why bytes are no header, or a header is not its author's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// A newer format.
    #[error("header version {0} is not known here; a newer node wrote it")]
    Version(u8),
    /// Cut off, or not in canonical form.
    #[error("malformed header: {0}")]
    Malformed(&'static str),
    /// The node id is not a point that can sign, or a weak one.
    #[error("the node's key is no valid Ed25519 key")]
    Key,
    /// The signature is not by the node.
    #[error("the signature does not match the header")]
    Signature,
}

/// The head of the epoch before, named by the first block of a log.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PreviousEpoch {
    /// That epoch.
    pub epoch: Epoch,
    /// Its last block that the node holds.
    pub seq: u64,
    /// The hash of that block's header.
    pub hash: Hash,
}

/// What a block says of itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Header {
    /// The cluster that the log belongs to.
    pub cluster: ClusterId,
    /// The log.
    pub log: LogId,
    /// Number of the block, from 0 without gaps.
    pub seq: u64,
    /// Hash of the header before; zero at seq 0.
    pub previous: Hash,
    /// Merkle root over all earlier header hashes of this log (RFC 9162 shape).
    pub tree_head: Hash,
    /// When it was sealed.
    pub sealed: Hlc,
    /// Digest of what the author had seen of all logs: a witness, not an order.
    pub frontier: Hash,
    /// The bodies, by rising class, each class at most once.
    pub bodies: Vec<BodyDigest>,
    /// Where the node left off, at seq 0 when it wrote before.
    pub previous_epoch: Option<PreviousEpoch>,
}

/// A header and its author's signature, in the author's own bytes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SignedHeader {
    /// What was signed.
    pub header: Header,
    /// Hash of the header without the signature.
    pub hash: Hash,
    /// All bytes, signature included.
    bytes: Vec<u8>,
}

impl Header {
    /// The bytes that the hash covers.
    pub fn encode(&self) -> Vec<u8> {
        assert!(self.bodies.is_sorted_by(|a, b| a.class < b.class), "classes rise");
        let mut out = Vec::with_capacity(256 + 57 * self.bodies.len());
        out.push(VERSION);
        out.push(self.bodies.len() as u8);
        out.extend_from_slice(&self.cluster.0);
        out.extend_from_slice(&self.log.node.0);
        out.extend_from_slice(&self.log.epoch.0);
        out.extend_from_slice(&self.seq.to_le_bytes());
        out.extend_from_slice(&self.previous.0);
        out.extend_from_slice(&self.tree_head.0);
        out.extend_from_slice(&self.sealed.0.to_le_bytes());
        out.extend_from_slice(&self.frontier.0);
        self.bodies.iter().for_each(|body| encode_body(&mut out, body));
        self.encode_extensions(&mut out);
        out
    }

    fn encode_extensions(&self, out: &mut Vec<u8>) {
        let mut extensions = Vec::new();
        if let Some(previous) = &self.previous_epoch {
            extensions.extend_from_slice(&EXTENSION_PREVIOUS_EPOCH.to_le_bytes());
            extensions.extend_from_slice(&56u16.to_le_bytes());
            extensions.extend_from_slice(&previous.epoch.0);
            extensions.extend_from_slice(&previous.seq.to_le_bytes());
            extensions.extend_from_slice(&previous.hash.0);
        }
        out.extend_from_slice(&(extensions.len() as u16).to_le_bytes());
        out.extend_from_slice(&extensions);
    }

    /// The hash that the next header names, and that is signed.
    pub fn hash(&self) -> Hash {
        Hash::of(HASH_DOMAIN, &self.encode())
    }

    /// What this header says of the body of `class`.
    pub fn body(&self, class: Class) -> Option<&BodyDigest> {
        self.bodies.iter().find(|body| body.class == class)
    }

    /// Signs with the node's key.
    pub fn sign(self, key: &SigningKey) -> SignedHeader {
        assert_eq!(key.verifying_key().to_bytes(), self.log.node.0, "a node signs its own log only");
        let mut bytes = self.encode();
        let hash = Hash::of(HASH_DOMAIN, &bytes);
        let signature = key.sign(&signed_message(&self.cluster, &hash));
        bytes.extend_from_slice(&signature.to_bytes());
        SignedHeader { header: self, hash, bytes }
    }
}

impl SignedHeader {
    /// Reads a header without checking the signature; the form is checked to the last byte.
    pub fn decode(bytes: &[u8]) -> Result<SignedHeader, HeaderError> {
        let unsigned = bytes.len().checked_sub(SIGNATURE_BYTES).ok_or(HeaderError::Malformed("too short"))?;
        let header = decode_header(&bytes[..unsigned])?;
        let hash = Hash::of(HASH_DOMAIN, &bytes[..unsigned]);
        Ok(SignedHeader { header, hash, bytes: bytes.to_vec() })
    }

    /// Whether the author signed it, by `verify_strict`: all nodes must agree on the answer.
    pub fn verify(&self) -> Result<(), HeaderError> {
        let key = VerifyingKey::from_bytes(&self.header.log.node.0).map_err(|_| HeaderError::Key)?;
        if key.is_weak() {
            return Err(HeaderError::Key);
        }
        let signature = Signature::from_bytes(&self.signature());
        let message = signed_message(&self.header.cluster, &self.hash);
        key.verify_strict(&message, &signature).map_err(|_| HeaderError::Signature)
    }

    /// All bytes, signature included.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn signature(&self) -> [u8; SIGNATURE_BYTES] {
        *self.bytes.last_chunk().expect("a signed header ends with its signature")
    }
}

fn signed_message(cluster: &ClusterId, hash: &Hash) -> Vec<u8> {
    [SIGNATURE_DOMAIN, &cluster.0, &hash.0].concat()
}

fn encode_body(out: &mut Vec<u8>, body: &BodyDigest) {
    assert!(body.count > 0 && body.first <= body.last, "a body holds at least one record");
    out.push(body.class.number());
    out.extend_from_slice(&body.count.to_le_bytes());
    out.extend_from_slice(&body.raw_len.to_le_bytes());
    out.extend_from_slice(&body.root.0);
    out.extend_from_slice(&body.first.0.to_le_bytes());
    out.extend_from_slice(&body.last.0.to_le_bytes());
}

fn decode_header(bytes: &[u8]) -> Result<Header, HeaderError> {
    let mut reader = Reader(bytes);
    let version = reader.u8().ok_or(HeaderError::Malformed("empty"))?;
    if version != VERSION {
        return Err(HeaderError::Version(version));
    }
    let header = decode_fields(&mut reader)?;
    if !reader.is_empty() {
        return Err(HeaderError::Malformed("bytes after the extensions"));
    }
    Ok(header)
}

fn decode_fields(reader: &mut Reader<'_>) -> Result<Header, HeaderError> {
    let short = HeaderError::Malformed("cut off");
    let classes = reader.u8().ok_or(short.clone())?;
    let mut header = (|| {
        Some(Header {
            cluster: ClusterId(reader.array()?),
            log: LogId { node: NodeId(reader.array()?), epoch: Epoch(reader.array()?) },
            seq: reader.u64()?,
            previous: Hash(reader.array()?),
            tree_head: Hash(reader.array()?),
            sealed: Hlc(reader.u64()?),
            frontier: Hash(reader.array()?),
            bodies: Vec::new(),
            previous_epoch: None,
        })
    })()
    .ok_or(short)?;
    for _ in 0..classes {
        header.bodies.push(decode_body(reader)?);
    }
    if !header.bodies.is_sorted_by(|a, b| a.class < b.class) {
        return Err(HeaderError::Malformed("classes do not rise"));
    }
    header.previous_epoch = decode_extensions(reader)?;
    Ok(header)
}

fn decode_body(reader: &mut Reader<'_>) -> Result<BodyDigest, HeaderError> {
    let body = (|| {
        let class = reader.u8()?;
        Some((class, reader.u32()?, reader.u32()?, reader.array()?, reader.i64()?, reader.i64()?))
    })();
    let (class, count, raw_len, root, first, last) = body.ok_or(HeaderError::Malformed("class cut off"))?;
    let class = Class::from_number(class).ok_or(HeaderError::Malformed("unknown class"))?;
    if count == 0 || first > last {
        return Err(HeaderError::Malformed("empty class"));
    }
    Ok(BodyDigest { class, count, raw_len, root: Hash(root), first: Timestamp(first), last: Timestamp(last) })
}

fn decode_extensions(reader: &mut Reader<'_>) -> Result<Option<PreviousEpoch>, HeaderError> {
    let cut = || HeaderError::Malformed("extensions cut off");
    let length = usize::from(reader.u16().ok_or_else(cut)?);
    if length > HEADER_EXTENSION_BYTES_MAX {
        return Err(HeaderError::Malformed("extensions too long"));
    }
    let mut extensions = Reader(reader.take(length).ok_or_else(cut)?);
    let mut previous_epoch = None;
    while !extensions.is_empty() {
        let kind = extensions.u16().ok_or_else(cut)?;
        let size = usize::from(extensions.u16().ok_or_else(cut)?);
        let bytes = extensions.take(size).ok_or_else(cut)?;
        if kind == EXTENSION_PREVIOUS_EPOCH {
            previous_epoch = Some(decode_previous_epoch(bytes).ok_or_else(cut)?);
        }
    }
    Ok(previous_epoch)
}

fn decode_previous_epoch(bytes: &[u8]) -> Option<PreviousEpoch> {
    let mut reader = Reader(bytes);
    let previous = PreviousEpoch { epoch: Epoch(reader.array()?), seq: reader.u64()?, hash: Hash(reader.array()?) };
    reader.is_empty().then_some(previous)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signed() -> SignedHeader {
        let key = SigningKey::from_bytes(&[3; 32]);
        let header = Header {
            cluster: ClusterId([1; 32]),
            log: LogId { node: NodeId(key.verifying_key().to_bytes()), epoch: Epoch([2; 16]) },
            seq: 5,
            previous: Hash([4; 32]),
            tree_head: Hash([5; 32]),
            sealed: Hlc(6),
            frontier: Hash([7; 32]),
            bodies: vec![BodyDigest {
                class: Class::Logs,
                count: 2,
                raw_len: 100,
                root: Hash([8; 32]),
                first: Timestamp(1),
                last: Timestamp(2),
            }],
            previous_epoch: Some(PreviousEpoch { epoch: Epoch([9; 16]), seq: 4, hash: Hash([10; 32]) }),
        };
        header.sign(&key)
    }

    #[test]
    fn headers_are_read_as_signed() {
        let signed = signed();
        let read = SignedHeader::decode(signed.bytes()).expect("own bytes");
        assert_eq!(read, signed);
        assert_eq!(read.hash, read.header.hash());
        assert_eq!(read.verify(), Ok(()));
    }

    #[test]
    fn no_changed_byte_passes() {
        let bytes = signed().bytes().to_vec();
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1;
            let passes = SignedHeader::decode(&damaged).is_ok_and(|header| header.verify().is_ok());
            assert!(!passes, "byte {at}");
            assert!(SignedHeader::decode(&bytes[..at]).is_err(), "cut at {at}");
        }
    }

    #[test]
    fn the_hash_leaves_the_signature_out() {
        let mut bytes = signed().bytes().to_vec();
        *bytes.last_mut().expect("not empty") ^= 1;
        let other = SignedHeader::decode(&bytes).expect("well formed");
        assert_eq!(other.hash, signed().hash);
        assert_eq!(other.verify(), Err(HeaderError::Signature));
    }
}
