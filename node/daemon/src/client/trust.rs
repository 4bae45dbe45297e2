//! Which certificate proves to be the node: one with the pinned fingerprint, one of the authorities
//! in a file, or one of the system's.

mod connector;
mod pin;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

use crate::exit::{Exit, Failure};

pub(super) use connector::TlsConnector;
pub(crate) use pin::Fingerprint;

/// Where systems keep the authorities that they trust.
const SYSTEM_FILES: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// Whom to trust.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Trust {
    /// The system's authorities (`SSL_CERT_FILE`, else the usual file).
    System,
    /// The authorities of this file, PEM.
    File(PathBuf),
    /// Only the certificate with this fingerprint, whatever it says about itself.
    Pinned(Fingerprint),
}

impl Trust {
    /// TLS as a client that trusts so.
    pub(super) fn config(&self) -> Result<ClientConfig, Failure> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder = ClientConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()
            .expect("the provider knows TLS 1.3");
        let file = match self {
            Trust::Pinned(fingerprint) => {
                let verifier = Arc::new(pin::Verifier::new(fingerprint.clone(), provider));
                return Ok(builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth());
            }
            Trust::File(file) => file.clone(),
            Trust::System => system_file()?,
        };
        Ok(builder.with_root_certificates(authorities(&file)?).with_no_client_auth())
    }
}

fn system_file() -> Result<PathBuf, Failure> {
    let named = std::env::var_os("SSL_CERT_FILE").filter(|file| !file.is_empty()).map(PathBuf::from);
    let usual = || SYSTEM_FILES.into_iter().map(PathBuf::from).find(|file| file.is_file());
    named.or_else(usual).ok_or_else(|| {
        Failure::new(Exit::Config, "this system names no authorities for certificates")
            .hint("pin the node's certificate with --fingerprint, or name one with --ca-file")
    })
}

fn authorities(file: &Path) -> Result<RootCertStore, Failure> {
    let fault = |why: String| Failure::new(Exit::Config, format!("the authorities in {}: {why}", file.display()));
    let read = CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let certificates = read.map_err(|error| fault(error.to_string()))?;
    let mut store = RootCertStore::empty();
    match store.add_parsable_certificates(certificates).0 {
        0 => Err(fault("no certificate in PEM is there".into())),
        _ => Ok(store),
    }
}

/// What TLS said, if the fault is of TLS.
pub(super) fn fault_in(error: &std::io::Error) -> Option<&rustls::Error> {
    error.get_ref()?.downcast_ref()
}

/// What a person reads when a node does not prove to be the one that was meant.
pub(super) fn failure(base: &str, fault: &rustls::Error) -> Failure {
    use rustls::{CertificateError, Error};
    let (message, hint) = match fault {
        Error::InvalidCertificate(CertificateError::Other(other)) => (
            format!("{base} shows another certificate than the pinned one: {}", other.0),
            "compare with what the node shows when it starts; if it did not change there, somebody is in between",
        ),
        Error::InvalidCertificate(why) => (
            format!("the certificate of {base} is not trusted: {why:?}"),
            "pin it with --fingerprint (the node shows it when it starts), or name its authority with --ca-file",
        ),
        Error::InvalidMessage(_) => {
            (format!("{base} does not speak HTTPS"), "write http://, or start the node with --tls")
        }
        other => (format!("no TLS with {base}: {other}"), "look at what the node writes on stderr"),
    };
    Failure::new(Exit::Unreachable, message).hint(hint)
}
