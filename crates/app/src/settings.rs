//! What the agent decides for the whole desk: what may be paid without asking, when an order
//! counts as paid, how customer money is rounded for showing.

use crate::{App, AppError, Ctx, FieldError, Message};
use domain::{Amount, CeilingSettings, Currency, Fen};
use rust_decimal::Decimal;
use std::collections::{BTreeMap, BTreeSet};
use store::Db;
use store::settings;

/// All settings.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// What goods and freight may cost without asking.
    pub ceiling: CeilingSettings,
    /// Hundredths of a percent of an order's total that must be paid before its items count as paid.
    pub paid_share_basis_points: i64,
    /// Decimals for showing amounts of a currency, where they differ from the usual ones.
    pub decimals: BTreeMap<String, u32>,
    /// Marketplaces whose purchases may be paid through their interface.
    pub pay_by_api: BTreeSet<String>,
    /// The page that follows a shipment; `{code}` stands for the tracking code. Empty: no page.
    pub tracking_page: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            ceiling: CeilingSettings::default(),
            paid_share_basis_points: 10_000,
            decimals: BTreeMap::new(),
            pay_by_api: BTreeSet::new(),
            tracking_page: format!("https://t.17track.net/en#nums={CODE}"),
        }
    }
}

const TOLERANCE_BASIS_POINTS: &str = "goods_tolerance_basis_points";
const TOLERANCE_FEN: &str = "goods_tolerance_fen";
const FREIGHT_ASKS_ABOVE: &str = "freight_asks_above_fen";
const PAID_SHARE: &str = "paid_share_basis_points";
const DECIMALS: &str = "decimals";
const PAY_BY_API: &str = "pay_by_api";
const TRACKING_PAGE: &str = "tracking_page";
/// Stands for the tracking code in the address of the page that follows a shipment.
const CODE: &str = "{code}";
/// Written where freight never asks.
const NEVER: &str = "never";
/// A tolerance or a freight above this is a slip of the hand.
const MOST_FEN: i64 = 100_000_000;
const MOST_DECIMALS: u32 = 8;

impl Settings {
    /// Decimals with which amounts of a currency are shown.
    #[must_use]
    pub fn decimals_of(&self, currency: &Currency) -> u32 {
        self.decimals
            .get(currency.code())
            .copied()
            .unwrap_or_else(|| currency.usual_decimals())
    }

    /// Has so much been paid that items count as paid?
    #[must_use]
    pub fn is_paid(&self, total: &Amount, paid: &Amount) -> bool {
        // Compared as paid × 10000 ≥ total × share. Where that needs more digits than are kept,
        // only the full total will do.
        let exact = |value: Decimal, times: i64| {
            let product = value.checked_mul(Decimal::from(times))?;
            (product.is_zero() || product.scale() == value.scale()).then_some(product)
        };
        match (
            exact(paid.value(), 10_000),
            exact(total.value(), self.paid_share_basis_points),
        ) {
            (Some(paid), Some(needed)) => paid >= needed,
            _ => paid >= total,
        }
    }

    /// The page that follows the shipment with this tracking code.
    #[must_use]
    pub fn tracking_url(&self, code: &str) -> Option<String> {
        let page = Some(self.tracking_page.as_str()).filter(|page| page.contains(CODE))?;
        let code: String = url::form_urlencoded::byte_serialize(code.trim().as_bytes()).collect();
        let url = url::Url::parse(&page.replace(CODE, &code)).ok()?;
        (matches!(url.scheme(), "http" | "https") && !code.is_empty()).then(|| url.into())
    }

    fn faults(&self) -> Vec<FieldError> {
        let mut faults = Vec::new();
        let mut check = |field: &str, good: bool, key: &str| {
            if !good {
                faults.push(FieldError {
                    field: field.to_owned(),
                    message: Message::of(key),
                });
            }
        };
        let fen = |fen: Fen| (0..=MOST_FEN).contains(&fen.0);
        let share = 0..=10_000;
        check(
            TOLERANCE_BASIS_POINTS,
            share.contains(&self.ceiling.tolerance_basis_points),
            "settings-share_range",
        );
        check(
            TOLERANCE_FEN,
            fen(self.ceiling.tolerance),
            "settings-fen_range",
        );
        check(
            FREIGHT_ASKS_ABOVE,
            self.ceiling.freight_asks_above.is_none_or(fen),
            "settings-fen_range",
        );
        check(
            PAID_SHARE,
            share.contains(&self.paid_share_basis_points),
            "settings-share_range",
        );
        let decimals = self
            .decimals
            .iter()
            .all(|(code, n)| *n <= MOST_DECIMALS && code.parse::<Currency>().is_ok());
        check(DECIMALS, decimals, "settings-decimals_form");
        let page = self.tracking_page.is_empty() || self.tracking_url("LZ123456789CN").is_some();
        check(TRACKING_PAGE, page, "settings-tracking_form");
        faults
    }

    fn rows(&self) -> [(&'static str, String); 7] {
        [
            (
                TOLERANCE_BASIS_POINTS,
                self.ceiling.tolerance_basis_points.to_string(),
            ),
            (TOLERANCE_FEN, self.ceiling.tolerance.0.to_string()),
            (
                FREIGHT_ASKS_ABOVE,
                self.ceiling
                    .freight_asks_above
                    .map_or_else(|| NEVER.to_owned(), |fen| fen.0.to_string()),
            ),
            (PAID_SHARE, self.paid_share_basis_points.to_string()),
            (DECIMALS, crate::message::json(&self.decimals)),
            (PAY_BY_API, crate::message::json(&self.pay_by_api)),
            (TRACKING_PAGE, self.tracking_page.clone()),
        ]
    }
}

/// The settings, in the caller's transaction or on its connection.
///
/// # Errors
/// When a stored value has another form: an amount that may be paid is never guessed. The database's.
pub async fn load(db: &mut Db) -> Result<Settings, AppError> {
    let mut out = Settings::default();
    for row in settings::all(db).await? {
        let broken = || AppError::Broken(format!("setting {}", row.key));
        let number = || row.value.parse::<i64>().map_err(|_| broken());
        match row.key.as_str() {
            TOLERANCE_BASIS_POINTS => out.ceiling.tolerance_basis_points = number()?,
            TOLERANCE_FEN => out.ceiling.tolerance = Fen(number()?),
            FREIGHT_ASKS_ABOVE if row.value == NEVER => out.ceiling.freight_asks_above = None,
            FREIGHT_ASKS_ABOVE => out.ceiling.freight_asks_above = Some(Fen(number()?)),
            PAID_SHARE => out.paid_share_basis_points = number()?,
            DECIMALS => out.decimals = serde_json::from_str(&row.value).map_err(|_| broken())?,
            PAY_BY_API => {
                out.pay_by_api = serde_json::from_str(&row.value).map_err(|_| broken())?;
            }
            TRACKING_PAGE => out.tracking_page = row.value,
            // Written by a newer version, or by another part of this one.
            _ => {}
        }
    }
    Ok(out)
}

/// The settings as they stand.
///
/// # Errors
/// As [`load`].
pub async fn show(app: &App) -> Result<Settings, AppError> {
    load(&mut app.store.read().await?).await
}

/// Changes the settings as a whole.
///
/// # Errors
/// [`AppError::Invalid`] names every field that is out of range; the database's.
pub async fn save(ctx: &Ctx, wanted: Settings) -> Result<(), AppError> {
    let mut faults = wanted.faults();
    if wanted.pay_by_api != show(&ctx.app).await?.pay_by_api {
        ctx.cashier()?;
    }
    for marketplace in &wanted.pay_by_api {
        let market = ctx.app.markets.get(marketplace);
        if market.is_ok_and(|m| m.connector.capabilities().pay_by_api_orders.is_some()) {
            continue;
        }
        faults.push(FieldError {
            field: PAY_BY_API.to_owned(),
            message: Message::of("settings-no_pay_by_api").with("marketplace", marketplace),
        });
    }
    if !faults.is_empty() {
        return Err(AppError::Invalid(faults));
    }
    let ctx = ctx.clone();
    ctx.app
        .store
        .clone()
        .write::<_, AppError, _>(move |db| {
            let (ctx, rows) = (ctx.clone(), wanted.rows());
            Box::pin(async move {
                for (key, value) in rows {
                    if settings::set(db, key, &value, ctx.now()).await? {
                        tracing::info!(key, value, actor = %ctx.actor, "setting changed");
                    }
                }
                Ok(())
            })
        })
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn amount(text: &str) -> Amount {
        text.parse().unwrap()
    }

    #[test]
    fn an_order_counts_as_paid_from_the_share_on() {
        let full = Settings::default();
        assert!(full.is_paid(&amount("36"), &amount("36.00")));
        assert!(!full.is_paid(&amount("36"), &amount("35.999999999999999999999")));
        let half = Settings {
            paid_share_basis_points: 5_000,
            ..Settings::default()
        };
        assert!(half.is_paid(
            &amount("35.974774905192626351667"),
            &amount("17.9873874525963131758335")
        ));
        assert!(!half.is_paid(
            &amount("35.974774905192626351667"),
            &amount("17.987387452596313175833")
        ));
        assert!(!half.is_paid(&amount("1"), &amount("0")));
        assert!(full.is_paid(&amount("0"), &amount("0")));
    }

    #[test]
    fn a_tracking_code_stands_escaped_in_the_page_that_follows_it() {
        let mut settings = Settings::default();
        assert_eq!(
            settings.tracking_url(" YT88 1&x "),
            Some("https://t.17track.net/en#nums=YT88+1%26x".to_owned())
        );
        assert_eq!(settings.tracking_url(""), None);
        for none in ["", "https://track.example/", "{code}", "mailto:{code}"] {
            none.clone_into(&mut settings.tracking_page);
            assert_eq!(settings.tracking_url("YT88"), None, "{none}");
        }
    }

    #[test]
    fn figures_out_of_range_are_refused_by_name() {
        let mut wanted = Settings::default();
        assert!(wanted.faults().is_empty());
        wanted.ceiling.tolerance = Fen(-1);
        wanted.paid_share_basis_points = 10_001;
        wanted.decimals.insert("usd".to_owned(), 2);
        wanted.tracking_page = "javascript:alert('{code}')".to_owned();
        let fields: Vec<String> = wanted.faults().into_iter().map(|f| f.field).collect();
        assert_eq!(fields, [TOLERANCE_FEN, PAID_SHARE, DECIMALS, TRACKING_PAGE]);
    }
}
