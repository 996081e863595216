//! What a person reads on the pages.

use std::collections::BTreeMap;
use testkit::browser::Answer;

/// The Purchase tab as a person reads it.
pub struct Tab {
    /// The whole page.
    pub page: Answer,
    /// Sessions to choose from: value, name, chosen.
    pub sessions: Vec<(String, String, bool)>,
    /// *Ready for purchase*.
    pub ready: Vec<Ready>,
    /// *Being booked*.
    pub open: Vec<Open>,
    /// *Goods purchased*.
    pub bought: Vec<Bought>,
}

/// An item that can be bought.
#[derive(Debug)]
pub struct Ready {
    /// What its box sends.
    pub id: String,
    /// `№ 53-1`.
    pub number: String,
    pub ticked: bool,
    pub units: i64,
}

/// A booking under way, or one whose outcome nobody knows.
#[derive(Debug)]
pub struct Open {
    /// Address of what can be done about it.
    pub url: Option<String>,
    pub reference: String,
    pub text: String,
}

/// A purchase.
#[derive(Debug)]
pub struct Bought {
    pub number: String,
    /// The marketplace's own status word.
    pub said: String,
    pub total: String,
    pub text: String,
    pub html: String,
    pub lines: Vec<Covered>,
}

/// Units of an item that a purchase covers.
#[derive(Debug)]
pub struct Covered {
    /// What its box sends.
    pub claim: String,
    /// `№ 53-1`.
    pub number: String,
    pub units: i64,
}

/// What stands between two texts; empty where they are not there.
pub fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    let Some((_, rest)) = text.split_once(from) else {
        return "";
    };
    if to.is_empty() {
        return rest;
    }
    rest.split_once(to).map_or(rest, |(found, _)| found)
}

/// The page's words without its marks.
pub fn words(html: &str) -> String {
    let mut out = String::new();
    for part in html.split('<') {
        out.push(' ');
        out.push_str(part.split_once('>').map_or(part, |(_, text)| text));
    }
    let out = out.replace("&#38;", "&").replace("&amp;", "&");
    out.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn section<'a>(page: &'a str, id: &str) -> &'a str {
    between(
        page,
        &format!("<section class=\"card\" id=\"{id}\""),
        "</section>",
    )
}

fn leading(text: &str) -> i64 {
    let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
    digits
        .parse()
        .unwrap_or_else(|_| panic!("no units: {text}"))
}

impl Tab {
    pub fn read(page: Answer) -> Self {
        let body = page.body.as_str();
        assert!(body.contains("id=\"ready\""), "no Purchase tab: {body}");
        let choosers = body.split("name=\"session\"").skip(1);
        let options = choosers.flat_map(|chooser| {
            let chooser = between(chooser, "", "</select>");
            chooser.split("<option value=\"").skip(1)
        });
        let sessions = options.map(|option| {
            let value = between(option, "", "\"").to_owned();
            let chosen = between(option, "\"", ">").contains("selected");
            (value, words(between(option, ">", "</option>")), chosen)
        });
        let rows = section(body, "ready")
            .split("<tr data-row id=\"ready-")
            .skip(1);
        let ready = rows.map(|row| {
            let id = between(row, "", "\"").to_owned();
            let typed = between(row, &format!("name=\"units-{id}\" value=\""), "\"");
            Ready {
                number: between(row, "aria-label=\"", "\"").to_owned(),
                ticked: row.contains("data-pick checked"),
                units: if typed.is_empty() { 1 } else { leading(typed) },
                id,
            }
        });
        let bookings = section(body, "open-bookings")
            .split("<div class=\"open-booking")
            .skip(1);
        let open = bookings.map(|booking| {
            let look = booking
                .split('"')
                .find(|part| part.starts_with("/orders/") && part.ends_with("/look"));
            Open {
                url: look.map(|url| url.trim_end_matches("/look").to_owned()),
                reference: between(booking, "<code>", "</code>").to_owned(),
                text: words(booking),
            }
        });
        let groups = section(body, "bought")
            .split("<tr class=\"group\">")
            .skip(1);
        let bought = groups.map(|group| {
            let facts = between(group, "", "<tr data-row");
            let lines = group
                .split("<tr data-row id=\"bought-")
                .skip(1)
                .map(|row| Covered {
                    claim: between(row, "", "\"").to_owned(),
                    number: between(row, "aria-label=\"", "\"").to_owned(),
                    units: leading(between(row, "<td class=\"num\">", "<")),
                });
            Bought {
                number: between(facts, "data-copy=\"", "\"").to_owned(),
                said: between(between(facts, "· <span lang=\"zh\"", ""), ">", "<").to_owned(),
                total: words(between(between(facts, "purchase-total", ""), ">", "<")),
                text: words(facts),
                html: facts.to_owned(),
                lines: lines.collect(),
            }
        });
        let (sessions, ready, open) = (sessions.collect(), ready.collect(), open.collect());
        let bought = bought.collect();
        Self {
            page,
            sessions,
            ready,
            open,
            bought,
        }
    }

    /// The page must hold this text.
    pub fn must_show(&self, text: &str) {
        let read = words(&self.page.body);
        assert!(read.contains(text), "not {text:?} on the tab:\n{read}");
    }

    /// Numbers and units of what can be bought.
    pub fn ready(&self) -> Vec<(&str, i64)> {
        self.ready
            .iter()
            .map(|row| (row.number.as_str(), row.units))
            .collect()
    }

    /// Units covered by purchases, of each item.
    pub fn covered(&self) -> BTreeMap<&str, i64> {
        let mut out = BTreeMap::new();
        for line in self.bought.iter().flat_map(|bought| &bought.lines) {
            *out.entry(line.number.as_str()).or_default() += line.units;
        }
        out
    }

    /// Units of an item that are being booked.
    pub fn reserved(&self, item: &str) -> i64 {
        let wanted = format!("{item} × ");
        let places = self.open.iter().flat_map(|o| o.text.split(&wanted).skip(1));
        places.map(leading).sum()
    }

    /// The only booking that is open.
    pub fn unknown(&self) -> &str {
        let [open] = self.open.as_slice() else {
            panic!("not one open booking: {:?}", self.open);
        };
        assert!(open.text.contains("Outcome unknown"), "{}", open.text);
        open.url.as_deref().expect("actions of the booking")
    }

    /// The only purchase.
    pub fn purchase(&self) -> &Bought {
        let [bought] = self.bought.as_slice() else {
            panic!("not one purchase: {:?}", self.bought);
        };
        bought
    }
}

impl Bought {
    /// Boxes of everything it covers.
    pub fn claims(&self) -> Vec<&str> {
        self.lines.iter().map(|line| line.claim.as_str()).collect()
    }

    /// The first address in it that begins and ends so.
    pub fn address(&self, begin: &str, end: &str) -> String {
        address(&self.html, begin, end)
    }
}

/// A run's page as a person reads it.
pub struct Run {
    pub page: Answer,
    /// `Running`, `Waiting for you`, `Done` …
    pub state: String,
    pub text: String,
}

impl Run {
    pub fn read(page: Answer) -> Self {
        let (_, head) = page
            .body
            .split_once("id=\"progress-title\"")
            .expect("a run");
        let state = words(between(head, "</h2>", "<button"));
        let text = words(&page.body);
        Self { page, state, text }
    }

    /// The page must hold this text.
    pub fn must_show(&self, text: &str) {
        assert!(self.text.contains(text), "not {text:?} in: {}", self.text);
    }
}

/// The run whose window an answer holds.
pub fn run_of(answer: &Answer) -> i64 {
    let id = between(&answer.body, "hx-sse:connect=\"/activities/", "/");
    id.parse()
        .unwrap_or_else(|_| panic!("no progress window ({}): {}", answer.status, answer.body))
}

/// The first address in a page that begins and ends so.
pub fn address(html: &str, begin: &str, end: &str) -> String {
    html.split('"')
        .find(|part| part.starts_with(begin) && part.ends_with(end))
        .unwrap_or_else(|| panic!("no {begin}…{end} in {html}"))
        .replace("&#38;", "&")
        .replace("&amp;", "&")
}
