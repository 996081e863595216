//! Reading an offer from either of the two interfaces that show one.

use super::convert::picture;
use crate::json::{Gap, Node, need};
use crate::{Offer, Specification};
use domain::Fen;

/// `quoteType`: one range of prices for the whole offer.
const RANGE_PER_OFFER: i64 = 2;

/// The inner result of `queryProductDetail`.
pub(super) fn detail(result: Node<'_>) -> Result<Offer, Gap> {
    let sale = result.at("productSaleInfo");
    build(
        result,
        &Places {
            item: result.at("offerId"),
            skus: result.at("productSkuInfos"),
            sku_attributes: "skuAttributes",
            sale,
            ranges: sale.any(&["priceRangeList", "priceRanges"]),
            unit: sale.at("unitInfo").at("unit"),
            images: result.at("productImage").at("images"),
            minimum: result.any(&["minOrderQuantity"]),
            lot: result.at("batchNumber"),
            weight: result
                .at("productShippingInfo")
                .any(&["unitWeight", "weight"]),
            seller: result.any(&["sellerOpenId", "supplierLoginId", "sellerLoginId"]),
            seller_name: Some(result.at("sellerDataInfo"))
                .filter(|seller| seller.is_object())
                .unwrap_or(result)
                .any(&["shopName", "companyName", "sellerLoginId"]),
        },
    )
}

/// The `productInfo` of `alibaba.cross.productInfo`.
pub(super) fn info(info: Node<'_>) -> Result<Offer, Gap> {
    let sale = info.at("saleInfo");
    build(
        info,
        &Places {
            item: info.any(&["productID", "productId"]),
            skus: info.at("skuInfos"),
            sku_attributes: "attributes",
            sale,
            ranges: sale.at("priceRanges"),
            unit: sale.at("unit"),
            images: info.at("image").at("images"),
            minimum: sale.at("minOrderQuantity"),
            lot: sale.at("batchNumber"),
            weight: info.at("shippingInfo").at("unitWeight"),
            seller: info.any(&["supplierLoginId", "sellerLoginId", "supplierUserId"]),
            seller_name: info.any(&["sellerLoginId", "supplierLoginId"]),
        },
    )
}

/// Where the two interfaces keep the same facts.
struct Places<'a> {
    item: Node<'a>,
    skus: Node<'a>,
    sku_attributes: &'static str,
    sale: Node<'a>,
    ranges: Node<'a>,
    unit: Node<'a>,
    images: Node<'a>,
    minimum: Node<'a>,
    lot: Node<'a>,
    weight: Node<'a>,
    seller: Node<'a>,
    seller_name: Node<'a>,
}

fn build(root: Node<'_>, at: &Places<'_>) -> Result<Offer, Gap> {
    let ranges: Vec<(i64, Fen)> = at
        .ranges
        .items()
        .into_iter()
        .filter_map(|range| {
            Some((
                range.at("startQuantity").count()?,
                range.any(&["promotionPrice", "price"]).unit_yuan()?,
            ))
        })
        .collect();
    let by_offer = at.sale.at("quoteType").integer() == Some(RANGE_PER_OFFER) && !ranges.is_empty();
    let specifications = at
        .skus
        .items()
        .into_iter()
        // An offer without specifications is sometimes shown with one nameless entry.
        .filter(|sku| sku.at("specId").is_there() || sku.at(at.sku_attributes).is_there())
        .map(|sku| specification(sku, at.sku_attributes, by_offer))
        .collect::<Result<Vec<_>, Gap>>()?;
    // Prices of the specifications win over ranges; ranges stay only while some line needs them.
    let each_has_its_own =
        !specifications.is_empty() && specifications.iter().all(|s| s.price.is_some());
    let raw_status = root.at("status").text();
    let stock = at.sale.at("amountOnSale").count().or_else(|| {
        specifications
            .iter()
            .map(|s| s.stock)
            .try_fold(0_i64, |sum, stock| sum.checked_add(stock?))
            .filter(|_| !specifications.is_empty())
    });
    Ok(Offer {
        item: need(at.item.id(), "offerId")?,
        title: need(root.at("subject").text(), "subject")?,
        on_sale: raw_status.as_deref().is_none_or(is_on_sale)
            && at.sale.at("supportOnlineTrade").flag() != Some(false),
        raw_status,
        seller: at.seller.text(),
        seller_name: at.seller_name.text(),
        unit: at.unit.text(),
        minimum: at.minimum.count().unwrap_or(1).max(1),
        lot: at.lot.count().unwrap_or(1).max(1),
        price_ranges: if each_has_its_own { Vec::new() } else { ranges },
        stock,
        specifications,
        images: images(at.images),
        weight_grams: at.weight.thousandths().filter(|g| *g > 0),
        orderable: None,
    })
}

/// Words that are known to mean "not now". An unknown word counts as on sale: the preview decides.
fn is_on_sale(word: &str) -> bool {
    !matches!(
        word,
        "member expired"
            | "auto expired"
            | "expired"
            | "member deleted"
            | "deleted"
            | "TBD"
            | "auditing"
            | "untread"
    )
}

fn specification(sku: Node<'_>, attributes: &str, by_offer: bool) -> Result<Specification, Gap> {
    let attributes = sku.at(attributes).items();
    let name: Vec<String> = attributes
        .iter()
        .filter_map(|attribute| {
            let value = attribute.any(&["value", "attributeValue"]).text()?;
            let name = attribute
                .any(&["attributeName", "attributeDisplayName"])
                .text();
            Some(match name {
                Some(name) => format!("{name}: {value}"),
                None => value,
            })
        })
        .collect();
    Ok(Specification {
        id: need(sku.at("specId").text(), "skuInfos.specId")?,
        name: name.join("; "),
        price: if by_offer {
            None
        } else {
            sku.any(&["promotionPrice", "price"]).unit_yuan()
        },
        stock: sku.at("amountOnSale").count(),
        image: attributes
            .iter()
            .find_map(|attribute| attribute.at("skuImageUrl").text())
            .map(|path| picture(&path)),
        orderable: None,
    })
}

fn images(list: Node<'_>) -> Vec<String> {
    match list.value() {
        Some(serde_json::Value::Array(list)) => list
            .iter()
            .filter_map(|v| Node::of(v).text())
            .map(|path| picture(&path))
            .collect(),
        Some(other) => Node::of(other)
            .text()
            .map(|path| picture(&path))
            .into_iter()
            .collect(),
        None => Vec::new(),
    }
}
