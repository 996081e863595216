//! Things of the application as the parts that pages are made of.

use crate::panel::{Panel, Person};
use crate::parts::{Configuration, Goods, Outside};
use app::order::PageItem;
use app::rows::ItemRow;
use domain::{Amount, Currency};

impl Panel {
    /// The offer's page at the marketplace.
    pub fn item_url(&self, marketplace: &str, item: &str) -> Option<String> {
        let market = self.app.markets.get(marketplace).ok()?;
        let url = market.connector.item_url(&market.addresses, item)?;
        Some(url.into())
    }

    /// The order's page at the marketplace.
    pub fn order_url(&self, marketplace: &str, number: &str) -> Option<String> {
        let market = self.app.markets.get(marketplace).ok()?;
        let url = market.connector.order_url(&market.addresses, number)?;
        Some(url.into())
    }

    /// A marketplace's order with the way to it.
    pub fn outside_order(&self, marketplace: &str, number: &str) -> Outside {
        Outside {
            number: number.to_owned(),
            url: self.order_url(marketplace, number),
        }
    }

    /// An item as the first cells of lists show it.
    pub fn goods(&self, item: &PageItem) -> Goods {
        self.goods_of(&item.row, &item.number)
    }

    /// An item by its row and its number for people.
    pub fn goods_of(&self, row: &ItemRow, number: &str) -> Goods {
        Goods {
            number: number.to_owned(),
            item: row.item.clone(),
            url: self.item_url(&row.marketplace, &row.item),
            photo: row.image.clone(),
            title: translated(&row.title, &row.title_original).to_owned(),
            original: differing(&row.title, &row.title_original),
        }
    }
}

/// The configuration of an item.
#[must_use]
pub fn configuration(row: &ItemRow) -> Configuration {
    let text = translated(&row.configuration, &row.configuration_original);
    Configuration {
        text: if text.is_empty() { "—" } else { text }.to_owned(),
        original: differing(&row.configuration, &row.configuration_original),
    }
}

fn translated<'a>(translated: &'a str, original: &'a str) -> &'a str {
    if translated.is_empty() {
        original
    } else {
        translated
    }
}

fn differing(translated: &str, original: &str) -> Option<String> {
    (!translated.is_empty() && !original.is_empty() && translated != original)
        .then(|| original.to_owned())
}

impl Person {
    /// A tracking code with the page that follows its shipment.
    pub fn tracking(&self, code: &str) -> Outside {
        Outside {
            number: code.to_owned(),
            url: self.settings.tracking_url(code),
        }
    }

    /// An amount of an order in its currency. One that we do not know stands with its code.
    pub fn money(&self, amount: &Amount, currency: &str) -> String {
        currency.parse::<Currency>().map_or_else(
            |_| format!("{} {currency}", amount.as_text()),
            |known| self.fmt.money(amount, &known),
        )
    }

    /// A weight, or `—`.
    pub fn weight(&self, grams: Option<i64>) -> String {
        grams.map_or_else(|| "—".to_owned(), |g| self.fmt.kg(g))
    }
}
