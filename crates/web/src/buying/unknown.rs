//! Bookings whose outcome nobody knows, across orders.

use super::{WindowAnswer, page, tab_url};
use crate::pages::differences::{UnknownPage, UnknownRow};
use crate::panel::{Panel, Person};
use crate::parts::{Empty, Link, Tag};
use app::purchase_tab::UnknownBooking;
use axum::extract::State;
use domain::Fen;

/// `GET /unknown`
pub(crate) async fn list(State(panel): State<Panel>, person: Person) -> WindowAnswer {
    let tr = person.tr();
    let open = app::purchase_tab::unknown(&panel.app)
        .await
        .map_err(person.no())?;
    let rows: Vec<UnknownRow> = open.iter().map(|open| row(&person, open)).collect();
    let shell = panel.shell(&person, tr.unknown_title(), "/unknown").await?;
    Ok(page(UnknownPage {
        empty: rows.is_empty().then(|| Empty {
            icon: "checks",
            title: tr.unknown_empty_title().to_owned(),
            text: tr.unknown_empty_text().to_owned(),
            ..Empty::default()
        }),
        tr: tr.clone(),
        shell,
        rows,
    }))
}

fn row(person: &Person, open: &UnknownBooking) -> UnknownRow {
    let (fmt, tr, row) = (&person.fmt, person.tr(), &open.row);
    let since = row.sending_at.unwrap_or(row.planned_at);
    UnknownRow {
        order: Link::to(
            format!("{}#open-bookings", tab_url(&open.order_number)),
            &open.order_number,
        ),
        marketplace: Tag::marketplace(tr, &row.marketplace),
        account: open.login.clone(),
        seller: row.seller_name.clone(),
        reference: row.reference.clone(),
        total: Fen(row.goods_fen.0.saturating_add(row.freight_fen.0)).to_string(),
        reason: open.reason.as_ref().map(|why| fmt.fault(why, None)),
        looks: super::tab::looks(person, row.looks, row.looked_at, row.look_at),
        release: match &open.no_release {
            None => tr.release_possible().to_owned(),
            Some(why) => fmt.say(why),
        },
        since: fmt.ago(since),
        since_at: fmt.full(since),
    }
}
