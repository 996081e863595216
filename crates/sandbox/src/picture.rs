//! Pictures of the goods: drawn as SVG from the offer's category and number, so that nothing has
//! to be stored or fetched.

use std::fmt::Write;

const PALETTE: &[(&str, &str)] = &[
    ("#f4efe6", "#b5651d"),
    ("#e8f0f7", "#2b6ca3"),
    ("#f7e9ec", "#b8405e"),
    ("#e9f4ec", "#2f7d4f"),
    ("#f1ecf8", "#6a4c9c"),
    ("#fdf3dc", "#c48a12"),
    ("#e6f4f4", "#1f7a7a"),
    ("#efefef", "#4a4a4a"),
];

/// The drawing inside a 200 × 200 field; `{c}` stands for the colour.
fn shape(category: &str) -> &'static str {
    match category {
        "clothes" => {
            r##"<path d="M60 55 85 42q15 14 30 0l25 13 22 34-22 13-8-11v68H68V91l-8 11-22-13z" fill="{c}"/><path d="M85 42q15 22 30 0" fill="none" stroke="#fff" stroke-width="4"/>"##
        }
        "shoes" => {
            r##"<path d="M38 118q4-34 10-38l26 6q14 26 40 30 38 4 46 14 6 10 2 18H42q-6-10-4-30z" fill="{c}"/><path d="M38 148h126v8H42z" fill="#3338"/><path d="m78 92 12-6m-4 16 12-7m-3 15 12-7" stroke="#fff" stroke-width="4"/>"##
        }
        "bags" => {
            r##"<path d="M76 70q0-32 24-32t24 32" fill="none" stroke="{c}" stroke-width="9"/><rect x="48" y="68" width="104" height="92" rx="14" fill="{c}"/><rect x="64" y="104" width="72" height="40" rx="8" fill="#fff5"/><path d="M48 92h104" stroke="#fff8" stroke-width="4"/>"##
        }
        "kitchen" => {
            r##"<rect x="78" y="34" width="44" height="22" rx="6" fill="#555"/><rect x="70" y="56" width="60" height="110" rx="14" fill="{c}"/><path d="M82 72v78" stroke="#fff7" stroke-width="7"/>"##
        }
        "home" => {
            r##"<path d="M84 40h32v16q24 22 24 56 0 36-22 54H82q-22-18-22-54 0-34 24-56z" fill="{c}"/><path d="M66 104q34 16 68 0" stroke="#fff8" stroke-width="5" fill="none"/><path d="M100 40q-4-18-20-22m20 22q2-22 18-28" stroke="#4b8b57" stroke-width="5" fill="none"/>"##
        }
        "toys" => {
            r##"<circle cx="72" cy="62" r="18" fill="{c}"/><circle cx="128" cy="62" r="18" fill="{c}"/><circle cx="100" cy="84" r="38" fill="{c}"/><ellipse cx="100" cy="142" rx="44" ry="32" fill="{c}"/><circle cx="87" cy="78" r="5" fill="#222"/><circle cx="113" cy="78" r="5" fill="#222"/><ellipse cx="100" cy="95" rx="12" ry="9" fill="#fff9"/>"##
        }
        "phone" => {
            r##"<rect x="64" y="34" width="72" height="134" rx="14" fill="{c}"/><rect x="71" y="46" width="58" height="102" rx="4" fill="#fff9"/><circle cx="100" cy="158" r="5" fill="#fff"/>"##
        }
        "beauty" => {
            r##"<rect x="90" y="88" width="20" height="80" rx="7" fill="#333"/><rect x="87" y="70" width="26" height="22" fill="#c9a45a"/><path d="M86 70q-4-32 14-42 18 10 14 42z" fill="{c}"/>"##
        }
        "stationery" => {
            r##"<rect x="52" y="40" width="82" height="122" rx="6" fill="{c}"/><path d="M66 64h54m-54 18h54m-54 18h36" stroke="#fff" stroke-width="5"/><path d="m118 148 34-62 12 7-34 62-14 8z" fill="#333"/>"##
        }
        "tools" => {
            r##"<rect x="52" y="46" width="62" height="30" rx="6" fill="{c}"/><path d="M114 54h34v14h-34z" fill="#666"/><path d="M72 76h26l8 78H66z" fill="#444"/>"##
        }
        "jewellery" => {
            r##"<circle cx="100" cy="116" r="44" fill="none" stroke="{c}" stroke-width="11"/><path d="m80 62 10-20h20l10 20-20 22z" fill="#8fc7e8" stroke="#fff" stroke-width="3"/>"##
        }
        "sport" => {
            r##"<circle cx="100" cy="100" r="56" fill="{c}"/><path d="M44 100q56-34 112 0M100 44q-34 56 0 112m0-112q34 56 0 112" stroke="#fff" stroke-width="4" fill="none"/>"##
        }
        _ => {
            r#"<ellipse cx="100" cy="122" rx="34" ry="28" fill="{c}"/><circle cx="58" cy="92" r="14" fill="{c}"/><circle cx="84" cy="68" r="15" fill="{c}"/><circle cx="116" cy="68" r="15" fill="{c}"/><circle cx="142" cy="92" r="14" fill="{c}"/>"#
        }
    }
}

/// The picture number `index` of an offer.
pub(crate) fn svg(category: &str, item_id: &str, index: u32) -> String {
    let sum = item_id.bytes().fold(index, |sum, byte| {
        sum.wrapping_mul(31).wrapping_add(u32::from(byte))
    });
    let at = usize::try_from(sum).unwrap_or(0) % PALETTE.len();
    let (ground, colour) = PALETTE.get(at).copied().unwrap_or(("#eee", "#444"));
    let turn = i64::from(sum / 7 % 13) - 6;
    let mut svg = String::with_capacity(1_200);
    // Writing into a String cannot fail.
    let _ = write!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 200 200\" width=\"400\" height=\"400\">\
         <rect width=\"200\" height=\"200\" fill=\"{ground}\"/>\
         <ellipse cx=\"100\" cy=\"172\" rx=\"62\" ry=\"9\" fill=\"#0001\"/>\
         <g transform=\"rotate({turn} 100 100)\">{}</g></svg>",
        shape(category).replace("{c}", colour)
    );
    svg
}
