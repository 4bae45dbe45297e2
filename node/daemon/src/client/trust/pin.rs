//! A certificate that is known by its fingerprint.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, Error, OtherError, SignatureScheme};

/// SHA-256 of a certificate in DER, written `AB:CD:…` as openssl and browsers do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fingerprint(String);

impl Fingerprint {
    pub(super) fn of(certificate: &CertificateDer<'_>) -> Fingerprint {
        Fingerprint(vigil_api::fingerprint(certificate))
    }

    fn written(bytes: &[u8]) -> Fingerprint {
        let pairs: Vec<String> = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
        Fingerprint(pairs.join(":"))
    }
}

impl FromStr for Fingerprint {
    type Err = String;

    /// 64 digits, with or without colons, in either case.
    fn from_str(text: &str) -> Result<Fingerprint, String> {
        let digits: String = text.trim().chars().filter(|c| *c != ':').collect();
        let pair = |at: usize| u8::from_str_radix(digits.get(2 * at..2 * at + 2)?, 16).ok();
        let bytes: Option<Vec<u8>> = (0..32).map(pair).collect();
        let good = bytes.filter(|_| digits.len() == 64 && digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
        good.map(|bytes| Fingerprint::written(&bytes))
            .ok_or_else(|| "a fingerprint is SHA-256 in hexadecimal: 64 digits, with or without colons".into())
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Accepts one certificate. That the other side has its key is proved by the signature of the
/// handshake, as always.
#[derive(Debug)]
pub(super) struct Verifier {
    wanted: Fingerprint,
    provider: Arc<CryptoProvider>,
}

impl Verifier {
    pub(super) fn new(wanted: Fingerprint, provider: Arc<CryptoProvider>) -> Verifier {
        Verifier { wanted, provider }
    }
}

/// Another certificate was shown.
#[derive(Debug, thiserror::Error)]
#[error("expected {wanted}, found {found}")]
struct Mismatch {
    wanted: Fingerprint,
    found: Fingerprint,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let found = Fingerprint::of(end_entity);
        if found == self.wanted {
            return Ok(ServerCertVerified::assertion());
        }
        let mismatch = Mismatch { wanted: self.wanted.clone(), found };
        Err(Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(mismatch)))))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_are_read_in_every_usual_form() {
        let plain = "00ff".repeat(16);
        let colons = vec!["00:FF"; 16].join(":");
        for text in [&plain, &colons, &plain.to_uppercase()] {
            assert_eq!(text.parse::<Fingerprint>().map(|read| read.to_string()).as_ref(), Ok(&colons));
        }
        for wrong in ["", "00ff", &"0g".repeat(32), &"+f".repeat(32), &"ü".repeat(32), &"00".repeat(33)] {
            assert!(wrong.parse::<Fingerprint>().is_err(), "{wrong}");
        }
    }
}
