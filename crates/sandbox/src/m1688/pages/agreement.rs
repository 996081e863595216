//! The contract that lets programs pay for an account.

use crate::incoming::{Incoming, Reply};
use crate::marketplace::Desk;
use crate::order_page::page;
use crate::shop::{Shop, logged_in, to_login};
use askama::Template;

#[derive(Template)]
#[template(path = "m1688/agreement.html")]
struct Agreement {
    shop: &'static Shop,
    account: Option<String>,
    signed: bool,
}

/// `/accounts/agreement`: lets programs pay for the account, or stops it.
pub(super) fn show(desk: &mut Desk<'_>, call: &Incoming) -> Reply {
    let Some(buyer) = logged_in(desk, call) else {
        return to_login(desk, call, &[]);
    };
    if call.is_post() {
        let signs = call.text("sign") == "1";
        if let Some(account) = desk.market.accounts.get_mut(&buyer) {
            account.protocol_pay = signs;
        }
        return Reply::see("/accounts/agreement");
    }
    let signed = desk
        .market
        .accounts
        .get(&buyer)
        .is_some_and(|account| account.protocol_pay);
    page(
        200,
        &Agreement {
            shop: desk.shop(),
            account: Some(buyer),
            signed,
        },
    )
}
