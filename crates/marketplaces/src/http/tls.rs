//! Which certificates are trusted, for both paths alike.

use super::chain;
use crate::TransportError;
use rustls::ClientConfig;
use rustls_platform_verifier::BuilderVerifierExt;
use std::sync::Arc;

/// TLS settings, or why there are none.
#[derive(Clone)]
pub(super) struct Settings {
    config: Arc<ClientConfig>,
    missing: Option<Arc<str>>,
}

impl Settings {
    /// What the machine trusts.
    pub(super) fn of_machine() -> Self {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let found = ClientConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()
            .and_then(BuilderVerifierExt::with_platform_verifier)
            .map(rustls::ConfigBuilder::<ClientConfig, _>::with_no_client_auth);
        match found {
            Ok(config) => Self::of(config),
            Err(error) => Self {
                missing: Some(chain(&error).into()),
                config: Arc::new(nothing_trusted()),
            },
        }
    }

    pub(super) fn of(config: ClientConfig) -> Self {
        Self {
            config: Arc::new(config),
            missing: None,
        }
    }

    /// A copy for the client of reads.
    pub(super) fn config(&self) -> ClientConfig {
        ClientConfig::clone(&self.config)
    }

    pub(super) fn connector(&self) -> tokio_rustls::TlsConnector {
        tokio_rustls::TlsConnector::from(self.config.clone())
    }

    /// An error for https addresses when the machine trusts nothing at all.
    pub(super) fn check(&self) -> Result<(), TransportError> {
        match &self.missing {
            None => Ok(()),
            Some(why) => Err(TransportError::NotSent {
                why: format!("this machine has no trusted certificates for https: {why}"),
            }),
        }
    }
}

#[expect(
    clippy::expect_used,
    reason = "the provider of this build supports the protocol versions of this build"
)]
fn nothing_trusted() -> ClientConfig {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("protocol versions of the provider")
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth()
}
