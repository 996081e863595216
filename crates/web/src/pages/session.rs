//! One session: its state, the delivery address of its bookings, limits, drain.

use super::Shell;
use super::sessions::SessionRow;
use crate::Tr;
use crate::http::Field;
use crate::parts::{Choice, Fault, Input, Link};
use askama::Template;

/// The page.
#[derive(Clone, Debug, Template)]
#[template(path = "session.html")]
pub struct SessionPage {
    /// The texts.
    pub tr: Tr,
    /// Around it.
    pub shell: Shell,
    /// The session as in the list.
    pub row: SessionRow,
    /// Facts: app, account id, connected since, token renewed, last synchronization.
    pub facts: Vec<(String, String)>,
    /// What was wrong with the form as a whole.
    pub fault: Option<Fault>,
    /// General fields.
    pub general: Vec<Input>,
    /// The address template.
    pub address: Vec<Input>,
    /// How the address looks for a real order: text, and whether it is too long.
    pub example: Option<(String, bool)>,
    /// Drain or take up again: text and where it posts.
    pub drain: Link,
    /// What draining means, or why it is on.
    pub drain_hint: String,
    /// The person may change it.
    pub may_change: bool,
}

/// The form as stored or typed.
#[derive(Clone, Debug, Default)]
pub struct SessionForm {
    /// Name given by us.
    pub name: Field,
    /// Default of its marketplace.
    pub is_default: bool,
    /// Bookings allowed per Beijing day; empty when unknown.
    pub daily_limit: Field,
    /// Price tolerance of this session in percent; empty takes that of the settings.
    pub tolerance: Field,
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
    /// Addresses kept at the marketplace, when it can be asked.
    pub saved: Vec<Choice>,
}

impl SessionForm {
    /// General fields of the form; `note_most` is what the marketplace takes.
    #[must_use]
    pub fn general(&self, tr: &Tr, note_most: usize) -> Vec<Input> {
        vec![
            Input::text("name", tr.session_name(), self.name.clone()).hint(tr.session_name_hint()),
            Input::check("default", tr.session_default(), self.is_default),
            Input::whole(
                "daily_limit",
                tr.session_daily_limit(),
                self.daily_limit.clone(),
            )
            .hint(tr.session_daily_limit_hint()),
            Input::decimal("tolerance", tr.settings_tolerance(), self.tolerance.clone())
                .unit("%")
                .hint(tr.session_tolerance_hint()),
            Input::area("note", tr.session_note(), self.note.clone())
                .rows(2)
                .hint(tr.session_note_hint(note_most)),
        ]
    }

    /// The fields of the delivery address.
    #[must_use]
    pub fn address(&self, tr: &Tr) -> Vec<Input> {
        let mut inputs = Vec::new();
        if !self.saved.is_empty() {
            inputs.push(
                Input::select("saved", tr.address_saved(), self.saved.clone())
                    .hint(tr.address_saved_hint()),
            );
        }
        inputs.extend([
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
        ]);
        inputs
    }
}
