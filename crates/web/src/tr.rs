//! Texts for people. Every text on a page comes from `locales/*.ftl` through a [`Tr`].
//!
//! `build.rs` makes one function per message of `en.ftl`: `tr.n_items(n)`. English is
//! complete by construction; in another language a message that is missing falls back to English.

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, OnceLock};
use unic_langid::LanguageIdentifier;

include!(concat!(env!("OUT_DIR"), "/messages.rs"));

/// Languages that come with the program, English first: the texts of pages, and what operations
/// say.
const SOURCES: [(&str, [&str; 2]); 1] = [(
    "en",
    [
        include_str!("../locales/en.ftl"),
        include_str!("../locales/en-messages.ftl"),
    ],
)];

/// What can be put into a text: a number (which chooses the plural form) or a text.
pub trait Arg {
    /// The value as Fluent knows it.
    fn value(&self) -> FluentValue<'_>;
}

impl<T: Arg + ?Sized> Arg for &T {
    fn value(&self) -> FluentValue<'_> {
        (**self).value()
    }
}

impl Arg for str {
    fn value(&self) -> FluentValue<'_> {
        FluentValue::from(self)
    }
}

impl Arg for String {
    fn value(&self) -> FluentValue<'_> {
        FluentValue::from(self.as_str())
    }
}

macro_rules! number_args {
    ($($kind:ty),*) => {$(
        impl Arg for $kind {
            fn value(&self) -> FluentValue<'_> {
                FluentValue::from(*self)
            }
        }
    )*};
}
number_args!(i32, i64, u16, u32, u64, usize);

struct Language {
    code: &'static str,
    bundle: FluentBundle<FluentResource>,
    plain: Vec<String>,
    by_key: BTreeMap<&'static str, usize>,
}

/// One language's texts. Cheap to clone.
#[derive(Clone)]
pub struct Tr(Arc<Language>);

impl fmt::Debug for Tr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tr({})", self.0.code)
    }
}

impl Tr {
    /// English.
    #[must_use]
    pub fn english() -> Self {
        languages()[0].clone()
    }

    /// The first language of an `accept-language` header (or a person's setting) that we have,
    /// else English.
    #[must_use]
    pub fn negotiate(wanted: &str) -> Self {
        wanted
            .split(',')
            .find_map(|part| {
                let tag = part.split(';').next()?.trim();
                let primary = tag.split(['-', '_']).next()?;
                languages()
                    .iter()
                    .find(|tr| tr.0.code.eq_ignore_ascii_case(primary))
            })
            .map_or_else(Self::english, Clone::clone)
    }

    /// The language's code: `en`.
    pub fn code(&self) -> &'static str {
        self.0.code
    }

    /// The text of a family of messages for one of the system's words:
    /// `by_key("item-status-", "awaiting_payment")` is `item-status-awaiting-payment`. A word
    /// without a text is shown as it is.
    pub fn by_key<'a>(&'a self, family: &str, code: &'a str) -> &'a str {
        self.find(family, code).unwrap_or(code)
    }

    /// Like [`Tr::by_key`], but says when there is no such text.
    pub fn find(&self, family: &str, code: &str) -> Option<&str> {
        let key = format!("{family}{}", code.replace('_', "-"));
        self.0
            .by_key
            .get(key.as_str())
            .map(|index| self.plain(*index))
    }

    /// The text of a stored message: its key and arguments were written by an operation and are
    /// read by each person in an own language. An argument that is a short whole number chooses the
    /// plural form; longer digits are a number of a marketplace and stay as they are. A key without
    /// a text gives nothing.
    pub fn say<'a>(
        &self,
        key: &str,
        args: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Option<String> {
        let key = key.replace('_', "-");
        let args: FluentArgs<'_> = args
            .into_iter()
            .map(|(name, value)| (name, value_of(value)))
            .collect();
        text(&self.0.bundle, &key, Some(&args))
            .or_else(|| text(&languages()[0].0.bundle, &key, Some(&args)))
    }

    fn plain(&self, index: usize) -> &str {
        self.0.plain.get(index).map_or("", String::as_str)
    }

    fn filled<const N: usize>(&self, key: &str, values: [(&str, FluentValue<'_>); N]) -> String {
        let args: FluentArgs<'_> = values.into_iter().collect();
        text(&self.0.bundle, key, Some(&args))
            .or_else(|| text(&languages()[0].0.bundle, key, Some(&args)))
            .unwrap_or_else(|| key.to_owned())
    }
}

fn value_of(text: &str) -> FluentValue<'_> {
    let short = text.len() <= 9 && !(text.len() > 1 && text.starts_with('0'));
    match text.parse::<u32>() {
        Ok(number) if short && !text.starts_with('+') => FluentValue::from(number),
        _ => FluentValue::from(text),
    }
}

fn text(
    bundle: &FluentBundle<FluentResource>,
    key: &str,
    args: Option<&FluentArgs<'_>>,
) -> Option<String> {
    let pattern = bundle.get_message(key)?.value()?;
    let mut errors = Vec::new();
    let text = bundle.format_pattern(pattern, args, &mut errors);
    for error in errors {
        tracing::warn!(key, %error, "text cannot be filled in");
    }
    Some(text.into_owned())
}

fn languages() -> &'static [Tr] {
    static ALL: OnceLock<Vec<Tr>> = OnceLock::new();
    ALL.get_or_init(|| {
        let mut made: Vec<Tr> = Vec::new();
        for (code, sources) in SOURCES {
            let bundle = bundle(code, sources);
            let plain = PLAIN
                .iter()
                .enumerate()
                .map(|(index, key)| {
                    text(&bundle, key, None).unwrap_or_else(|| {
                        made.first()
                            .map_or_else(|| (*key).to_owned(), |en| en.plain(index).to_owned())
                    })
                })
                .collect();
            made.push(Tr(Arc::new(Language {
                code,
                bundle,
                plain,
                by_key: PLAIN.iter().enumerate().map(|(i, key)| (*key, i)).collect(),
            })));
        }
        made
    })
}

fn bundle(code: &'static str, sources: [&str; 2]) -> FluentBundle<FluentResource> {
    let language: LanguageIdentifier = code.parse().unwrap_or_default();
    let mut bundle = FluentBundle::new_concurrent(vec![language]);
    // Marks around inserted values would end up in copied numbers and in attributes.
    bundle.set_use_isolating(false);
    for source in sources {
        let resource =
            FluentResource::try_new(source.to_owned()).unwrap_or_else(|(usable, errors)| {
                tracing::error!(code, ?errors, "language file has faults");
                usable
            });
        if let Err(errors) = bundle.add_resource(resource) {
            tracing::error!(code, ?errors, "language file repeats messages");
        }
    }
    bundle
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plurals_arguments_and_plain_texts() {
        let tr = Tr::english();
        assert_eq!(tr.orders_title(), "Orders");
        assert_eq!(tr.n_items(1), "1 item");
        assert_eq!(tr.n_items(3_usize), "3 items");
        assert_eq!(tr.of_quantity("5", "3"), "3 of 5");
        assert_eq!(Tr::negotiate("zz, en-GB;q=0.8").code(), "en");
        assert_eq!(tr.say("n_items", [("n", "1")]).unwrap(), "1 item");
        assert_eq!(
            tr.say("request_number", [("id", "02148830914512367")])
                .unwrap(),
            "Request 02148830914512367"
        );
        assert_eq!(tr.say("no-such-text", []), None);
    }

    #[test]
    fn every_word_of_the_domain_has_a_text() {
        let tr = Tr::english();
        let mut missing = Vec::new();
        let mut look = |family: &str, code: &str| {
            if tr.find(family, code).is_none() {
                missing.push(format!("{family}{code}"));
            }
        };
        for status in domain::ItemStatus::ALL {
            look("item-status-", status.code());
        }
        for status in domain::OrderStatus::ALL {
            look("order-status-", status.code());
        }
        for state in domain::BookingState::ALL {
            look("booking-state-", state.code());
        }
        for group in domain::HistoryGroup::ALL {
            look("history-", group.code());
        }
        for kind in domain::HistoryKind::ALL {
            look("history-kind-", kind.code());
        }
        for kind in domain::ExceptionKind::ALL {
            look("exception-", kind.code());
        }
        for action in domain::ExceptionAction::ALL {
            look("exception-action-", action.code());
        }
        for status in domain::PurchaseStatus::ALL {
            look("purchase-status-", status.code());
        }
        for kind in crate::words::VERDICTS {
            look("verdict-", kind.key());
            look("verdict-next-", kind.key());
        }
        assert_eq!(missing, Vec::<String>::new());
    }

    #[test]
    fn language_files_can_be_read_and_no_message_stands_twice() {
        for (code, sources) in SOURCES {
            let mut bundle = FluentBundle::new_concurrent(vec![code.parse().unwrap()]);
            for source in sources {
                let resource = FluentResource::try_new(source.to_owned()).map_err(|(_, e)| e);
                bundle.add_resource(resource.unwrap()).unwrap();
            }
        }
    }

    #[test]
    fn other_languages_have_the_same_messages() {
        let english = SOURCES[0].1.map(ids);
        for (code, sources) in SOURCES {
            assert_eq!(sources.map(ids), english, "locales/{code}");
        }
    }

    fn ids(source: &str) -> Vec<&str> {
        let mut ids: Vec<&str> = source
            .lines()
            .filter(|l| l.starts_with(|c: char| c.is_ascii_lowercase()))
            .filter_map(|l| l.split_once(" =").map(|(id, _)| id))
            .collect();
        ids.sort_unstable();
        ids
    }
}
