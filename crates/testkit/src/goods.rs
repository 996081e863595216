//! Goods of the sandbox that anybody can buy one by one, and orders that want them.

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

/// A line of an order to import: item, specification, quantity, and what we expect to pay.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Marketplace's code.
    pub marketplace: String,
    /// Item id.
    pub item: String,
    /// Specification, where the offer has any.
    pub specification: Option<String>,
    /// Seller's id and name.
    pub seller: (String, String),
    /// Price of one unit.
    pub price_fen: i64,
    /// Units.
    pub quantity: i64,
}

impl Wanted {
    /// So many units of it.
    #[must_use]
    pub fn units(&self, quantity: i64) -> Self {
        Self {
            quantity,
            ..self.clone()
        }
    }
}

/// Offers with specifications that can be bought one by one, out of the sandbox's list of offers of
/// a marketplace.
///
/// # Errors
/// When the list is no such list.
pub fn plain(marketplace: &str, offers: &Value) -> Result<Vec<Wanted>> {
    let mut out = Vec::new();
    for offer in offers["offers"].as_array().context("offers")? {
        let plain = offer["minimum"] == 1
            && offer["mixed"] == false
            && offer["tradable"] == true
            && offer["status"] == "published"
            && offer["lot"].is_null()
            && offer["ranges"] == json!([]);
        let Some(specification) = offer["specifications"]
            .get(0)
            .filter(|s| plain && s["attributes"] != json!([]))
            .filter(|s| s["stock"].as_i64().unwrap_or(0) > 50 && s["gone"] == false)
        else {
            continue;
        };
        out.push(Wanted {
            marketplace: marketplace.to_owned(),
            item: text(&offer["item_id"])?,
            specification: Some(text(&specification["spec_id"])?),
            seller: (text(&offer["seller_id"])?, text(&offer["seller_name"])?),
            price_fen: specification["price_fen"].as_i64().context("price")?,
            quantity: 1,
        });
    }
    Ok(out)
}

/// A paid order with these lines, as an import file says it.
#[must_use]
pub fn order_file(number: &str, lines: &[Wanted]) -> Value {
    let items: Vec<Value> = lines
        .iter()
        .map(|l| {
            json!({
                "marketplace": l.marketplace, "item": l.item, "specification": l.specification,
                "seller": { "id": l.seller.0, "name": l.seller.1 },
                "title": { "original": "标题", "translated": "Goods" },
                "quantity": l.quantity, "unit": "件", "price": "10.5", "expected_price_fen": l.price_fen,
            })
        })
        .collect();
    json!({
        "number": number, "created_at": "2026-11-01T10:00:00Z",
        "customer": { "code": "C1042", "name": "Иван Петров" }, "currency": "USD",
        "delivery": { "service": "China Post", "cost": "2" }, "paid": "100000", "items": items,
    })
}

/// A text of a JSON answer.
///
/// # Errors
/// When it is none.
pub fn text(value: &Value) -> Result<String> {
    value
        .as_str()
        .map(str::to_owned)
        .with_context(|| format!("no text: {value}"))
}
