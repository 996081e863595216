//! Reading an offer, with the ids under which it is ordered.

use super::convert::picture;
use crate::json::{Gap, Node, need};
use crate::{Offer, Orderable, Specification};

/// The `data` of `/product/get`.
pub(super) fn read(data: Node<'_>) -> Result<Offer, Gap> {
    let mp_item = need(data.any(&["mp_id", "mpId"]).id(), "mp_id")?;
    let rows = data.at("sku_list").items();
    let specifications = rows
        .iter()
        .filter(|row| !row.at("properties").items().is_empty() || rows.len() > 1)
        .map(|row| specification(*row))
        .collect::<Result<Vec<_>, Gap>>()?;
    // Without anything to choose from, the one row is the offer itself.
    let only = match (specifications.is_empty(), rows.as_slice()) {
        (true, [row]) => Some(*row),
        _ => None,
    };
    let raw_status = data.at("status").text();
    let own_price = only.and_then(price).or_else(|| price(data));
    let each_has_its_own =
        !specifications.is_empty() && specifications.iter().all(|s| s.price.is_some());
    let minimum = data.at("begin_amount").count().unwrap_or(1).max(1);
    let stock = only
        .and_then(|row| row.at("quantity").count())
        .or_else(|| data.at("quantity").count())
        .or_else(|| {
            specifications
                .iter()
                .map(|s| s.stock)
                .try_fold(0_i64, |sum, stock| sum.checked_add(stock?))
                .filter(|_| !specifications.is_empty())
        });
    Ok(Offer {
        item: need(data.at("item_id").id(), "item_id")?,
        title: need(data.at("title").text(), "title")?,
        on_sale: raw_status.as_deref().is_none_or(is_on_sale),
        raw_status,
        seller: data.at("shop_id").text(),
        seller_name: data.any_text(&["shop_name", "user_nick"]),
        unit: data.at("product_unit").text(),
        minimum,
        lot: 1,
        price_ranges: match own_price {
            Some(price) if !each_has_its_own => vec![(1, price)],
            _ => Vec::new(),
        },
        stock,
        specifications,
        images: pictures(data.at("pic_urls")),
        weight_grams: None,
        orderable: Some(Orderable {
            item: mp_item,
            specification: only.and_then(|row| row.any(&["mp_skuId", "mp_sku_id"]).id()),
        }),
    })
}

/// What one unit costs now: the promotion's price where it is lower. Coupons are left out, since
/// whether one applies only the preview tells.
fn price(place: Node<'_>) -> Option<domain::Fen> {
    let usual = place.at("price").fen();
    let reduced = place.at("promotion_price").fen();
    match (usual, reduced) {
        (Some(usual), Some(reduced)) => Some(usual.min(reduced)),
        (usual, reduced) => usual.or(reduced),
    }
}

/// Words that are known to mean "not now". An unknown word counts as on sale: the preview decides.
fn is_on_sale(word: &str) -> bool {
    !matches!(
        word.to_ascii_lowercase().as_str(),
        "deleted" | "offline" | "off_shelf" | "sold_out" | "disabled" | "invalid"
    )
}

fn specification(row: Node<'_>) -> Result<Specification, Gap> {
    let name: Vec<String> = row
        .at("properties")
        .items()
        .into_iter()
        .filter_map(|property| {
            let value = property.any_text(&["value_desc", "value_name"])?;
            Some(match property.at("prop_name").text() {
                Some(name) => format!("{name}: {value}"),
                None => value,
            })
        })
        .collect();
    Ok(Specification {
        id: need(row.at("sku_id").id(), "sku_list.sku_id")?,
        name: name.join("; "),
        price: price(row),
        stock: row.at("quantity").count(),
        image: row.at("pic_url").text().map(|path| picture(&path)),
        orderable: row.any(&["mp_skuId", "mp_sku_id"]).id(),
    })
}

fn pictures(list: Node<'_>) -> Vec<String> {
    let one = |value: &serde_json::Value| Node::of(value).text().map(|path| picture(&path));
    match list.value() {
        Some(serde_json::Value::Array(list)) => list.iter().filter_map(one).collect(),
        Some(other) => one(other).into_iter().collect(),
        None => Vec::new(),
    }
}
