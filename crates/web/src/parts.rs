//! Pieces that several pages share. Each is a template of its own and is put into a page by
//! naming it: `{{ row.status }}`.

use crate::http::{Field, Said};
use crate::{Tr, words};
use askama::Template;
use askama::filters::HtmlSafe;

/// A word in a coloured badge.
#[derive(Clone, Debug, Default, PartialEq, Eq, Template)]
#[template(
    source = r#"<span class="badge bg-{{ tone }}-lt">{{ text }}</span>"#,
    ext = "html"
)]
pub struct Tag {
    /// The word.
    pub text: String,
    /// The colour's name in Tabler.
    pub tone: &'static str,
}
// Rendered by askama, which escaped the texts inside.
impl HtmlSafe for Tag {}

impl Tag {
    /// A badge of that colour.
    pub fn of(text: impl Into<String>, tone: &'static str) -> Self {
        Self {
            text: text.into(),
            tone,
        }
    }

    /// An item's status by its code.
    #[must_use]
    pub fn item_status(tr: &Tr, code: &str) -> Self {
        Self::of(tr.by_key("item-status-", code), words::item_tone(code))
    }

    /// An order's status by its code.
    #[must_use]
    pub fn order_status(tr: &Tr, code: &str) -> Self {
        Self::of(tr.by_key("order-status-", code), words::order_tone(code))
    }

    /// A purchase's status by its code.
    #[must_use]
    pub fn purchase_status(tr: &Tr, code: &str) -> Self {
        Self::of(
            tr.by_key("purchase-status-", code),
            words::purchase_tone(code),
        )
    }

    /// A parcel's status by its code.
    #[must_use]
    pub fn parcel_status(tr: &Tr, code: &str) -> Self {
        Self::of(tr.by_key("parcel-status-", code), words::parcel_tone(code))
    }

    /// A marketplace by its code.
    #[must_use]
    pub fn marketplace(tr: &Tr, code: &str) -> Self {
        Self::of(
            tr.by_key("marketplace-", code),
            words::marketplace_tone(code),
        )
    }
}

/// A text that leads somewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Link {
    /// What it says.
    pub text: String,
    /// Where it leads.
    pub url: String,
}

impl Link {
    /// A link.
    pub fn to(url: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            url: url.into(),
        }
    }
}

/// A link or a number with its copy button; opens the marketplace's own page when it has one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outside {
    /// The number.
    pub number: String,
    /// The marketplace's page, where there is one.
    pub url: Option<String>,
}

/// One line of a choice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What is shown.
    pub text: String,
    /// It is chosen now.
    pub chosen: bool,
}

impl Choice {
    /// A choice.
    pub fn of(value: impl Into<String>, text: impl Into<String>, chosen: bool) -> Self {
        Self {
            value: value.into(),
            text: text.into(),
            chosen,
        }
    }
}

/// What an empty list says: why it is empty and what to do next.
#[derive(Clone, Debug, Default, PartialEq, Eq, Template)]
#[template(path = "parts/empty.html")]
pub struct Empty {
    /// The picture.
    pub icon: &'static str,
    /// In short.
    pub title: String,
    /// What to do.
    pub text: String,
    /// A command line to copy.
    pub command: Option<String>,
    /// A page to go to.
    pub link: Option<Link>,
}
impl HtmlSafe for Empty {}

/// Goods as they stand in the first cells of every list of items.
#[derive(Clone, Debug, Default, PartialEq, Eq, Template)]
#[template(path = "parts/goods.html")]
pub struct Goods {
    /// `№ 53-1`.
    pub number: String,
    /// The marketplace's id.
    pub item: String,
    /// The offer's page.
    pub url: Option<String>,
    /// The picture.
    pub photo: Option<String>,
    /// Title, translated where there is a translation.
    pub title: String,
    /// Title in the language of the marketplace, when it differs.
    pub original: Option<String>,
}
impl HtmlSafe for Goods {}

/// The configuration of an item, translated and as the marketplace writes it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Template)]
#[template(
    source = r#"{{ text }}{% if let Some(o) = original %}<div class="sub" lang="zh">{{ o }}</div>{% endif %}"#,
    ext = "html"
)]
pub struct Configuration {
    /// Translated, or the original where there is no translation, or `—`.
    pub text: String,
    /// The original, when it differs.
    pub original: Option<String>,
}
impl HtmlSafe for Configuration {}

/// A fault: what happened, what to do next, and, folded, what the marketplace itself said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Template)]
#[template(path = "parts/fault.html")]
pub struct Fault {
    /// Texts.
    pub words: FaultWords,
    /// What happened.
    pub text: String,
    /// What to do next.
    pub next: Option<String>,
    /// The marketplace's own code, text and request id.
    pub said: Option<Said>,
}
impl HtmlSafe for Fault {}

/// The fixed words of a [`Fault`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FaultWords {
    /// Heading of the fold.
    pub heading: String,
    /// Before the request id.
    pub request: String,
}

impl Fault {
    /// A fault without more.
    pub fn of(tr: &Tr, text: impl Into<String>) -> Self {
        Self {
            words: FaultWords {
                heading: tr.said_by_marketplace().to_owned(),
                request: tr.said_request().to_owned(),
            },
            text: text.into(),
            ..Self::default()
        }
    }

    /// Adds what to do next.
    #[must_use]
    pub fn next(mut self, text: impl Into<String>) -> Self {
        self.next = Some(text.into());
        self
    }

    /// Adds the marketplace's own words.
    #[must_use]
    pub fn said(mut self, code: &str, text: &str, request_id: &str) -> Self {
        self.said = Some(Said {
            code: code.to_owned(),
            text: text.to_owned(),
            request_id: request_id.to_owned(),
        });
        self
    }
}

/// A labelled field of a form, with its hint and, when refused, what is wrong beside it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Template)]
#[template(path = "parts/input.html")]
pub struct Input {
    /// Name under which it is sent.
    pub name: &'static str,
    /// Label.
    pub label: String,
    /// Value and error.
    pub field: Field,
    /// `text`, `password`, `area`, `select`, `check`…
    pub kind: &'static str,
    /// Explanation below.
    pub hint: Option<String>,
    /// Unit behind the field.
    pub unit: Option<String>,
    /// The browser's keyboard: `numeric`, `decimal`.
    pub mode: &'static str,
    /// The browser's memory: `off` unless set.
    pub autocomplete: &'static str,
    /// Choices of a `select`.
    pub choices: Vec<Choice>,
    /// The first field of a window.
    pub focus: bool,
    /// A narrow field.
    pub short: bool,
    /// Rows of an `area`.
    pub rows: u8,
}
impl HtmlSafe for Input {}

impl Input {
    fn of_kind(kind: &'static str, name: &'static str, label: &str, field: Field) -> Self {
        Self {
            name,
            label: label.to_owned(),
            field,
            kind,
            autocomplete: "off",
            rows: 3,
            ..Self::default()
        }
    }

    /// One line of text.
    #[must_use]
    pub fn text(name: &'static str, label: &str, field: Field) -> Self {
        Self::of_kind("text", name, label, field)
    }

    /// Several lines of text.
    #[must_use]
    pub fn area(name: &'static str, label: &str, field: Field) -> Self {
        Self::of_kind("area", name, label, field)
    }

    /// A password; never filled again.
    #[must_use]
    pub fn password(name: &'static str, label: &str, error: Option<String>) -> Self {
        let field = Field {
            value: String::new(),
            error,
        };
        Self::of_kind("password", name, label, field)
    }

    /// A whole number.
    #[must_use]
    pub fn whole(name: &'static str, label: &str, field: Field) -> Self {
        Self {
            mode: "numeric",
            short: true,
            ..Self::of_kind("text", name, label, field)
        }
    }

    /// A decimal number.
    #[must_use]
    pub fn decimal(name: &'static str, label: &str, field: Field) -> Self {
        Self {
            mode: "decimal",
            short: true,
            ..Self::of_kind("text", name, label, field)
        }
    }

    /// One of several.
    #[must_use]
    pub fn select(name: &'static str, label: &str, choices: Vec<Choice>) -> Self {
        Self {
            choices,
            ..Self::of_kind("select", name, label, Field::default())
        }
    }

    /// A box to tick.
    #[must_use]
    pub fn check(name: &'static str, label: &str, ticked: bool) -> Self {
        let value = if ticked { "on" } else { "" };
        Self::of_kind("check", name, label, Field::of(value))
    }

    /// With an explanation below.
    #[must_use]
    pub fn hint(mut self, text: impl Into<String>) -> Self {
        self.hint = Some(text.into());
        self
    }

    /// With a unit behind.
    #[must_use]
    pub fn unit(mut self, text: impl Into<String>) -> Self {
        self.unit = Some(text.into());
        self
    }

    /// With what is wrong.
    #[must_use]
    pub fn error(mut self, text: Option<String>) -> Self {
        self.field.error = text;
        self
    }

    /// Takes the cursor when its window opens.
    #[must_use]
    pub const fn focus(mut self) -> Self {
        self.focus = true;
        self
    }

    /// How high an area is.
    #[must_use]
    pub const fn rows(mut self, rows: u8) -> Self {
        self.rows = rows;
        self
    }

    /// What the browser may fill in.
    #[must_use]
    pub const fn autocomplete(mut self, kind: &'static str) -> Self {
        self.autocomplete = kind;
        self
    }
}

/// The text of a button that counts what is chosen: `Book 2 items`.
///
/// The forms for other counts go along, so that the page can follow the person's ticks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Template)]
#[template(
    source = r#"<span class="count-text" data-zero="{{ zero }}" data-one="{{ one }}" data-few="{{ few }}" data-other="{{ other }}">{{ now }}</span>"#,
    ext = "html"
)]
pub struct Counted {
    zero: String,
    one: String,
    few: String,
    other: String,
    now: String,
}
impl HtmlSafe for Counted {}

impl Counted {
    /// `text` gives the message for a count and for how it is written; `#` marks the place of the
    /// number in the forms that the page fills in.
    pub fn new(chosen: usize, text: impl Fn(usize, &str) -> String) -> Self {
        Self {
            zero: text(0, "#"),
            one: text(1, "#"),
            few: text(2, "#"),
            other: text(5, "#"),
            now: text(chosen, &chosen.to_string()),
        }
    }
}

/// A coloured dot with a text: the state of something.
#[derive(Clone, Debug, Default, PartialEq, Eq, Template)]
#[template(
    source = r#"<span class="state"><span class="dot bg-{{ tone }}"></span>{{ text }}</span>"#,
    ext = "html"
)]
pub struct State {
    /// What it is.
    pub text: String,
    /// Its colour.
    pub tone: &'static str,
}
impl HtmlSafe for State {}

impl State {
    /// A state.
    pub fn of(text: impl Into<String>, tone: &'static str) -> Self {
        Self {
            text: text.into(),
            tone,
        }
    }
}
