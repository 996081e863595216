//! What a marketplace says of one line that we want to order: a typed reason, and what a person
//! can do about it.

use crate::Fen;

/// The kinds of verdict on a line.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum VerdictKind {
    /// May be ordered as asked.
    Ok,
    /// The offer is not sold online, expired or deleted.
    NotForSale,
    /// The offer has specifications and this is none of them, or one is missing.
    NoSuchSpecification,
    /// Less in stock than asked for.
    OutOfStock,
    /// Below the smallest quantity or not a multiple of the lot.
    BelowMinimum,
    /// Quantity or amount below the seller's rule for mixed batches.
    MixedBatch,
    /// The marketplace names a price of zero.
    ZeroPrice,
    /// The price differs from what is expected.
    PriceChanged,
    /// The marketplace does not let this be ordered through its interface.
    NotByApi,
    /// The lines belong to different sellers.
    DifferentSellers,
    /// The delivery address was not accepted.
    Address,
    /// A limit of the account or app is used up.
    Limit,
    /// Another refusal: the marketplace's own words say which.
    Other,
}

impl VerdictKind {
    /// The key under which texts for people are filed, e.g. `out_of_stock`.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::NotForSale => "not_for_sale",
            Self::NoSuchSpecification => "no_such_specification",
            Self::OutOfStock => "out_of_stock",
            Self::BelowMinimum => "below_minimum",
            Self::MixedBatch => "mixed_batch",
            Self::ZeroPrice => "zero_price",
            Self::PriceChanged => "price_changed",
            Self::NotByApi => "not_by_api",
            Self::DifferentSellers => "different_sellers",
            Self::Address => "address",
            Self::Limit => "limit",
            Self::Other => "other",
        }
    }

    /// A refusal that no later try will change by itself.
    #[must_use]
    pub const fn is_for_good(self) -> bool {
        matches!(self, Self::NotForSale | Self::NoSuchSpecification)
    }
}

/// A verdict on one line, with the marketplace's own code and words.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct Verdict {
    /// Our reason.
    pub kind: VerdictKind,
    /// The marketplace's code, as sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The marketplace's text, as sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// What is in stock now, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stock: Option<i64>,
    /// The smallest quantity, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum: Option<i64>,
    /// The price now, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Fen>,
}

impl Verdict {
    /// A bare verdict of `kind`.
    #[must_use]
    pub const fn of(kind: VerdictKind) -> Self {
        Self {
            kind,
            code: None,
            text: None,
            stock: None,
            minimum: None,
            price: None,
        }
    }

    /// A verdict of `kind` with the marketplace's own code and text.
    #[must_use]
    pub fn said(kind: VerdictKind, code: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            code: Some(code.into()),
            text: Some(text.into()),
            ..Self::of(kind)
        }
    }

    /// May this line be ordered?
    #[must_use]
    pub const fn is_ok(&self) -> bool {
        matches!(self.kind, VerdictKind::Ok)
    }
}
