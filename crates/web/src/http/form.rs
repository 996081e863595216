//! Forms: what was sent, and what is shown again when it was refused.

use super::PageError;
use axum::extract::{FromRequest, Request};
use world::Random;

/// The longest `request_id` that a form may bring.
const REQUEST_ID_MOST: usize = 64;

/// A field as a form shows it: what the person typed, and what is wrong with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Field {
    /// As typed.
    pub value: String,
    /// What is wrong and what was expected.
    pub error: Option<String>,
}

impl Field {
    /// A field without fault.
    pub fn of(value: impl Into<String>) -> Self {
        Self {
            value: value.into(),
            error: None,
        }
    }

    /// A refused field.
    pub fn refused(value: impl Into<String>, error: impl Into<String>) -> Self {
        Self {
            value: value.into(),
            error: Some(error.into()),
        }
    }
}

/// The fields of a posted form, in their order; a name may stand several times.
#[derive(Clone, Debug, Default)]
pub struct Fields(pub Vec<(String, String)>);

impl Fields {
    /// The parameters of an address, or a form's body.
    #[must_use]
    pub fn parse(text: &[u8]) -> Self {
        Self(
            url::form_urlencoded::parse(text)
                .map(|(n, v)| (n.into_owned(), v.replace('\0', "\u{FFFD}")))
                .collect(),
        )
    }

    /// The first value of that name without surrounding blanks, or nothing.
    pub fn text(&self, name: &str) -> &str {
        self.0
            .iter()
            .find(|(n, _)| n == name)
            .map_or("", |(_, value)| value.trim())
    }

    /// The first value of that name, when it is not empty.
    pub fn some(&self, name: &str) -> Option<&str> {
        Some(self.text(name)).filter(|v| !v.is_empty())
    }

    /// A ticked box, or a button that was pressed.
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(n, _)| n == name)
    }

    /// Every value of that name.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0
            .iter()
            .filter(move |(n, _)| n == name)
            .map(|(_, value)| value.as_str())
    }

    /// Every value of that name as a row id.
    ///
    /// # Errors
    /// When one of them is none.
    pub fn ids(&self, name: &str) -> Result<Vec<i64>, PageError> {
        self.all(name)
            .map(|v| v.parse().map_err(|_| PageError::bad_request()))
            .collect()
    }

    /// The id of this press of the button. Two posts that carry the same one are one run.
    ///
    /// # Errors
    /// When the form lacks it: then it is not a form of ours.
    pub fn request_id(&self) -> Result<&str, PageError> {
        let id = self.text("request_id");
        let good = !id.is_empty()
            && id.len() <= REQUEST_ID_MOST
            && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        if good {
            Ok(id)
        } else {
            Err(PageError::bad_request())
        }
    }
}

impl<S: Send + Sync> FromRequest<S> for Fields {
    type Rejection = PageError;

    async fn from_request(request: Request, state: &S) -> Result<Self, PageError> {
        axum::extract::RawForm::from_request(request, state)
            .await
            .map(|raw| Self::parse(&raw.0))
            .map_err(|refusal| PageError::of_status(refusal.status()))
    }
}

/// A fresh value for a form's hidden `request_id`.
pub fn request_id(random: &dyn Random) -> String {
    let mut bytes = [0; 15];
    random.fill(&mut bytes);
    data_encoding::BASE32_NOPAD.encode(&bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use world::SeededRandom;

    #[test]
    fn fields_are_read_by_name_and_ids_are_checked() {
        let fields = Fields(vec![
            ("item".into(), "1".into()),
            ("item".into(), "2".into()),
            ("reason".into(), "  late ".into()),
            ("request_id".into(), request_id(&SeededRandom::new(1))),
        ]);
        assert_eq!(fields.ids("item").unwrap(), [1, 2]);
        assert_eq!(fields.text("reason"), "late");
        assert_eq!(fields.request_id().unwrap().len(), 24);
        assert!(Fields::default().request_id().is_err());
    }
}
