//! What the suite must be told of a marketplace, because nothing in the trait or in the sandbox's
//! common controls says it.

use serde_json::Value;

/// A marketplace in the suite.
pub struct Stand {
    /// Its code in the registry and in the sandbox.
    pub code: &'static str,
    /// Knobs that change the form of its answers and nothing else, one document for each form.
    pub forms: fn() -> Vec<Value>,
    /// Seconds after which everything that goes on behind an answer has ended: building an order,
    /// carrying out a payment or a cancel.
    pub settles_s: i64,
    /// The interface that makes orders, as the sandbox's knobs name it.
    pub create_api: &'static str,
    /// An order number of the right form that nobody has.
    pub nobodys_order: &'static str,
    /// An item id of the right form that nobody has.
    pub nobodys_item: &'static str,
    /// Behaviours for which its goods give no occasion; they must fail.
    pub lacks: &'static [&'static str],
    /// Answers with every field in its place and of a wrong type.
    pub odd_answers: fn() -> Vec<Value>,
}

/// One for each marketplace of the registry.
pub const STANDS: &[&Stand] = &[&crate::m1688::STAND, &crate::taobao::STAND];
