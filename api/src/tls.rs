//! How the socket speaks TLS: with the certificate that is given, or one of its own making.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::version::TLS13;

/// The file of a generated certificate, in the directory that [`Tls::generated`] is given.
pub const GENERATED_CERTIFICATE: &str = "tls.crt";
/// The file of its key, which nobody else may read.
pub const GENERATED_KEY: &str = "tls.key";

/// Where the certificate comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TlsOptions {
    /// Files in PEM: the certificate with its chain, leaf first, and its key.
    Files {
        /// The certificate.
        cert: PathBuf,
        /// The key.
        key: PathBuf,
    },
    /// Self-signed, made at the first start and kept. Clients pin its fingerprint.
    Generated {
        /// Where it is kept: the data directory.
        directory: PathBuf,
        /// Host names and addresses that it is for, beside `localhost`, `127.0.0.1` and `::1`.
        names: Vec<String>,
    },
}

/// A certificate and its key, ready to serve TLS 1.3 and nothing older.
#[derive(Clone, Debug)]
pub struct Tls {
    pub(crate) config: Arc<ServerConfig>,
    fingerprint: String,
}

/// Why there is no TLS.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read, or holds something else.
    #[error("{path}: {why}; it should hold {what} in PEM")]
    File {
        /// Which.
        path: PathBuf,
        /// What it should be.
        what: &'static str,
        /// What is wrong.
        why: String,
    },
    /// They do not belong together, or are of a kind that is not known.
    #[error("the certificate {cert} and the key {key} cannot be used together: {why}")]
    Pair {
        /// The certificate.
        cert: PathBuf,
        /// The key.
        key: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// No certificate can be made for these names.
    #[error("no certificate can be made for {names}: {why}")]
    Names {
        /// The names.
        names: String,
        /// What is wrong.
        why: String,
    },
    /// The new certificate cannot be kept.
    #[error("{path} cannot be written: {why}")]
    Write {
        /// Where.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
}

impl Tls {
    /// Reads the certificate, or makes it.
    pub fn open(options: &TlsOptions) -> Result<Tls, TlsError> {
        match options {
            TlsOptions::Files { cert, key } => Tls::of_files(cert, key),
            TlsOptions::Generated { directory, names } => {
                let (cert, key) = (directory.join(GENERATED_CERTIFICATE), directory.join(GENERATED_KEY));
                // The key is written first, so a certificate without one was put there by hand.
                let made = cert.try_exists().map_err(|error| unreadable(&cert, &error.to_string()))?;
                if !made {
                    generate(&cert, &key, names)?;
                }
                Tls::of_files(&cert, &key)
            }
        }
    }

    fn of_files(cert: &Path, key: &Path) -> Result<Tls, TlsError> {
        let chain = certificates(cert)?;
        let fingerprint = fingerprint(&chain[0]);
        let private = private_key(key)?;
        let pair = |error: rustls::Error| TlsError::Pair { cert: cert.into(), key: key.into(), why: error.to_string() };
        let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_protocol_versions(&[&TLS13])
            .map_err(pair)?
            .with_no_client_auth()
            .with_single_cert(chain, private)
            .map_err(pair)?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Tls { config: Arc::new(config), fingerprint })
    }

    /// SHA-256 of the certificate, see [`fingerprint`].
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }
}

/// SHA-256 of a certificate in DER, as `openssl x509 -fingerprint -sha256` and browsers show it:
/// `AB:CD:…`.
pub fn fingerprint(certificate: &[u8]) -> String {
    let suite = aws_lc_rs::cipher_suite::TLS13_AES_128_GCM_SHA256;
    let rustls::SupportedCipherSuite::Tls13(suite) = suite else { unreachable!("its name says TLS 1.3") };
    let hash = suite.common.hash_provider.hash(certificate);
    let pairs: Vec<String> = hash.as_ref().iter().map(|byte| format!("{byte:02X}")).collect();
    pairs.join(":")
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let read = CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let chain = read.map_err(|error| unreadable(path, &error.to_string()))?;
    if chain.is_empty() { Err(unreadable(path, "no certificate was found")) } else { Ok(chain) }
}

fn unreadable(certificate: &Path, why: &str) -> TlsError {
    TlsError::File { path: certificate.into(), what: "a certificate", why: why.to_owned() }
}

fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    let fault = |error: rustls::pki_types::pem::Error| TlsError::File {
        path: path.into(),
        what: "a private key",
        why: error.to_string(),
    };
    PrivateKeyDer::from_pem_file(path).map_err(fault)
}

fn generate(cert: &Path, key: &Path, names: &[String]) -> Result<(), TlsError> {
    let mut all = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
    all.extend(names.iter().filter(|name| !name.is_empty() && !all.contains(name)).cloned().collect::<Vec<_>>());
    let fault = |error: rcgen::Error| TlsError::Names { names: all.join(", "), why: error.to_string() };
    let made = rcgen::generate_simple_self_signed(all.clone()).map_err(fault)?;
    write(key, made.signing_key.serialize_pem().as_bytes(), 0o600)?;
    write(cert, made.cert.pem().as_bytes(), 0o644)
}

/// Writes a file whole or not at all.
fn write(path: &Path, bytes: &[u8], mode: u32) -> Result<(), TlsError> {
    let partial = path.with_extension("new");
    let written = || {
        // The mode is given only to a file that is made here.
        match fs::remove_file(&partial) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(&partial)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&partial, path)
    };
    written().map_err(|error| TlsError::Write { path: path.into(), why: error.to_string() })
}
