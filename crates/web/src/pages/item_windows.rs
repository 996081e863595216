//! Windows for chosen items: change status, edit weight and comment, split, correct.

use super::form_window::{FormRow, FormWindow};
use super::order::{self, order_url};
use super::typed::{Faults, Typed, decimal, decimal_text, page_under, whole};
use crate::Tr;
use crate::http::{Field, Fields, Htmx, PageError, Path, go};
use crate::panel::{Panel, Person};
use crate::parts::{Choice, Goods, Input};
use app::item::{ChangeStatus, Correct, Edit, Split};
use app::order::{OrderPage, PageItem};
use app::{AppError, Message};
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use domain::item_status::MoveNeeds;
use domain::{Fen, ItemStatus};

/// The items that a window is about.
#[derive(Clone, Debug, Default)]
pub struct ChosenItems {
    /// Row ids, sent along.
    pub ids: Vec<i64>,
    /// How they are shown.
    pub rows: Vec<(Goods, String)>,
}

impl ChosenItems {
    fn hidden(&self) -> Vec<(String, String)> {
        self.ids
            .iter()
            .map(|id| ("item".to_owned(), id.to_string()))
            .collect()
    }

    fn shown(&self) -> Vec<FormRow> {
        self.rows
            .iter()
            .map(|(goods, note)| FormRow {
                goods: goods.clone(),
                note: note.clone(),
                input: None,
            })
            .collect()
    }
}

/// Where a window stands: the order and a fresh id.
#[derive(Clone, Copy, Debug)]
pub struct At<'a> {
    /// The texts.
    pub tr: &'a Tr,
    /// The order's number.
    pub order: &'a str,
    /// The order's address.
    pub url: &'a str,
    /// A fresh id.
    pub request_id: &'a str,
}

impl At<'_> {
    pub(super) fn window(&self, title: &str, path: &str) -> FormWindow {
        FormWindow::new(
            self.tr,
            title,
            self.order,
            &format!("{}/{path}", self.url),
            self.request_id,
        )
    }
}

/// Change status. Nothing is chosen at first: a press too early must not move anything. `moves` are the statuses that all chosen items may go to; with none, the window
/// says so and offers no button.
#[must_use]
pub fn status_window(
    at: At<'_>,
    items: &ChosenItems,
    moves: Vec<Choice>,
    wrong: Option<String>,
    reason: Field,
) -> FormWindow {
    let tr = at.tr;
    let window = FormWindow {
        hidden: items.hidden(),
        rows: items.shown(),
        ..at.window(tr.change_status(), "items/status")
    };
    if moves.is_empty() {
        return FormWindow {
            warning: Some(tr.status_no_common_move().to_owned()),
            ..window
        };
    }
    FormWindow {
        inputs: vec![
            Input::select("status", tr.status_new(), undecided(tr, moves))
                .error(wrong)
                .focus(),
            Input::area("reason", tr.reason(), reason)
                .rows(2)
                .hint(tr.status_reason_hint()),
        ],
        submit: Some(tr.change_status().to_owned()),
        ..window
    }
}

/// The choices, and nothing chosen unless something was.
fn undecided(tr: &Tr, choices: Vec<Choice>) -> Vec<Choice> {
    let none = !choices.iter().any(|choice| choice.chosen);
    let first = Choice::of("", tr.choose(), none);
    std::iter::once(first).chain(choices).collect()
}

/// What can be edited at any time.
#[derive(Clone, Debug, Default)]
pub struct ItemEdit {
    /// Weight of one unit in kilograms.
    pub weight: Field,
    /// The operator's comment.
    pub comment: Field,
}

/// Edit weight and comment. Of several items an empty field leaves what is there.
#[must_use]
pub fn edit_window(at: At<'_>, items: &ChosenItems, edit: ItemEdit) -> FormWindow {
    let tr = at.tr;
    FormWindow {
        hidden: items.hidden(),
        rows: items.shown(),
        inputs: vec![
            Input::decimal("weight", tr.item_weight(), edit.weight)
                .unit(tr.kilogram_sign())
                .hint(tr.item_weight_hint())
                .focus(),
            Input::area("comment", tr.operator_comment(), edit.comment).hint(
                if items.ids.len() == 1 {
                    tr.item_comment_hint()
                } else {
                    tr.item_comment_hint_many()
                },
            ),
        ],
        submit: Some(tr.save().to_owned()),
        ..at.window(tr.edit_weight_comment(), "items/edit")
    }
}

/// Split: how many units become an item of their own.
#[must_use]
pub fn split_window(at: At<'_>, item: &ChosenItems, all: &str, quantity: Field) -> FormWindow {
    let tr = at.tr;
    FormWindow {
        hidden: item.hidden(),
        rows: item.shown(),
        inputs: vec![
            Input::whole("quantity", tr.split_off(), quantity)
                .unit(tr.of_all(all))
                .hint(tr.split_hint())
                .focus(),
        ],
        submit: Some(tr.split_quantity().to_owned()),
        ..at.window(tr.split_quantity(), "items/split")
    }
}

/// What can be corrected while units are free.
#[derive(Clone, Debug, Default)]
pub struct ItemCorrection {
    /// The marketplace's item id, or a pasted link.
    pub goods: Field,
    /// Specification id.
    pub specification: Field,
    /// Seller's id.
    pub seller: Field,
    /// Seller's name.
    pub seller_name: Field,
    /// Quantity.
    pub quantity: Field,
    /// Expected price of one unit in yuan.
    pub expected: Field,
}

/// Correct what will be bought; what the customer ordered stays in the order and is shown.
/// `taken` units are reserved or covered: the quantity cannot go below.
#[must_use]
pub fn correct_window(
    at: At<'_>,
    item: &ChosenItems,
    taken: i64,
    form: ItemCorrection,
) -> FormWindow {
    let tr = at.tr;
    FormWindow {
        intro: Some(tr.correct_intro().to_owned()),
        hidden: item.hidden(),
        rows: item.shown(),
        inputs: vec![
            Input::text("goods", tr.correct_item_id(), form.goods)
                .hint(tr.correct_item_id_hint())
                .focus(),
            Input::text(
                "specification",
                tr.correct_specification(),
                form.specification,
            )
            .hint(tr.correct_specification_hint()),
            Input::text("seller", tr.correct_seller_id(), form.seller),
            Input::text("seller_name", tr.col_seller(), form.seller_name),
            match taken {
                0 => Input::whole("quantity", tr.col_quantity(), form.quantity),
                taken => Input::whole("quantity", tr.col_quantity(), form.quantity)
                    .hint(tr.correct_quantity_hint(taken)),
            },
            Input::decimal("expected", tr.correct_expected(), form.expected)
                .unit("¥")
                .hint(tr.correct_expected_hint()),
        ],
        submit: Some(tr.save().to_owned()),
        ..at.window(tr.correct_item(), "items/correct")
    }
}

impl ChosenItems {
    /// These items of an order, with what is said beside each.
    pub(super) fn of(panel: &Panel, person: &Person, items: &[&PageItem]) -> Self {
        let tr = person.tr();
        let note = |item: &PageItem| {
            let status = tr.by_key("item-status-", item.row.status.code());
            format!("{} · {status}", tr.n_units(item.row.quantity))
        };
        Self {
            ids: items.iter().map(|item| item.row.id).collect(),
            rows: items
                .iter()
                .map(|item| (panel.goods(item), note(item)))
                .collect(),
        }
    }
}

/// A window that is about to be answered: who asked, where, and what was typed.
struct Ask<'a> {
    panel: &'a Panel,
    person: &'a Person,
    htmx: Htmx,
    page: &'a OrderPage,
    url: &'a str,
    request_id: &'a str,
}

impl Ask<'_> {
    fn at(&self) -> At<'_> {
        At {
            tr: self.person.tr(),
            order: &self.page.order.number,
            url: self.url,
            request_id: self.request_id,
        }
    }

    async fn answer(&self, typed: Typed, mut window: FormWindow) -> Result<Response, PageError> {
        let status = typed.status();
        window.fault = typed.rest(&self.person.fmt);
        let back = format!("{}/items", self.url);
        self.panel
            .form(self.htmx, self.person, &back, status, &window)
            .await
    }
}

/// The items that an address or a form names: `item` by row id, `allocation` by what covers them.
fn chosen<'a>(page: &'a OrderPage, fields: &Fields) -> Result<Vec<&'a PageItem>, PageError> {
    let mut ids = fields.ids("item")?;
    for allocation in fields.ids("allocation")? {
        let claim = page.claims.iter().find(|claim| claim.id == allocation);
        ids.push(claim.ok_or_else(PageError::not_found)?.item_id);
    }
    let items: Vec<&PageItem> = page
        .items
        .iter()
        .filter(|item| ids.contains(&item.row.id))
        .collect();
    let all_known = ids
        .iter()
        .all(|id| items.iter().any(|item| item.row.id == *id));
    if all_known {
        Ok(items)
    } else {
        Err(PageError::not_found())
    }
}

/// The one item that a window is about.
fn only<'a>(
    person: &Person,
    page: &'a OrderPage,
    fields: &Fields,
) -> Result<&'a PageItem, PageError> {
    match chosen(page, fields)?.as_slice() {
        [item] => Ok(item),
        _ => Err(person.fmt.refuse(AppError::refused("items-choose_one"))),
    }
}

fn some<'a>(
    person: &Person,
    page: &'a OrderPage,
    fields: &Fields,
) -> Result<Vec<&'a PageItem>, PageError> {
    let items = chosen(page, fields)?;
    if items.is_empty() {
        Err(person.fmt.refuse(AppError::refused("items-choose")))
    } else {
        Ok(items)
    }
}

macro_rules! window_handlers {
    ($($get:ident, $post:ident, $shows:ident, $does:ident;)*) => {$(
        /// Opens the window.
        pub(crate) async fn $get(
            State(panel): State<Panel>,
            person: Person,
            htmx: Htmx,
            Path(number): Path<String>,
            RawQuery(query): RawQuery,
        ) -> Result<Response, PageError> {
            let fields = Fields::parse(query.unwrap_or_default().as_bytes());
            let page = order::load(&panel, &person, &number).await?;
            let (url, request_id) = (order_url(&number), panel.request_id());
            let ask = Ask { panel: &panel, person: &person, htmx, page: &page, url: &url, request_id: &request_id };
            $shows(&ask, &fields, Typed::fresh()).await
        }

        /// Does what was sent; shows the window again when it was refused.
        pub(crate) async fn $post(
            State(panel): State<Panel>,
            person: Person,
            htmx: Htmx,
            Path(number): Path<String>,
            headers: HeaderMap,
            fields: Fields,
        ) -> Result<Response, PageError> {
            fields.request_id()?;
            let page = order::load(&panel, &person, &number).await?;
            let url = order_url(&number);
            let Err(error) = $does(&person, &page, &fields).await? else {
                return Ok(go(htmx, &page_under(&headers, &format!("{url}/items"))));
            };
            let typed = Typed::refused(&person.fmt, fields.clone(), error)?;
            let request_id = panel.request_id();
            // Read again: the refusal may come from a change by somebody else.
            let page = order::load(&panel, &person, &number).await?;
            let ask = Ask { panel: &panel, person: &person, htmx, page: &page, url: &url, request_id: &request_id };
            $shows(&ask, &fields, typed).await
        }
    )*};
}

window_handlers! {
    status_show, status_send, show_status, change_status;
    edit_show, edit_send, show_edit, edit;
    split_show, split_send, show_split, split;
    correct_show, correct_send, show_correct, correct;
}

/// What an operation gave; an answer of its own when the form cannot be shown again.
type Done = Result<Result<(), AppError>, PageError>;

async fn show_status(
    ask: &Ask<'_>,
    fields: &Fields,
    mut typed: Typed,
) -> Result<Response, PageError> {
    let (person, tr) = (ask.person, ask.person.tr());
    let items = some(person, ask.page, fields)?;
    let ids: Vec<i64> = items.iter().map(|item| item.row.id).collect();
    let wanted = typed.chosen("status", "").to_owned();
    let moves = ask
        .page
        .moves_of(&ids)
        .into_iter()
        .map(|(status, needs)| {
            let name = tr.by_key("item-status-", status.code());
            let text = match needs {
                MoveNeeds::Nothing => name.to_owned(),
                MoveNeeds::Reason => tr.status_with_reason(name),
                MoveNeeds::Note => tr.status_with_note(name),
            };
            Choice::of(status.code(), text, status.code() == wanted)
        })
        .collect();
    let (wrong, reason) = (typed.field("status", "").error, typed.field("reason", ""));
    let items = ChosenItems::of(ask.panel, person, &items);
    let window = status_window(ask.at(), &items, moves, wrong, reason);
    ask.answer(typed, window).await
}

async fn change_status(person: &Person, page: &OrderPage, fields: &Fields) -> Done {
    let items = some(person, page, fields)?;
    let code = fields.text("status");
    if code.is_empty() {
        return Ok(Err(AppError::field("status", Message::of("form-choose"))));
    }
    let Some(to) = ItemStatus::ALL
        .iter()
        .copied()
        .find(|status| status.code() == code)
    else {
        return Err(PageError::bad_request());
    };
    let ids: Vec<i64> = items.iter().map(|item| item.row.id).collect();
    let needs_note = page
        .moves_of(&ids)
        .iter()
        .any(|(status, needs)| *status == to && *needs == MoveNeeds::Note);
    let reason = fields.text("reason").to_owned();
    let request = ChangeStatus {
        number: page.order.number.clone(),
        items: ids,
        to,
        note: if needs_note {
            reason.clone()
        } else {
            String::new()
        },
        reason,
    };
    Ok(app::item::change_status(&person.ctx, request).await)
}

async fn show_edit(
    ask: &Ask<'_>,
    fields: &Fields,
    mut typed: Typed,
) -> Result<Response, PageError> {
    let items = some(ask.person, ask.page, fields)?;
    // Of one item what is known stands in the fields; of several they are empty and stay so.
    let (weight, comment) = match items.as_slice() {
        [item] => (
            item.row
                .weight_g
                .map(|g| decimal_text(g, 3))
                .unwrap_or_default(),
            item.row.comment_operator.clone(),
        ),
        _ => Default::default(),
    };
    let form = ItemEdit {
        weight: typed.field("weight", weight),
        comment: typed.field("comment", comment),
    };
    let window = edit_window(
        ask.at(),
        &ChosenItems::of(ask.panel, ask.person, &items),
        form,
    );
    ask.answer(typed, window).await
}

async fn edit(person: &Person, page: &OrderPage, fields: &Fields) -> Done {
    let items: Vec<i64> = some(person, page, fields)?
        .iter()
        .map(|item| item.row.id)
        .collect();
    let mut faults = Faults::default();
    let weight_g = faults.take(
        "weight",
        decimal(fields.text("weight"), 3, "item-weight_range"),
    );
    if let Err(error) = faults.check() {
        return Ok(Err(error));
    }
    let comment = fields.text("comment");
    let request = Edit {
        number: page.order.number.clone(),
        weight_g,
        comment: (items.len() == 1 || !comment.is_empty()).then(|| comment.to_owned()),
        items,
    };
    Ok(app::item::edit(&person.ctx, request).await)
}

async fn show_split(
    ask: &Ask<'_>,
    fields: &Fields,
    mut typed: Typed,
) -> Result<Response, PageError> {
    let item = only(ask.person, ask.page, fields)?;
    let items = ChosenItems::of(ask.panel, ask.person, &[item]);
    let mut window = split_window(
        ask.at(),
        &items,
        &item.row.quantity.to_string(),
        typed.field("quantity", ""),
    );
    if item.row.quantity < 2 {
        window.inputs.clear();
        window.submit = None;
        window.warning = Some(ask.person.tr().split_single().to_owned());
    }
    window.hidden.push(version(item));
    ask.answer(typed, window).await
}

async fn split(person: &Person, page: &OrderPage, fields: &Fields) -> Done {
    let item = only(person, page, fields)?.row.id;
    let mut faults = Faults::default();
    let quantity = faults.take("quantity", required(whole(fields.text("quantity"))));
    if let Err(error) = faults.check() {
        return Ok(Err(error));
    }
    let request = Split {
        item,
        version: seen(fields)?,
        quantity,
    };
    Ok(app::item::split(&person.ctx, request).await.map(|_| ()))
}

async fn show_correct(
    ask: &Ask<'_>,
    fields: &Fields,
    mut typed: Typed,
) -> Result<Response, PageError> {
    let item = only(ask.person, ask.page, fields)?;
    let row = &item.row;
    let form = ItemCorrection {
        goods: typed.field("goods", &row.item),
        specification: typed.field(
            "specification",
            row.specification.clone().unwrap_or_default(),
        ),
        seller: typed.field("seller", row.seller.clone().unwrap_or_default()),
        seller_name: typed.field("seller_name", &row.seller_name),
        quantity: typed.field("quantity", row.quantity.to_string()),
        expected: typed.field(
            "expected",
            row.expected_fen.map(Fen::yuan).unwrap_or_default(),
        ),
    };
    let items = ChosenItems::of(ask.panel, ask.person, &[item]);
    let mut window = correct_window(ask.at(), &items, row.units_taken, form);
    window.hidden.push(version(item));
    ask.answer(typed, window).await
}

async fn correct(person: &Person, page: &OrderPage, fields: &Fields) -> Done {
    let item = only(person, page, fields)?.row.id;
    let mut faults = Faults::default();
    let quantity = faults.take("quantity", required(whole(fields.text("quantity"))));
    let expected = faults.take(
        "expected",
        decimal(fields.text("expected"), 2, "item-price_range"),
    );
    if let Err(error) = faults.check() {
        return Ok(Err(error));
    }
    let text = |name: &str| fields.text(name).to_owned();
    let request = Correct {
        item,
        version: seen(fields)?,
        goods: text("goods"),
        specification: text("specification"),
        seller: text("seller"),
        seller_name: text("seller_name"),
        quantity,
        expected_fen: expected.map(Fen),
    };
    Ok(app::item::correct(&person.ctx, request).await.map(|_| ()))
}

/// The item's version on the person's screen goes along.
fn version(item: &PageItem) -> (String, String) {
    ("version".to_owned(), item.row.version.to_string())
}

fn seen(fields: &Fields) -> Result<i64, PageError> {
    fields
        .text("version")
        .parse()
        .map_err(|_| PageError::bad_request())
}

fn required(read: Result<Option<i64>, Message>) -> Result<i64, Message> {
    read?.ok_or_else(|| Message::of("form-whole_number"))
}
