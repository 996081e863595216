//! Secrets at rest: sealed with a key from the configuration, bound to the row they belong to.
//!
//! `v1.<key id>.<nonce>.<ciphertext>`, XChaCha20-Poly1305 with a random nonce. The place (table,
//! column, row) is authenticated, so that a sealed value moved to another row does not open.

use crate::AppError;
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use world::Random;

/// The keys of this installation: the first seals, every one opens.
pub struct KeyRing {
    keys: Vec<(String, XChaCha20Poly1305)>,
}

impl KeyRing {
    /// From keys of 32 bytes written as 64 hexadecimal digits, the one for sealing first.
    ///
    /// # Errors
    /// When there is none or one has another form; the error does not repeat the key.
    pub fn from_hex(keys: &[SecretString]) -> Result<Self, AppError> {
        let mut out = Vec::with_capacity(keys.len());
        for key in keys {
            let bytes = HEXLOWER
                .decode(key.expose_secret().trim().to_ascii_lowercase().as_bytes())
                .ok()
                .filter(|bytes| bytes.len() == 32)
                .ok_or_else(|| {
                    AppError::Broken("a secret key must be 64 hexadecimal digits".to_owned())
                })?;
            let id = HEXLOWER.encode(&Sha256::digest(&bytes)[..4]);
            let cipher = XChaCha20Poly1305::new_from_slice(&bytes).map_err(|_| {
                AppError::Broken("a secret key must be 64 hexadecimal digits".to_owned())
            })?;
            out.push((id, cipher));
        }
        if out.is_empty() {
            return Err(AppError::Broken("no secret key is configured".to_owned()));
        }
        Ok(Self { keys: out })
    }

    /// A fresh key in the form that [`KeyRing::from_hex`] reads.
    #[must_use]
    pub fn generate(random: &dyn Random) -> String {
        let mut bytes = [0; 32];
        random.fill(&mut bytes);
        HEXLOWER.encode(&bytes)
    }

    /// Seals `secret` for `place`, e.g. `sessions.access_token.17`.
    ///
    /// # Errors
    /// Never in practice; the cipher's own refusal.
    pub fn seal(
        &self,
        random: &dyn Random,
        place: &str,
        secret: &SecretString,
    ) -> Result<String, AppError> {
        let (id, cipher) = self
            .keys
            .first()
            .ok_or_else(|| AppError::Broken("no secret key".to_owned()))?;
        let mut nonce = [0; 24];
        random.fill(&mut nonce);
        let payload = Payload {
            msg: secret.expose_secret().as_bytes(),
            aad: place.as_bytes(),
        };
        let sealed = cipher
            .encrypt(&XNonce::from(nonce), payload)
            .map_err(|_| AppError::Broken("sealing failed".to_owned()))?;
        Ok(format!(
            "v1.{id}.{}.{}",
            BASE64URL_NOPAD.encode(&nonce),
            BASE64URL_NOPAD.encode(&sealed)
        ))
    }

    /// Opens what [`KeyRing::seal`] gave for the same `place`.
    ///
    /// # Errors
    /// When the key is not among ours, or the value was changed or belongs elsewhere.
    pub fn open(&self, place: &str, sealed: &str) -> Result<SecretString, AppError> {
        let broken = |why: &str| AppError::Broken(format!("{place}: {why}"));
        let mut parts = sealed.split('.');
        let (Some("v1"), Some(id), Some(nonce), Some(body), None) = (
            parts.next(),
            parts.next(),
            parts.next(),
            parts.next(),
            parts.next(),
        ) else {
            return Err(broken("not a sealed value"));
        };
        let (_, cipher) = self
            .keys
            .iter()
            .find(|(known, _)| known == id)
            .ok_or_else(|| broken("sealed with a key that is not configured"))?;
        let nonce: [u8; 24] = BASE64URL_NOPAD
            .decode(nonce.as_bytes())
            .ok()
            .and_then(|bytes| bytes.try_into().ok())
            .ok_or_else(|| broken("not a sealed value"))?;
        let body = BASE64URL_NOPAD
            .decode(body.as_bytes())
            .map_err(|_| broken("not a sealed value"))?;
        let plain = cipher
            .decrypt(
                &XNonce::from(nonce),
                Payload {
                    msg: &body,
                    aad: place.as_bytes(),
                },
            )
            .map_err(|_| broken("does not open: changed, or of another row"))?;
        String::from_utf8(plain)
            .map(SecretString::from)
            .map_err(|_| broken("not text"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use world::SeededRandom;

    #[test]
    fn a_sealed_value_opens_only_in_its_place_and_with_its_key() {
        let random = SeededRandom::new(1);
        let key = KeyRing::generate(&random);
        let ring = KeyRing::from_hex(&[key.clone().into()]).unwrap();
        let sealed = ring
            .seal(&random, "sessions.access_token.1", &"token".into())
            .unwrap();
        assert_eq!(
            ring.open("sessions.access_token.1", &sealed)
                .unwrap()
                .expose_secret(),
            "token"
        );
        assert!(ring.open("sessions.access_token.2", &sealed).is_err());
        let other = KeyRing::generate(&random);
        let rotated = KeyRing::from_hex(&[other.clone().into(), key.into()]).unwrap();
        assert!(rotated.open("sessions.access_token.1", &sealed).is_ok());
        assert!(
            KeyRing::from_hex(&[other.into()])
                .unwrap()
                .open("sessions.access_token.1", &sealed)
                .is_err()
        );
        assert!(KeyRing::from_hex(&["abc".to_owned().into()]).is_err());
    }
}
