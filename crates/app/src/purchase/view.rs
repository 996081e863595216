//! One purchase with everything that is shown of it.

use crate::purchase::{cancel, pay_link};
use crate::{App, AppError, Message};
use store::exceptions::ExceptionRow;
use store::purchases::{self, Cover, DeliveryRow, PurchaseLineRow, PurchaseRow};

/// One purchase.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The purchase.
    pub row: PurchaseRow,
    /// Login name of the account that placed it.
    pub login: String,
    /// Its lines.
    pub lines: Vec<PurchaseLineRow>,
    /// What they cover, of every order.
    pub covers: Vec<Cover>,
    /// Shipments.
    pub deliveries: Vec<DeliveryRow>,
    /// What needs a person.
    pub differences: Vec<ExceptionRow>,
    /// The order's page at the marketplace.
    pub url: Option<url::Url>,
    /// Why it cannot be cancelled at the marketplace; none when it can.
    pub no_cancel: Option<Message>,
    /// Why it cannot be paid now; none when it can.
    pub no_pay: Option<Message>,
}

impl Shown {
    /// Units that cover nobody's item: the agent's stock.
    #[must_use]
    pub fn stock(&self) -> i64 {
        self.lines.iter().map(PurchaseLineRow::unallocated).sum()
    }
}

/// One purchase as it stands.
///
/// # Errors
/// When there is none; the database's.
pub async fn show(app: &App, id: i64) -> Result<Shown, AppError> {
    let mut db = app.store.read().await?;
    let row = purchases::by_id(&mut db, id)
        .await?
        .ok_or(AppError::NotFound("purchase"))?;
    let market = app.markets.get(&row.marketplace)?;
    let open = pay_link::open_exceptions(&mut db, std::slice::from_ref(&row)).await?;
    Ok(Shown {
        login: store::sessions::by_id(&mut db, row.session_id)
            .await?
            .map_or_else(String::new, |s| s.login),
        lines: purchases::lines(&mut db, id).await?,
        covers: purchases::covers(&mut db, id).await?,
        deliveries: purchases::deliveries(&mut db, id).await?,
        url: market
            .connector
            .order_url(&market.addresses, &row.order_number),
        no_cancel: cancel::allowed(&row, market.connector.capabilities()).err(),
        no_pay: pay_link::refusal(&row, &open),
        differences: open,
        row,
    })
}
