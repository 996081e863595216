//! An offer's page and its pictures.

use super::{Shop, logged_in, message};
use crate::catalogue::{Offer, Quote};
use crate::incoming::{Incoming, Reply};
use crate::marketplace::Desk;
use crate::money::yuan_text;
use crate::order_page::{attributes, page};
use crate::state::Market;
use askama::Template;

#[derive(Template)]
#[template(path = "shop/offer.html")]
struct OfferPage<'a> {
    shop: &'static Shop,
    account: Option<String>,
    offer: &'a Offer,
    seller: String,
    place: String,
    mix: String,
    weight: String,
    stock: i64,
    prices: Vec<(String, String)>,
    specs: Vec<(String, String, i64, String)>,
}

/// An offer's page.
pub(crate) fn show(desk: &Desk<'_>, call: &Incoming, id: &str) -> Reply {
    let Some(offer) = desk.market.offers.get(id) else {
        return message(
            desk,
            call,
            404,
            "No such offer",
            "商品不存在",
            "The sandbox has no offer with this number.",
        );
    };
    let seller = desk.market.sellers.get(&offer.seller);
    let mut prices: Vec<(String, String)> = if offer.quote == Quote::Range {
        offer
            .ranges
            .iter()
            .map(|(from, price)| (format!("from {from} {}", offer.unit), yuan_text(*price)))
            .collect()
    } else {
        Vec::new()
    };
    if prices.is_empty() {
        let of_specs = || {
            offer
                .specifications
                .iter()
                .filter(|spec| !spec.gone)
                .map(|spec| offer.unit_price(Some(spec), offer.minimum))
        };
        let (low, high) = (
            of_specs().min().unwrap_or(offer.price_fen),
            of_specs().max().unwrap_or(offer.price_fen),
        );
        let text = if low == high {
            yuan_text(low)
        } else {
            format!("{} – {}", yuan_text(low), yuan_text(high))
        };
        prices.push((format!("per {}", offer.unit), text));
    }
    let template = OfferPage {
        shop: desk.shop(),
        account: logged_in(desk, call),
        seller: seller.map(|seller| seller.shop.clone()).unwrap_or_default(),
        place: seller
            .map(|seller| format!("{} {}", seller.place.0, seller.place.1))
            .unwrap_or_default(),
        mix: seller
            .and_then(|seller| seller.mix)
            .filter(|_| offer.mixed)
            .map(|mix| {
                format!(
                    "{} pieces of this shop or ¥{}",
                    mix.pieces,
                    yuan_text(mix.amount_fen)
                )
            })
            .unwrap_or_default(),
        weight: format!("{}.{:03}", offer.weight_g / 1_000, offer.weight_g % 1_000),
        stock: offer.stock_total(),
        prices,
        specs: offer
            .specifications
            .iter()
            .filter(|spec| !spec.gone)
            .map(|spec| {
                (
                    attributes(&spec.attributes),
                    yuan_text(offer.unit_price(Some(spec), offer.minimum)),
                    spec.stock,
                    spec.spec_id.clone(),
                )
            })
            .collect(),
        offer,
    };
    page(200, &template)
}

/// `/img/{id}/{n}.svg`, for the offers of every marketplace.
pub(crate) fn picture<'a>(
    markets: impl IntoIterator<Item = &'a Market>,
    id: &str,
    file: &str,
) -> Reply {
    let index = file
        .strip_suffix(".svg")
        .and_then(|index| index.parse::<u32>().ok());
    let offer = markets.into_iter().find_map(|market| market.offers.get(id));
    match (offer, index) {
        (Some(offer), Some(index)) => Reply::file(
            "image/svg+xml",
            crate::picture::svg(&offer.category, id, index),
        ),
        _ => Reply::text(404, "there is no such picture\n"),
    }
}
