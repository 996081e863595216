//! A person at the panel: what they press on which page.

use crate::office::{NUMBER, Office};
use crate::page::{Run, Tab, between, run_of};
use testkit::browser::{Answer, Browser};

/// An operator in front of an order's Purchase tab.
pub struct Operator {
    pub browser: Browser,
    /// The order whose tab is open.
    pub order: String,
    /// Forms of different people have different ids.
    name: String,
    forms: u32,
}

impl Operator {
    /// Signed in as this person.
    pub async fn sign_in(mut browser: Browser, name: &str, password: &str) -> Self {
        browser.sign_in(name, password).await.unwrap();
        Self {
            browser,
            order: NUMBER.to_owned(),
            name: name.to_owned(),
            forms: 0,
        }
    }

    /// Opens a page, which must be there.
    pub async fn get(&mut self, path: &str) -> Answer {
        self.browser.htmx = false;
        let answer = self.browser.get(path).await.unwrap();
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        answer
    }

    /// Opens a window, as htmx asks for it.
    pub async fn window(&mut self, path: &str) -> Answer {
        self.browser.htmx = true;
        self.browser.get(path).await.unwrap()
    }

    /// Sends a form of the page or of a window, as htmx does, under a request id of its own.
    pub async fn send(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.forms += 1;
        let request = format!("form-of-{}-{}", self.name, self.forms);
        let mut all = vec![("request_id", request.as_str())];
        all.extend_from_slice(fields);
        self.submit(path, &all).await
    }

    /// Sends a form as it stands.
    pub async fn submit(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.browser.htmx = true;
        self.browser.submit(path, fields).await.unwrap()
    }

    /// An address of the order.
    pub fn at(&self, rest: &str) -> String {
        format!("/orders/{}{rest}", self.order)
    }

    pub async fn tab(&mut self) -> Tab {
        let path = self.at("/purchase");
        Tab::read(self.get(&path).await)
    }

    /// The tab with this session chosen in the bar.
    pub async fn choose(&mut self, session: &str) -> Tab {
        let path = self.at(&format!("/purchase?session={session}"));
        Tab::read(self.get(&path).await)
    }

    pub async fn run(&mut self, run: i64) -> Run {
        Run::read(self.get(&format!("/activities/{run}")).await)
    }

    /// Presses *Book* with everything as the page comes: two clicks. Gives the run.
    pub async fn book(&mut self) -> i64 {
        let tab = self.tab().await;
        self.book_on(&tab).await
    }

    /// Presses *Book* on a tab that stands open.
    pub async fn book_on(&mut self, tab: &Tab) -> i64 {
        let ticked: Vec<_> = tab.ready.iter().filter(|row| row.ticked).collect();
        assert!(!ticked.is_empty(), "nothing is ticked");
        let chosen: Vec<_> = ticked.iter().map(|row| (&*row.number, row.units)).collect();
        run_of(&self.press_book(tab, &chosen).await)
    }

    /// Ticks these items, types so many units, presses *Book*. Gives the run.
    pub async fn book_units(&mut self, chosen: &[(&str, i64)]) -> i64 {
        let tab = self.tab().await;
        run_of(&self.press_book(&tab, chosen).await)
    }

    /// Sends the form of *Book* as the page has it.
    pub async fn press_book(&mut self, tab: &Tab, chosen: &[(&str, i64)]) -> Answer {
        let form = between(&tab.page.body, "id=\"ready-form\"", "</form>");
        let request = between(form, "name=\"request_id\" value=\"", "\"");
        let mut fields = vec![("request_id".to_owned(), request.to_owned())];
        for (value, _, chosen) in &tab.sessions {
            if *chosen {
                fields.push(("session".to_owned(), value.clone()));
            }
        }
        for row in &tab.ready {
            let typed = chosen.iter().find(|(number, _)| *number == row.number);
            if typed.is_some() {
                fields.push(("item".to_owned(), row.id.clone()));
            }
            if row.units > 1 {
                let units = typed.map_or(row.units, |(_, units)| *units);
                fields.push((format!("units-{}", row.id), units.to_string()));
            }
        }
        let fields: Vec<_> = fields.iter().map(|(n, v)| (&**n, &**v)).collect();
        self.submit(&self.at("/book"), &fields).await
    }

    /// Presses a button of what a run asks.
    pub async fn answer(&mut self, run: i64, answer: &str) -> Answer {
        let page = self.run(run).await.page;
        self.answer_on(&page, answer).await
    }

    /// Presses a button on a run's page that stands open.
    pub async fn answer_on(&mut self, page: &Answer, answer: &str) -> Answer {
        let form = between(&page.body, "<form class=\"decisions\"", "</form>");
        assert!(
            form.contains(&format!("value=\"{answer}\"")),
            "no button {answer}: {}",
            page.body
        );
        let value = |name: &str| between(form, &format!("name=\"{name}\" value=\""), "\"");
        let action = between(form, "action=\"", "\"");
        let fields = [
            ("request_id", value("request_id")),
            ("asked", value("asked")),
            ("answer", answer),
        ];
        self.submit(action, &fields).await
    }

    /// *Start synchronization* for the session that is chosen.
    pub async fn synchronize(&mut self) -> i64 {
        let tab = self.tab().await;
        let chosen = tab.sessions.iter().find(|s| s.2).unwrap().0.clone();
        let path = self.at("/synchronize");
        run_of(&self.send(&path, &[("session", &chosen)]).await)
    }

    /// *Look again* at the only unknown booking.
    pub async fn look_again(&mut self) {
        let url = self.tab().await.unknown().to_owned();
        let answer = self.send(&format!("{url}/look"), &[]).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
    }

    /// *Adopt order number…* for the only unknown booking.
    pub async fn adopt(&mut self, number: &str) -> Answer {
        let url = format!("{}/adopt", self.tab().await.unknown());
        self.window(&url).await.must_show("Adopt an order");
        self.send(&url, &[("number", number)]).await
    }

    /// *It is not there: release*, typing what the window asks for.
    pub async fn release(&mut self) {
        let url = format!("{}/release", self.tab().await.unknown());
        let window = self.window(&url).await;
        window.must_show("Release only when you have seen");
        let tail = between(&window.body, "Type ", ".").to_owned();
        let answer = self.send(&url, &[("confirmation", &tail)]).await;
        assert_eq!((answer.status, answer.body.as_str()), (200, ""));
    }

    /// *Unbind* for these lines.
    pub async fn unbind(&mut self, claims: &[&str], more: &[(&str, &str)]) -> Answer {
        let mut fields: Vec<_> = claims.iter().map(|claim| ("allocation", *claim)).collect();
        fields.extend_from_slice(more);
        self.send(&self.at("/unbind"), &fields).await
    }

    /// Unbinds everything of the only purchase, cancelling it at the marketplace. Gives the run.
    pub async fn unbind_and_cancel(&mut self) -> i64 {
        let tab = self.tab().await;
        let claims = tab.purchase().claims();
        let query: Vec<_> = claims.iter().map(|c| format!("allocation={c}")).collect();
        let path = self.at(&format!("/unbind?{}", query.join("&")));
        self.window(&path)
            .await
            .must_show("Also cancel at the marketplace");
        run_of(&self.unbind(&claims, &[("cancel", "on")]).await)
    }

    /// Looks up orders of the marketplace for everything that is free. Gives the run.
    pub async fn look_up(&mut self, numbers: &str) -> i64 {
        let path = self.at("/bind");
        self.window(&path)
            .await
            .must_show("Order numbers at the marketplace");
        run_of(&self.send(&path, &[("numbers", numbers)]).await)
    }

    /// Binds everything that the window of a look proposes.
    pub async fn confirm(&mut self, run: i64) -> Answer {
        let path = self.at(&format!("/bind/{run}"));
        let window = self.window(&path).await;
        let matches: Vec<String> = window
            .body
            .split("name=\"match\" value=\"")
            .skip(1)
            .map(|rest| between(rest, "", "\"").to_owned())
            .collect();
        let fields: Vec<_> = matches.iter().map(|m| ("match", m.as_str())).collect();
        self.send(&path, &fields).await
    }

    /// Presses *Pay* on purchases, as the form of the list does: another page opens.
    pub async fn pay(&mut self, path: &str, purchases: &[&str]) -> Answer {
        self.forms += 1;
        let request = format!("pay-of-{}-{}", self.name, self.forms);
        let mut all = vec![("request_id", request.as_str())];
        all.extend(purchases.iter().map(|id| ("purchase", *id)));
        self.browser.htmx = false;
        self.browser.submit(path, &all).await.unwrap()
    }

    /// Logs in at the marketplace as `account`, beginning with the form of a page. Gives the
    /// answer of the address to which the marketplace sends people back.
    pub async fn log_in(&mut self, office: &Office, begin: &str, account: &str) -> Answer {
        let back = self.at("/purchase");
        self.forms += 1;
        let request = format!("login-of-{}-{}", self.name, self.forms);
        let fields = [("request_id", request.as_str()), ("return", &*back)];
        self.browser.htmx = false;
        let sent = self.browser.submit(begin, &fields).await.unwrap();
        assert_eq!(sent.status, 303, "{}", sent.body);
        let login: url::Url = sent.location().unwrap().parse().unwrap();
        let back = office.whole.side().consent(&login, account).await.unwrap();
        let path = format!("{}?{}", back.path(), back.query().unwrap());
        self.browser.send_only(&path).await.unwrap()
    }

    /// **+** on the tab. Gives the session, with which the very tab comes back.
    pub async fn connect(&mut self, office: &Office, account: &str) -> String {
        let answer = self.log_in(office, "/sessions/connect/1688", account).await;
        assert_eq!(answer.status, 303, "{}", answer.body);
        let to = answer.location().unwrap();
        assert!(to.starts_with(&self.at("/purchase")), "{to}");
        let (_, session) = to.rsplit_once("session=").unwrap();
        session.split('#').next().unwrap().to_owned()
    }
}
