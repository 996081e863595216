//! The colours of statuses. Names come from the language files by code; colours are the same in
//! every language and on every page.

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
