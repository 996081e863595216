//! One session: its state, the delivery address of its bookings, limits.

use super::again::{element, follow};
use super::apps::calls_text;
use super::sessions::{SessionRow, connected, session_row};
use super::typed::{Faults, Typed, whole};
use super::{Notice, Shell};
use crate::http::{Field, Fields, Htmx, Page, PageError, Path, go};
use crate::live::Topic;
use crate::panel::{Panel, Person};
use crate::parts::{Fault, Input};
use crate::{Fmt, Tr};
use app::AppError;
use app::session::{Address, Settings, Shown};
use askama::Template;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};

/// The page.
#[derive(Clone, Debug, Template)]
#[template(path = "session.html", blocks = ["state"])]
pub struct SessionPage {
    /// The texts.
    pub tr: Tr,
    /// Around it.
    pub shell: Shell,
    /// The session as in the list.
    pub row: SessionRow,
    /// Facts: app, account id, connected since, last login, last synchronization.
    pub facts: Vec<(String, String)>,
    /// It was saved just now.
    pub saved: bool,
    /// What was wrong with the form as a whole.
    pub fault: Option<Fault>,
    /// General fields.
    pub general: Vec<Input>,
    /// The address template.
    pub address: Vec<Input>,
    /// Where an address that the account keeps can be chosen.
    pub address_book: Option<String>,
    /// How the address looks for a real order, and what is wrong with it.
    pub check: AddressCheck,
    /// What can be done with it.
    pub actions: Vec<SessionAction>,
    /// What the actions mean.
    pub hints: Vec<String>,
}

/// A button over the page.
#[derive(Clone, Debug, Default)]
pub struct SessionAction {
    /// What it does.
    pub text: String,
    /// Where it posts.
    pub url: String,
    /// Picture.
    pub icon: &'static str,
    /// What that means.
    pub hint: String,
    /// The answer is a window.
    pub window: bool,
    /// A window is asked for first.
    pub asks: bool,
}

/// How the address looks for a real order, and what is wrong with it.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "address_check.html")]
pub struct AddressCheck {
    /// The texts.
    pub heading: String,
    /// The address with a customer and an order in it; empty when there is none.
    pub example: String,
    /// What is wrong.
    pub faults: Vec<String>,
}

/// The form as stored or typed.
#[derive(Clone, Debug, Default)]
pub struct SessionForm {
    /// Name given by us.
    pub name: Field,
    /// Bookings allowed per Beijing day; empty when unknown.
    pub daily_limit: Field,
    /// Note to the seller.
    pub note: Field,
    /// Receiver.
    pub full_name: Field,
    /// Mobile.
    pub mobile: Field,
    /// Landline.
    pub phone: Field,
    /// Post code.
    pub post_code: Field,
    /// Province.
    pub province: Field,
    /// City.
    pub city: Field,
    /// District.
    pub area: Field,
    /// Town.
    pub town: Field,
    /// Street.
    pub street: Field,
}

impl SessionForm {
    /// What was typed, else what is stored.
    fn of(typed: &mut Typed, known: &Settings) -> Self {
        let limit = known
            .daily_limit
            .map_or_else(String::new, |n| n.to_string());
        let address = &known.address;
        Self {
            name: typed.field("name", &known.label),
            daily_limit: typed.field("daily_limit", limit),
            note: typed.field("note", &known.seller_note),
            full_name: typed.field("full_name", &address.full_name),
            mobile: typed.field("mobile", &address.mobile),
            phone: typed.field("phone", &address.phone),
            post_code: typed.field("post_code", &address.post_code),
            province: typed.field("province", &address.province),
            city: typed.field("city", &address.city),
            area: typed.field("area", &address.area),
            town: typed.field("town", &address.town),
            street: typed.field("street", &address.street),
        }
    }

    /// General fields of the form; `note_most` is what the marketplace takes.
    #[must_use]
    pub fn general(&self, tr: &Tr, note_most: usize) -> Vec<Input> {
        vec![
            Input::text("name", tr.session_name(), self.name.clone()).hint(tr.session_name_hint()),
            Input::whole(
                "daily_limit",
                tr.session_daily_limit(),
                self.daily_limit.clone(),
            )
            .hint(tr.session_daily_limit_hint()),
            Input::area("note", tr.session_note(), self.note.clone())
                .rows(2)
                .hint(tr.session_note_hint(note_most)),
        ]
    }

    /// The fields of the delivery address.
    #[must_use]
    pub fn address(&self, tr: &Tr) -> Vec<Input> {
        vec![
            Input::text("full_name", tr.address_full_name(), self.full_name.clone())
                .hint(tr.address_placeholders("{customer_code}", "{order}")),
            Input::text("mobile", tr.address_mobile(), self.mobile.clone()),
            Input::text("phone", tr.address_phone(), self.phone.clone()),
            Input::text("post_code", tr.address_post_code(), self.post_code.clone()),
            Input::text("province", tr.address_province(), self.province.clone()),
            Input::text("city", tr.address_city(), self.city.clone()),
            Input::text("area", tr.address_area(), self.area.clone()),
            Input::text("town", tr.address_town(), self.town.clone()),
            Input::area("street", tr.address_street(), self.street.clone()).rows(2),
        ]
    }
}

/// What the address asks for.
#[derive(Clone, Debug, Default, serde::Deserialize)]
pub struct Wanted {
    /// It was saved just now.
    saved: Option<String>,
    /// It was connected just now.
    session: Option<i64>,
    /// An address of the account that the form is to begin with.
    address: Option<String>,
}

/// A customer and an order of usual length, to show an address with.
const EXAMPLE: (&str, &str) = ("C-1042", "ORD-000000053");

/// `GET /sessions/{id}`
pub(crate) async fn show(
    State(panel): State<Panel>,
    person: Person,
    Path(id): Path<i64>,
    Query(wanted): Query<Wanted>,
) -> Result<Page<SessionPage>, PageError> {
    let shown = load(&panel, &person, id).await?;
    let mut known = Settings::of(&shown.row);
    let mut notices = Vec::new();
    if wanted.session == Some(id) {
        notices.push(connected(person.tr(), &shown));
    }
    if let Some(saved) = &wanted.address {
        let kept = app::session::saved_addresses(&person.ctx, id)
            .await
            .map_err(|error| person.fmt.refuse(error))?
            .into_iter()
            .find(|kept| kept.address.saved_id.as_ref() == Some(saved))
            .ok_or_else(PageError::not_found)?;
        known.address = app::session::template_of(&kept.address);
        notices.push(Notice {
            tone: "info",
            text: person.tr().address_taken_over().to_owned(),
            link: None,
        });
    }
    let mut page = view(&panel, &person, &shown, &known, Typed::fresh()).await?;
    page.shell.notices.extend(notices);
    page.saved = wanted.saved.is_some();
    Ok(Page(page))
}

/// `GET /sessions/{id}/events`: its state and facts; the form stays as it is being typed.
pub(crate) async fn events(
    State(panel): State<Panel>,
    person: Person,
    headers: HeaderMap,
    Path(id): Path<i64>,
) -> Result<Response, PageError> {
    load(&panel, &person, id).await?;
    // What depends on it is counted over orders.
    let topics = [Topic::Session(id), Topic::Orders];
    Ok(follow(
        &panel,
        headers,
        topics,
        move |panel, person| async move {
            let shown = load(&panel, &person, id).await?;
            let known = Settings::of(&shown.row);
            let page = view(&panel, &person, &shown, &known, Typed::fresh()).await?;
            element(&page.shell, "#session-state", page.as_state().render())
        },
    ))
}

/// `POST /sessions/{id}`
pub(crate) async fn save(
    State(panel): State<Panel>,
    person: Person,
    htmx: Htmx,
    Path(id): Path<i64>,
    fields: Fields,
) -> Result<Response, PageError> {
    fields.request_id()?;
    let shown = load(&panel, &person, id).await?;
    let known = Settings::of(&shown.row);
    let saved = match read(&fields, &known) {
        Ok(settings) => app::session::settings_save(&person.ctx, id, settings).await,
        Err(error) => Err(error),
    };
    match saved {
        Ok(()) => Ok(go(htmx, &format!("/sessions/{id}?saved=1"))),
        Err(error) => {
            let typed = Typed::refused(&person.fmt, fields, error)?;
            let status = typed.status();
            let page = view(&panel, &person, &shown, &known, typed).await?;
            Ok((status, Page(page)).into_response())
        }
    }
}

/// `POST /sessions/{id}/check`: the address as it would go out, while it is typed. Stores nothing.
pub(crate) async fn check(
    State(panel): State<Panel>,
    person: Person,
    Path(id): Path<i64>,
    fields: Fields,
) -> Result<Page<AddressCheck>, PageError> {
    let shown = load(&panel, &person, id).await?;
    let address = address_of(&fields, &Settings::of(&shown.row).address);
    Ok(Page(address_check(&panel, &person.fmt, &shown, &address)?))
}

pub(crate) async fn load(panel: &Panel, person: &Person, id: i64) -> Result<Shown, PageError> {
    app::session::show(&panel.app, id)
        .await
        .map_err(|error| person.fmt.refuse(error))
}

async fn view(
    panel: &Panel,
    person: &Person,
    shown: &Shown,
    known: &Settings,
    mut typed: Typed,
) -> Result<SessionPage, PageError> {
    let (tr, fmt, row) = (person.tr(), &person.fmt, &shown.row);
    let market = panel
        .app
        .markets
        .get(&row.marketplace)
        .map_err(|e| fmt.refuse(e))?;
    let can = market.connector.capabilities();
    let address = typed.sent().map_or_else(
        || known.address.clone(),
        |sent| address_of(sent, &known.address),
    );
    // Beside its fields a refused form says itself what is wrong.
    let check = if typed.is_sent() {
        AddressCheck {
            faults: Vec::new(),
            ..address_check(panel, fmt, shown, &address)?
        }
    } else {
        address_check(panel, fmt, shown, &address)?
    };
    let others = app::apps::for_others(&panel.app, row)
        .await
        .map_err(|e| fmt.refuse(e))?
        .len();
    let form = SessionForm::of(&mut typed, known);
    let mut shell = panel.shell(person, &row.login, "/sessions").await?;
    shell.live = Some(format!("/sessions/{}/events", row.id));
    if Settings::of(row).address == Address::default() {
        shell.notices.push(Notice {
            tone: "warning",
            text: tr.session_without_address().to_owned(),
            link: None,
        });
    }
    Ok(SessionPage {
        row: session_row(fmt, shown),
        facts: facts(fmt, shown),
        saved: false,
        general: form.general(tr, can.note_characters),
        address: form.address(tr),
        address_book: (can.saved_addresses && !shown.standing.needs_login())
            .then(|| format!("/sessions/{}/addresses", row.id)),
        check,
        actions: actions(tr, shown, others > 0, fmt.now()),
        hints: hints(tr, shown),
        fault: typed.rest(fmt),
        tr: tr.clone(),
        shell,
    })
}

fn facts(fmt: &Fmt, shown: &Shown) -> Vec<(String, String)> {
    let (tr, row) = (fmt.tr(), &shown.row);
    let app = if shown.app.label == shown.app.app_key {
        shown.app.app_key.clone()
    } else {
        format!("{} · {}", shown.app.label, shown.app.app_key)
    };
    let synchronized = row
        .sync_done_at
        .map_or_else(|| tr.never().to_owned(), |at| fmt.ago(at));
    vec![
        (tr.session_app().to_owned(), app),
        (
            tr.session_app_calls().to_owned(),
            calls_text(fmt, shown.calls),
        ),
        (tr.session_account_id().to_owned(), row.account.clone()),
        (
            tr.session_connected_at().to_owned(),
            fmt.moment(row.created_at),
        ),
        (
            tr.session_renewed_at().to_owned(),
            fmt.moment(row.tokens_at),
        ),
        (tr.last_synchronized().to_owned(), synchronized),
    ]
}

fn actions(tr: &Tr, shown: &Shown, movable: bool, now: world::Timestamp) -> Vec<SessionAction> {
    let row = &shown.row;
    let action = |end: &str, text: &str, icon: &'static str| SessionAction {
        text: text.to_owned(),
        url: format!("/sessions/{}/{end}", row.id),
        icon,
        ..SessionAction::default()
    };
    let mut actions = Vec::new();
    if !shown.standing.needs_login() {
        actions.push(SessionAction {
            window: true,
            ..action("synchronize", tr.start_synchronization(), "refresh")
        });
    }
    if shown.rests_bookings(now) {
        actions.push(SessionAction {
            hint: tr.session_book_again_hint().to_owned(),
            ..action("resume", tr.session_book_again(), "player-play")
        });
    }
    if !row.is_default && !row.draining {
        actions.push(SessionAction {
            hint: tr.session_make_default_hint().to_owned(),
            ..action("default", tr.session_make_default(), "star")
        });
    }
    actions.push(if row.draining {
        action("undrain", tr.session_resume(), "player-play")
    } else {
        SessionAction {
            hint: tr.session_drain_hint().to_owned(),
            ..action("drain", tr.session_drain(), "player-pause")
        }
    });
    if movable {
        actions.push(SessionAction {
            asks: true,
            hint: tr.session_move().to_owned(),
            ..action("move", tr.session_move_short(), "key")
        });
    }
    actions.push(SessionAction {
        asks: true,
        ..action("delete", tr.session_delete_short(), "trash")
    });
    actions
}

fn hints(tr: &Tr, shown: &Shown) -> Vec<String> {
    let mut hints = Vec::new();
    if shown.row.draining {
        hints.push(tr.session_draining_hint().to_owned());
    }
    if shown.today.learned {
        hints.push(tr.session_limit_learned().to_owned());
    }
    hints
}

/// How an address looks for a real order, and what is wrong with it.
fn address_check(
    panel: &Panel,
    fmt: &Fmt,
    shown: &Shown,
    address: &Address,
) -> Result<AddressCheck, PageError> {
    let tr = fmt.tr();
    let check = AddressCheck {
        heading: tr.address_example().to_owned(),
        ..AddressCheck::default()
    };
    if *address == Address::default() {
        return Ok(check);
    }
    let market = panel
        .app
        .markets
        .get(&shown.row.marketplace)
        .map_err(|error| fmt.refuse(error))?;
    let faults = match app::session::template_check(&*market.connector, address) {
        Ok(()) => Vec::new(),
        Err(AppError::Invalid(faults)) => faults.iter().map(|f| fmt.say(&f.message)).collect(),
        Err(other) => return Err(fmt.refuse(other)),
    };
    let sent = app::session::template_filled(address, EXAMPLE.0, EXAMPLE.1);
    let place = format!(
        "{}{}{}{}{}",
        sent.province, sent.city, sent.area, sent.town, sent.street
    );
    let parts = [
        sent.full_name,
        sent.mobile,
        sent.phone,
        place,
        sent.post_code,
    ];
    let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    Ok(AddressCheck {
        example: parts.join("，"),
        faults,
        ..check
    })
}

fn read(fields: &Fields, known: &Settings) -> Result<Settings, AppError> {
    let mut wrong = Faults::default();
    let daily_limit = wrong.take("daily_limit", whole(fields.text("daily_limit")));
    wrong.check()?;
    Ok(Settings {
        label: fields.text("name").to_owned(),
        address: address_of(fields, &known.address),
        seller_note: fields.text("note").to_owned(),
        daily_limit,
    })
}

/// The address that was typed. An address kept at the marketplace is named by its id only as long as
/// nobody changes a word of it.
fn address_of(fields: &Fields, known: &Address) -> Address {
    let text = |name: &str| fields.text(name).to_owned();
    let typed = Address {
        saved_id: None,
        full_name: text("full_name"),
        mobile: text("mobile"),
        phone: text("phone"),
        post_code: text("post_code"),
        province: text("province"),
        city: text("city"),
        area: text("area"),
        town: text("town"),
        street: text("street"),
        district_code: None,
    };
    let same_place = typed.province == known.province
        && typed.city == known.city
        && typed.area == known.area
        && typed.town == known.town;
    let same = Address {
        saved_id: known.saved_id.clone(),
        district_code: known.district_code.clone(),
        ..typed.clone()
    };
    if same == *known {
        same
    } else if same_place {
        Address {
            saved_id: None,
            ..same
        }
    } else {
        typed
    }
}
