//! Settings that apply to every session and order.

use super::typed::{Faults, Typed, decimal, decimal_text};
use super::{Shell, Tab};
use crate::Tr;
use crate::http::{Field, Fields, Htmx, Page, PageError, go};
use crate::panel::{Panel, Person};
use crate::parts::{Choice, Fault, Input};
use app::settings::Settings;
use app::{AppError, Message};
use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use domain::{CeilingSettings, Fen};
use std::collections::BTreeMap;

/// The page.
#[derive(Clone, Debug, Template)]
#[template(path = "settings.html")]
pub struct SettingsPage {
    /// The texts.
    pub tr: Tr,
    /// Around it.
    pub shell: Shell,
    /// The parts of the settings.
    pub tabs: Vec<Tab>,
    /// It was saved just now.
    pub saved: bool,
    /// What was wrong with the form as a whole.
    pub fault: Option<Fault>,
    /// When to ask before buying.
    pub buying: Vec<Input>,
    /// Money of customers.
    pub money: Vec<Input>,
    /// Marketplaces that can be paid through their interface.
    pub pay_by_api: Vec<Choice>,
    /// Shipments and parcels.
    pub shipments: Vec<Input>,
}

/// The form as stored or typed. Fields are named as the operation names them in its refusals.
#[derive(Clone, Debug, Default)]
pub struct SettingsForm {
    /// Price rise that is accepted without asking, in percent.
    pub tolerance: Field,
    /// Price rise per unit that is accepted without asking, in yuan.
    pub tolerance_yuan: Field,
    /// Freight per purchase above which a person is asked, in yuan; empty never asks.
    pub freight: Field,
    /// Share of the order total from which on items count as paid, in percent.
    pub paid_share: Field,
    /// Decimals per currency, one per line: `USD 0`.
    pub decimals: Field,
    /// The page that follows a shipment.
    pub tracking_page: Field,
}

impl SettingsForm {
    /// Fields about buying.
    #[must_use]
    pub fn buying(&self, tr: &Tr) -> Vec<Input> {
        vec![
            Input::decimal(
                "goods_tolerance_basis_points",
                tr.settings_tolerance(),
                self.tolerance.clone(),
            )
            .unit("%")
            .hint(tr.settings_tolerance_hint()),
            Input::decimal(
                "goods_tolerance_fen",
                tr.settings_tolerance_yuan(),
                self.tolerance_yuan.clone(),
            )
            .unit("¥")
            .hint(tr.settings_tolerance_yuan_hint()),
            Input::decimal(
                "freight_asks_above_fen",
                tr.settings_freight(),
                self.freight.clone(),
            )
            .unit("¥")
            .hint(tr.settings_freight_hint()),
        ]
    }

    /// Fields about money.
    #[must_use]
    pub fn money(&self, tr: &Tr) -> Vec<Input> {
        vec![
            Input::decimal(
                "paid_share_basis_points",
                tr.settings_paid_share(),
                self.paid_share.clone(),
            )
            .unit("%")
            .hint(tr.settings_paid_share_hint()),
            Input::area("decimals", tr.settings_rounding(), self.decimals.clone())
                .hint(tr.settings_rounding_hint()),
        ]
    }

    /// Fields about shipments.
    #[must_use]
    pub fn shipments(&self, tr: &Tr) -> Vec<Input> {
        vec![
            Input::text(
                "tracking_page",
                tr.settings_tracking(),
                self.tracking_page.clone(),
            )
            .hint(tr.settings_tracking_hint("{code}")),
        ]
    }
}

/// The parts of the settings; `place` is the address of the one that is open.
#[must_use]
pub fn settings_tabs(tr: &Tr, place: &str) -> Vec<Tab> {
    [
        ("/settings", tr.settings_general()),
        ("/settings/apps", tr.apps_title()),
        ("/settings/password", tr.own_title()),
    ]
    .into_iter()
    .map(|(url, text)| Tab {
        text: text.to_owned(),
        url: url.to_owned(),
        active: url == place,
        count: None,
    })
    .collect()
}

/// What the address asks for.
#[derive(Clone, Debug, Default, serde::Deserialize)]
pub struct Wanted {
    /// It was saved just now.
    pub(super) saved: Option<String>,
}

/// Places of a percentage and of an amount in yuan.
const PLACES: u32 = 2;

/// `GET /settings`
pub(crate) async fn show(
    State(panel): State<Panel>,
    person: Person,
    Query(wanted): Query<Wanted>,
) -> Result<Page<SettingsPage>, PageError> {
    let mut page = view(&panel, &person, Typed::fresh()).await?;
    page.saved = wanted.saved.is_some();
    Ok(Page(page))
}

/// `POST /settings`
pub(crate) async fn save(
    State(panel): State<Panel>,
    person: Person,
    htmx: Htmx,
    fields: Fields,
) -> Result<Response, PageError> {
    fields.request_id()?;
    let saved = match read(&fields) {
        Ok(settings) => app::settings::save(&person.ctx, settings).await,
        Err(error) => Err(error),
    };
    match saved {
        Ok(()) => Ok(go(htmx, "/settings?saved=1")),
        Err(error) => {
            let typed = Typed::refused(&person.fmt, fields, error)?;
            let status = typed.status();
            Ok((status, Page(view(&panel, &person, typed).await?)).into_response())
        }
    }
}

async fn view(panel: &Panel, person: &Person, mut typed: Typed) -> Result<SettingsPage, PageError> {
    let (tr, known) = (person.tr(), &*person.settings);
    let text = |hundredths: i64| decimal_text(hundredths, PLACES);
    let decimals: Vec<String> = known
        .decimals
        .iter()
        .map(|(code, n)| format!("{code} {n}"))
        .collect();
    let form = SettingsForm {
        tolerance: typed.field(
            "goods_tolerance_basis_points",
            text(known.ceiling.tolerance_basis_points),
        ),
        tolerance_yuan: typed.field("goods_tolerance_fen", text(known.ceiling.tolerance.0)),
        freight: typed.field(
            "freight_asks_above_fen",
            known
                .ceiling
                .freight_asks_above
                .map_or_else(String::new, |fen| text(fen.0)),
        ),
        paid_share: typed.field(
            "paid_share_basis_points",
            text(known.paid_share_basis_points),
        ),
        decimals: typed.field("decimals", decimals.join("\n")),
        tracking_page: typed.field("tracking_page", &known.tracking_page),
    };
    let on = |code: &str| match typed.sent() {
        Some(sent) => sent.all("pay_by_api").any(|sent| sent == code),
        None => known.pay_by_api.contains(code),
    };
    let pay_by_api = panel
        .app
        .markets
        .all()
        .map(|market| &market.connector)
        .filter(|connector| connector.capabilities().pay_by_api_orders.is_some())
        .map(|connector| Choice::of(connector.code(), connector.name(), on(connector.code())))
        .collect();
    Ok(SettingsPage {
        shell: panel
            .shell(person, tr.settings_title(), "/settings")
            .await?,
        tabs: settings_tabs(tr, "/settings"),
        saved: false,
        buying: form.buying(tr),
        money: form.money(tr),
        shipments: form.shipments(tr),
        pay_by_api,
        fault: typed.rest(&person.fmt),
        tr: tr.clone(),
    })
}

fn read(fields: &Fields) -> Result<Settings, AppError> {
    let mut wrong = Faults::default();
    let mut hundredths =
        |name: &str, key: &str| wrong.take(name, decimal(fields.text(name), PLACES, key));
    let tolerance_basis_points = hundredths("goods_tolerance_basis_points", "settings-share_range");
    let tolerance = hundredths("goods_tolerance_fen", "settings-fen_range");
    let freight = hundredths("freight_asks_above_fen", "settings-fen_range");
    let share = hundredths("paid_share_basis_points", "settings-share_range");
    if share.is_none() && fields.text("paid_share_basis_points").is_empty() {
        wrong.add(
            "paid_share_basis_points",
            Message::of("settings-share_range"),
        );
    }
    let decimals = wrong.take("decimals", decimals(fields.text("decimals")));
    wrong.check()?;
    Ok(Settings {
        ceiling: CeilingSettings {
            tolerance_basis_points: tolerance_basis_points.unwrap_or(0),
            tolerance: Fen(tolerance.unwrap_or(0)),
            freight_asks_above: freight.map(Fen),
        },
        paid_share_basis_points: share.unwrap_or(0),
        decimals,
        pay_by_api: fields.all("pay_by_api").map(str::to_owned).collect(),
        tracking_page: fields.text("tracking_page").to_owned(),
    })
}

/// `USD 0`, one per line.
fn decimals(text: &str) -> Result<BTreeMap<String, u32>, Message> {
    let wrong = || Message::of("settings-decimals_form");
    let mut out = BTreeMap::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (code, places) = line.split_once([' ', '=', ':', '\t']).ok_or_else(wrong)?;
        let places = places.trim_start_matches([' ', '=', ':', '\t']);
        let places = places.parse().map_err(|_| wrong())?;
        if out.insert(code.to_uppercase(), places).is_some() {
            return Err(Message::of("settings-decimals_twice").with("currency", code));
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(fields: &[(&str, &str)]) -> Result<Settings, AppError> {
        let fields = fields
            .iter()
            .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()))
            .collect();
        read(&Fields(fields))
    }

    #[test]
    fn percents_and_yuan_are_read_exactly_and_every_fault_is_told() {
        let good = form(&[
            ("goods_tolerance_basis_points", "2,5"),
            ("goods_tolerance_fen", "0.30"),
            ("freight_asks_above_fen", ""),
            ("paid_share_basis_points", "99.99"),
            ("decimals", "usd 0\r\nRUB: 2"),
        ])
        .unwrap();
        assert_eq!(good.ceiling.tolerance_basis_points, 250);
        assert_eq!(good.ceiling.tolerance, Fen(30));
        assert_eq!(good.ceiling.freight_asks_above, None);
        assert_eq!(good.paid_share_basis_points, 9_999);
        assert_eq!(
            good.decimals,
            BTreeMap::from([("USD".to_owned(), 0), ("RUB".to_owned(), 2)])
        );

        let Err(AppError::Invalid(faults)) = form(&[
            ("goods_tolerance_basis_points", "many"),
            ("goods_tolerance_fen", "0.305"),
            ("decimals", "USD 0\nusd 2"),
        ]) else {
            panic!("was taken");
        };
        let fields: Vec<&str> = faults.iter().map(|f| f.field.as_str()).collect();
        assert_eq!(
            fields,
            [
                "goods_tolerance_basis_points",
                "goods_tolerance_fen",
                "paid_share_basis_points",
                "decimals"
            ]
        );
    }
}
