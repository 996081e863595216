//! The colours of statuses. Names come from the language files by code; colours are the same in
//! every language and on every page.

use crate::Tr;
use domain::VerdictKind;

/// The colour of an item's status, by its code.
#[must_use]
pub fn item_tone(code: &str) -> &'static str {
    match code {
        "paid" => "green",
        "price_confirmation" => "yellow",
        "booked" => "azure",
        "purchased" => "indigo",
        "shipped_by_seller" => "blue",
        "at_warehouse" => "cyan",
        "inspection" | "packing" => "teal",
        "ready_to_ship" => "lime",
        "shipped" => "purple",
        "received" => "dark",
        "returned" | "unavailable" => "red",
        _ => "secondary",
    }
}

/// The colour of an order's status, by its code.
#[must_use]
pub fn order_tone(code: &str) -> &'static str {
    match code {
        "paid" => "green",
        "in_purchase" => "blue",
        "purchased" => "indigo",
        "at_warehouse" => "cyan",
        "partly_shipped" | "shipped" => "purple",
        "completed" => "teal",
        _ => "secondary",
    }
}

/// The colour of a purchase's status, by its code.
#[must_use]
pub fn purchase_tone(code: &str) -> &'static str {
    match code {
        "building" | "to_pay" => "orange",
        "paid_to_seller" => "indigo",
        "partly_sent" | "sent" => "blue",
        "signed" => "cyan",
        "completed" => "teal",
        "unknown" => "yellow",
        _ => "secondary",
    }
}

/// The colour of a marketplace: always the same one for its code.
#[must_use]
pub fn marketplace_tone(code: &str) -> &'static str {
    const TONES: [&str; 6] = ["red", "purple", "lime", "pink", "cyan", "orange"];
    TONES[code.bytes().map(usize::from).sum::<usize>() % TONES.len()]
}

/// Every verdict, for the test that each has its text.
pub const VERDICTS: [VerdictKind; 13] = [
    VerdictKind::Ok,
    VerdictKind::NotForSale,
    VerdictKind::NoSuchSpecification,
    VerdictKind::OutOfStock,
    VerdictKind::BelowMinimum,
    VerdictKind::MixedBatch,
    VerdictKind::ZeroPrice,
    VerdictKind::PriceChanged,
    VerdictKind::NotByApi,
    VerdictKind::DifferentSellers,
    VerdictKind::Address,
    VerdictKind::Limit,
    VerdictKind::Other,
];

/// What a marketplace's own word means, where its texts say so: those of a family whose keys go on with
/// the marketplace's code and the word in small letters (`refund-word-taobao-minus-10`).
#[must_use]
pub fn of_market<'a>(tr: &'a Tr, family: &str, marketplace: &str, word: &str) -> Option<&'a str> {
    let word = word.to_lowercase();
    let word = match word.strip_prefix('-') {
        Some(rest) => format!("minus-{rest}"),
        None => word,
    };
    tr.find(&format!("{family}{marketplace}-"), &word)
}

/// The colour of a parcel's status, by its code.
#[must_use]
pub fn parcel_tone(code: &str) -> &'static str {
    match code {
        "packed" => "azure",
        "shipped" => "purple",
        "delivered" => "teal",
        "returned" => "red",
        _ => "secondary",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_marketplaces_have_texts_by_their_code() {
        let tr = Tr::english();
        for word in ["10", "20", "30", "100", "-10", "-20"] {
            assert!(
                of_market(&tr, "refund-word-", "taobao", word).is_some(),
                "{word}"
            );
        }
        for word in [
            "BULIDING",
            "WAIT_BUYER_P",
            "WAIT_SELLER_SEND_GOODS",
            "WAIT_BUYER_CONFIRM_GOODS",
            "TRADE_CLOSED",
            "TRADE_FINISHED",
        ] {
            assert!(
                of_market(&tr, "status-word-", "taobao", word).is_some(),
                "{word}"
            );
        }
        assert_eq!(
            of_market(&tr, "status-word-", "taobao", "TRADE_SUCCESS"),
            None
        );
        assert_eq!(of_market(&tr, "refund-word-", "none", "10"), None);
    }
}
