//! How a source speaks TLS: 1.3, and 1.2 for devices that are older.

use std::path::Path;
use std::sync::Arc;

use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use vigil_ingest::{Spec, Transport};

/// What the files of a source say; `None` where none of its sockets speaks TLS.
pub(crate) fn open(spec: &Spec) -> Result<Option<Arc<ServerConfig>>, String> {
    if spec.listen.iter().all(|listen| listen.transport != Transport::Tls) {
        return Ok(None);
    }
    let Some((cert, key)) = &spec.tls else {
        return Err("it listens by TLS and has no certificate: set `tls_cert` and `tls_key`".to_owned());
    };
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    let builder = match &spec.client_ca {
        None => builder.with_no_client_auth(),
        Some(path) => {
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots(path)?), provider);
            builder.with_client_cert_verifier(verifier.build().map_err(|error| format!("{path}: {error}"))?)
        }
    };
    let private = PrivateKeyDer::from_pem_file(Path::new(key))
        .map_err(|error| format!("{key}: {error}; it should hold a private key in PEM"))?;
    let config = builder
        .with_single_cert(certificates(cert)?, private)
        .map_err(|error| format!("the certificate {cert} and the key {key} cannot be used together: {error}"))?;
    Ok(Some(Arc::new(config)))
}

fn roots(path: &str) -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(path)? {
        roots.add(certificate).map_err(|error| format!("{path}: {error}"))?;
    }
    Ok(roots)
}

fn certificates(path: &str) -> Result<Vec<CertificateDer<'static>>, String> {
    let read = CertificateDer::pem_file_iter(Path::new(path)).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let unreadable = |why: String| format!("{path}: {why}; it should hold certificates in PEM");
    let chain = read.map_err(|error| unreadable(error.to_string()))?;
    if chain.is_empty() { Err(unreadable("no certificate was found".to_owned())) } else { Ok(chain) }
}
