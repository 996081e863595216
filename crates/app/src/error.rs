//! Why an operation was not done. Says it in keys of the language files; pages and API say it in
//! words.

use crate::Message;
use marketplaces::MarketError;
use store::Transient;

/// A field that is wrong.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FieldError {
    /// Name of the field in the form or body.
    pub field: String,
    /// What is wrong, and what was expected.
    pub message: Message,
}

/// Why an operation was not done. Nothing was changed.
#[derive(thiserror::Error, Debug)]
pub enum AppError {
    /// One or several fields are wrong.
    #[error("invalid input: {}", .0.iter().map(|f| f.field.as_str()).collect::<Vec<_>>().join(", "))]
    Invalid(Vec<FieldError>),
    /// A rule stands in the way; the message says which.
    #[error("refused: {}", .0.key)]
    Refused(Message),
    /// There is no such thing.
    #[error("no such {0}")]
    NotFound(&'static str),
    /// The person may not do this, or is not signed in.
    #[error("not allowed")]
    Forbidden,
    /// A marketplace said no, or could not be reached.
    #[error("marketplace: {0}")]
    Market(#[from] MarketError),
    /// The database.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// A stored or sealed value cannot be used.
    #[error("broken value: {0}")]
    Broken(String),
}

impl AppError {
    /// A rule stands in the way.
    #[must_use]
    pub fn refused(key: &str) -> Self {
        Self::Refused(Message::of(key))
    }

    /// One field is wrong.
    #[must_use]
    pub fn field(field: &str, message: Message) -> Self {
        Self::Invalid(vec![FieldError {
            field: field.to_owned(),
            message,
        }])
    }
}

impl Transient for AppError {
    fn is_transient(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_transient())
    }
}
