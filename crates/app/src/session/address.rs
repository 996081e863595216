//! The delivery address of a booking: the session's template with the customer and the order in it,
//! so that the warehouse can tell parcels apart.

use crate::{AppError, FieldError, Message};
use marketplaces::{Address, AddressFault, Marketplace};
use store::sessions::SessionRow;

/// What stands for the customer's code.
const CUSTOMER: &str = "{customer_code}";
/// What stands for the order's number.
const ORDER: &str = "{order}";

/// The address for an order of a customer. Never cut: one that the marketplace would not take whole
/// is refused.
///
/// # Errors
/// [`AppError::Refused`] when the session has no address, or the expanded one cannot be ordered to.
pub fn address_for(
    session: &SessionRow,
    connector: &dyn Marketplace,
    customer_code: &str,
    order: &str,
) -> Result<Address, AppError> {
    let template =
        stored(&session.address).ok_or_else(|| AppError::refused("session-no_address"))?;
    let address = template_filled(&template, customer_code, order);
    connector
        .address_check(&address)
        .map_err(|fault| AppError::Refused(fault_message(&fault)))?;
    Ok(address)
}

/// A template as a booking of this customer's order would send it, whether it does or not.
#[must_use]
pub fn template_filled(template: &Address, customer_code: &str, order: &str) -> Address {
    let mut address = template.clone();
    for (_, text) in texts(&mut address) {
        text.replace(CUSTOMER, customer_code)
            .replace(ORDER, order)
            .trim()
            .clone_into(text);
    }
    address
}

/// An address of the account as a template: with customer and order in it the warehouse can tell
/// parcels apart. The marketplace would take a saved address as it is, so its texts are sent instead.
#[must_use]
pub fn template_of(kept: &Address) -> Address {
    Address {
        saved_id: None,
        street: format!("{} {CUSTOMER} {ORDER}", kept.street),
        ..kept.clone()
    }
}

/// The stored template; none when the session has no address yet.
pub(crate) fn stored(json: &str) -> Option<Address> {
    serde_json::from_str::<Address>(json)
        .ok()
        .filter(|a| *a != Address::default())
}

/// Checks a template as a person enters it, with a customer's code and an order's number of usual
/// length in it.
///
/// # Errors
/// [`AppError::Invalid`] with the field that is wrong.
pub fn template_check(connector: &dyn Marketplace, template: &Address) -> Result<(), AppError> {
    let mut sample = template.clone();
    let mut uses = false;
    let mut wrong = Vec::new();
    for (name, text) in texts(&mut sample) {
        uses |= text.contains(CUSTOMER) || text.contains(ORDER);
        *text = text
            .replace(CUSTOMER, "C00001")
            .replace(ORDER, "ORD-000000001");
        if let Some(unknown) = placeholder(text) {
            wrong.push(FieldError {
                field: name.to_owned(),
                message: Message::of("address-unknown_placeholder").with("placeholder", unknown),
            });
        }
    }
    if uses && template.saved_id.is_some() {
        wrong.push(FieldError {
            field: "saved".to_owned(),
            message: Message::of("address-saved_with_placeholder"),
        });
    }
    if wrong.is_empty()
        && let Err(fault) = connector.address_check(&sample)
    {
        let field = match &fault {
            AddressFault::Missing(field) | AddressFault::Malformed(field) => (*field).to_owned(),
            AddressFault::TooLong { .. } => "street".to_owned(),
        };
        wrong.push(FieldError {
            field,
            message: fault_message(&fault),
        });
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(AppError::Invalid(wrong))
    }
}

fn placeholder(text: &str) -> Option<&str> {
    let start = text.find('{')?;
    let end = text[start..]
        .find('}')
        .map_or(text.len(), |at| start + at + 1);
    Some(&text[start..end])
}

fn fault_message(fault: &AddressFault) -> Message {
    match fault {
        AddressFault::Missing(field) => Message::of("address-missing").with("field", field),
        AddressFault::Malformed(field) => Message::of("address-malformed").with("field", field),
        AddressFault::TooLong { is, most } => Message::of("address-too_long")
            .with("is", is)
            .with("most", most),
    }
}

/// The fields that may hold placeholders, with their names in forms.
fn texts(address: &mut Address) -> [(&'static str, &mut String); 9] {
    [
        ("full_name", &mut address.full_name),
        ("mobile", &mut address.mobile),
        ("phone", &mut address.phone),
        ("post_code", &mut address.post_code),
        ("province", &mut address.province),
        ("city", &mut address.city),
        ("area", &mut address.area),
        ("town", &mut address.town),
        ("street", &mut address.street),
    ]
}
