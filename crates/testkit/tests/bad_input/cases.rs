//! The table: what is sent, what is answered, and what little may change.

use super::Facts;
use serde_json::{Value, json};

/// What is done.
pub enum Sent {
    /// A file is imported.
    Import(String),
    /// A signed-in person opens an address.
    Open(String),
    /// A signed-in person sends a form.
    Form(String, Vec<(String, String)>),
    /// Something outside posts bytes: path, content type, headers, body.
    Outside(String, &'static str, Vec<(&'static str, String)>, Vec<u8>),
    /// Somebody who is not signed in opens an address.
    Stranger(String),
}

/// One case.
pub struct Case {
    /// What is wrong.
    pub name: &'static str,
    /// What is done.
    pub sent: Sent,
    /// Status of the answer; none for what is not asked by HTTP.
    pub status: u16,
    /// What the answer must say.
    pub says: Vec<String>,
    /// Tables in which the try itself may be noted.
    pub notes: &'static [&'static str],
}

fn case(name: &'static str, sent: Sent, status: u16, says: &[&str]) -> Case {
    Case {
        name,
        sent,
        status,
        says: says.iter().map(|text| (*text).to_owned()).collect(),
        notes: &[],
    }
}

/// Every case.
pub fn all(facts: &Facts) -> Vec<Case> {
    let mut all = imports();
    all.extend(session_forms(facts));
    all.extend(setting_forms(facts));
    all.extend(order_forms(facts));
    all.extend(bind_numbers(facts));
    all.extend(callbacks(facts));
    all.extend(pushes(facts));
    all
}

/// An order as files hold them, with one place changed.
pub fn order(change: impl FnOnce(&mut Value)) -> String {
    let mut order = json!({
        "number": "ORD-000000900", "created_at": "2026-11-01T10:00:00Z", "currency": "USD",
        "customer": { "code": "1042", "name": "Иван Петров" }, "paid": "36",
        "exchange_rate": { "yuan": "6.40", "date": "2026-11-01" },
        "items": [{
            "marketplace": "1688", "item": "42602653803",
            "seller": { "id": "b2b-2208", "name": "齐家居家日用百货旗舰店" },
            "title": { "original": "收纳盒", "translated": "Storage box" },
            "quantity": 1, "unit": "pcs", "price": "33.974774905192626351667", "expected_price_fen": 20840,
        }],
    });
    change(&mut order);
    order.to_string()
}

fn imports() -> Vec<Case> {
    let import = |name, file: String, says: &[&str]| case(name, Sent::Import(file), 0, says);
    let item = |field: &'static str, value: Value| order(|o| o["items"][0][field] = value);
    let twice = order(|_| ());
    vec![
        import(
            "a file that ends in the middle",
            "{\n \"number\": \"ORD-000000900\",".to_owned(),
            &["line 2"],
        ),
        import(
            "a file without orders",
            "[]".to_owned(),
            &["holds no orders"],
        ),
        import(
            "a file that is a number",
            "42".to_owned(),
            &["Expected an order or a list of orders"],
        ),
        import(
            "a number of another form",
            order(|o| o["number"] = json!("ord 53")),
            &["number:", "such as ORD-000000053", "ord 53"],
        ),
        import(
            "a misspelled field",
            order(|o| o["custommer"] = json!("x")),
            &["custommer", "There is no such field"],
        ),
        import(
            "a missing field",
            order(|o| _ = o.as_object_mut().map(|o| o.remove("currency"))),
            &["currency: This field is missing"],
        ),
        import(
            "a moment without a day",
            order(|o| o["created_at"] = json!("yesterday")),
            &["created_at:", "Expected a moment", "yesterday"],
        ),
        import(
            "a rate without its day",
            order(|o| o["exchange_rate"] = json!({ "yuan": "6.40" })),
            &["exchange_rate.date", "missing"],
        ),
        import(
            "no units",
            item("quantity", json!(0)),
            &["items[0].quantity", "Expected a whole number from 1"],
        ),
        import(
            "half a unit",
            item("quantity", json!(2.5)),
            &["items[0].quantity", "Expected a whole number"],
        ),
        import(
            "a price with an exponent",
            item("price", json!("1e5")),
            &["items[0].price", "Expected an amount"],
        ),
        import(
            "a price below zero",
            item("price", json!("-3")),
            &["items[0].price", "Expected an amount"],
        ),
        import(
            "a price of 29 digits",
            item("price", json!("1.0000000000000000000000000001")),
            &["items[0].price", "at most 28 significant digits"],
        ),
        import(
            "an unknown marketplace",
            item("marketplace", json!("ebay")),
            &["items[0].marketplace", "Expected one of", "ebay"],
        ),
        import(
            "an unknown status",
            item("status", json!("lost")),
            &["items[0].status", "Expected one of"],
        ),
        import(
            "a picture that is a script",
            item("image", json!("javascript:alert(1)")),
            &["items[0].image", "Expected a web address"],
        ),
        import(
            "the same number twice",
            format!("[{twice},\n{twice}]"),
            &["The same number stands on lines 1, 2"],
        ),
        import(
            "a known number with other content",
            order(|o| {
                o["number"] = json!("ORD-000000001");
                o["items"][0]["quantity"] = json!(7);
            }),
            &["items[0].quantity", "3", "7"],
        ),
    ]
}

/// The id of a form, as pages give it.
const REQUEST: &str = "TESTTESTTESTTESTTESTTEST-1";

fn form(path: impl Into<String>, fields: &[(&str, &str)]) -> Sent {
    let mut all = vec![("request_id".to_owned(), REQUEST.to_owned())];
    all.extend(
        fields
            .iter()
            .map(|(n, v)| ((*n).to_owned(), (*v).to_owned())),
    );
    Sent::Form(path.into(), all)
}

fn session_forms(facts: &Facts) -> Vec<Case> {
    let path = format!("/sessions/{}", facts.session);
    let address = [
        ("full_name", "张三 {customer_code}"),
        ("mobile", "13800138000"),
        ("province", "广东省"),
        ("city", "广州市"),
        ("area", "白云区"),
        ("street", "石沙路 12 号 {order}"),
    ];
    let with = |changed: &[(&'static str, &str)]| {
        let mut fields: Vec<(&str, &str)> = address.to_vec();
        for (name, value) in changed {
            fields.retain(|(known, _)| known != name);
            fields.push((*name, *value));
        }
        form(&*path, &fields)
    };
    let long = "路".repeat(400);
    let note = "字".repeat(2_000);
    vec![
        case(
            "a daily limit in words",
            with(&[("daily_limit", "many")]),
            422,
            &["Expected a whole number.", "value=\"many\""],
        ),
        case(
            "a daily limit of zero",
            with(&[("daily_limit", "0")]),
            422,
            &["Expected a whole number from 1"],
        ),
        case(
            "an address that is too long",
            with(&[("street", &long)]),
            422,
            &["characters; the marketplace takes", &long],
        ),
        case(
            "an unknown placeholder",
            with(&[("street", "路 {size}")]),
            422,
            &["{size} is no placeholder", "路 {size}"],
        ),
        case(
            "an address without a receiver",
            with(&[("full_name", "")]),
            422,
            &["Receiver is empty."],
        ),
        case(
            "a note that is too long",
            with(&[("note", &note)]),
            422,
            &["At most 500 characters."],
        ),
        case(
            "a session that is none",
            Sent::Open("/sessions/1".to_owned()),
            404,
            &["There is nothing here"],
        ),
        case(
            "a session in words",
            Sent::Open("/sessions/first".to_owned()),
            404,
            &["There is nothing here"],
        ),
        case(
            "deleting what is no session",
            form("/sessions/1/delete", &[]),
            404,
            &["There is nothing here"],
        ),
    ]
}

fn setting_forms(facts: &Facts) -> Vec<Case> {
    let good = [
        ("goods_tolerance_basis_points", "1"),
        ("goods_tolerance_fen", "0.30"),
        ("freight_asks_above_fen", "30"),
        ("paid_share_basis_points", "100"),
        ("decimals", "USD 0"),
    ];
    let settings = |name: &str, value: &str| {
        let fields: Vec<(&str, &str)> = good
            .iter()
            .map(|(known, v)| (*known, if *known == name { value } else { *v }))
            .collect();
        form("/settings", &fields)
    };
    let app = |fields: &[(&str, &str)]| form("/settings/apps/new", fields);
    let password = |fields: &[(&str, &str)]| form("/settings/password", fields);
    let huge = "x".repeat(1 << 21);
    let mut cases = vec![
        case(
            "a tolerance below zero",
            settings("goods_tolerance_basis_points", "-5"),
            422,
            &["Expected a percentage from 0 to 100.", "value=\"-5\""],
        ),
        case(
            "a share above the whole",
            settings("paid_share_basis_points", "120"),
            422,
            &["Expected a percentage from 0 to 100."],
        ),
        case(
            "no share",
            settings("paid_share_basis_points", ""),
            422,
            &["Expected a percentage from 0 to 100."],
        ),
        case(
            "a freight in words",
            settings("freight_asks_above_fen", "cheap"),
            422,
            &["Expected an amount from", "value=\"cheap\""],
        ),
        case(
            "a currency without decimals",
            settings("decimals", "USD"),
            422,
            &["Expected one currency per line"],
        ),
        case(
            "a currency twice",
            settings("decimals", "USD 0\nUSD 2"),
            422,
            &["stands twice"],
        ),
        case(
            "a quota in words",
            app(&[
                ("marketplace", "1688"),
                ("key", "4711"),
                ("secret", "secret"),
                ("daily_quota", "many"),
            ]),
            422,
            &["Expected a whole number.", "value=\"many\""],
        ),
        case(
            "a quota of nothing",
            app(&[
                ("marketplace", "1688"),
                ("key", "4711"),
                ("secret", "secret"),
                ("daily_quota", "0"),
            ]),
            422,
            &["from 1 to 1000000000", "value=\"0\""],
        ),
        case(
            "another quota below zero",
            form(
                format!("/settings/apps/{}", facts.app),
                &[("name", "x"), ("daily_quota", "-5")],
            ),
            422,
            &["from 1 to 1000000000"],
        ),
        case(
            "deleting an app to which a session belongs",
            form(format!("/settings/apps/{}/delete", facts.app), &[]),
            409,
            &["The session cn_buyer_01 belongs to it."],
        ),
        case(
            "deleting what is no app",
            form("/settings/apps/1/delete", &[]),
            404,
            &["There is nothing here"],
        ),
        case(
            "switching off what is no app",
            form("/settings/apps/1/off", &[]),
            404,
            &["There is nothing here"],
        ),
        case(
            "testing what is no app",
            form("/settings/apps/1/test", &[]),
            404,
            &["There is nothing here"],
        ),
        case(
            "a login through what is no app",
            form("/connect", &[("app", "1")]),
            404,
            &["There is nothing here"],
        ),
        case(
            "a session moved to another marketplace",
            form(
                "/connect",
                &[
                    ("session", &facts.session.to_string()),
                    ("app", &facts.other_app.to_string()),
                ],
            ),
            404,
            &["There is nothing here"],
        ),
        case(
            "an app without key and secret",
            app(&[("marketplace", "1688"), ("key", ""), ("secret", "")]),
            422,
            &[
                "Expected the key as the marketplace shows it",
                "Expected the secret as",
            ],
        ),
        case(
            "an app that is known",
            app(&[
                ("marketplace", "1688"),
                ("key", &facts.app_key),
                ("secret", "abc"),
            ]),
            422,
            &["This key is already entered."],
        ),
        case(
            "an app of no marketplace",
            app(&[("marketplace", "ebay"), ("key", "1"), ("secret", "abc")]),
            422,
            &["Choose a marketplace."],
        ),
        case(
            "a form without its id",
            Sent::Form("/settings".to_owned(), Vec::new()),
            400,
            &["could not be understood", "Nothing was changed"],
        ),
        case(
            "a form that is too large",
            form("/settings", &[("decimals", &huge)]),
            413,
            &["Too much was sent at once"],
        ),
        case(
            "a zone that is none",
            form("/settings/zone", &[("zone", "Mars/Olympus")]),
            422,
            &["Expected a time zone such as Europe/Moscow."],
        ),
        case(
            "two passwords that differ",
            password(&[
                ("old", facts.password),
                ("new", "another long password"),
                ("again", "another long passwort"),
            ]),
            422,
            &["This is not the same password."],
        ),
        case(
            "a password that is short",
            password(&[
                ("old", facts.password),
                ("new", "short"),
                ("again", "short"),
            ]),
            422,
            &["Expected 10 to 200 characters."],
        ),
        case(
            "a form that another site sends",
            Sent::Outside(
                "/settings".to_owned(),
                "application/x-www-form-urlencoded",
                vec![
                    ("origin", "https://evil.example".to_owned()),
                    ("accept", "text/html".to_owned()),
                ],
                b"request_id=TEST-1&paid_share_basis_points=1".to_vec(),
            ),
            403,
            &["The request came from another site"],
        ),
    ];
    cases.push(Case {
        notes: &["sign_in_failures"],
        ..case(
            "a wrong present password",
            password(&[
                ("old", "not it at all"),
                ("new", "another long password"),
                ("again", "another long password"),
            ]),
            422,
            &["This is not your password."],
        )
    });
    cases
}

fn order_forms(facts: &Facts) -> Vec<Case> {
    let item = facts.item.to_string();
    let payment = |amount: &str| form("/orders/ORD-000000001/payment", &[("amount", amount)]);
    vec![
        case(
            "a payment in words",
            payment("a lot"),
            422,
            &["Expected a decimal number such as 12", "a lot"],
        ),
        case(
            "a payment of nothing",
            payment("0"),
            422,
            &["Expected an amount other than zero."],
        ),
        case(
            "more back than was paid",
            payment("-5000"),
            422,
            &["that were paid cannot go back"],
        ),
        case(
            "an order that is none",
            Sent::Open("/orders/ORD-000000777/items".to_owned()),
            404,
            &["There is nothing here"],
        ),
        case(
            "splitting off half a unit",
            form(
                "/orders/ORD-000000001/items/split",
                &[("item", &item), ("version", "0"), ("quantity", "0.5")],
            ),
            422,
            &["Expected a whole number.", "value=\"0.5\""],
        ),
        case(
            "an item in words",
            form(
                "/orders/ORD-000000001/items/split",
                &[("item", "first"), ("quantity", "1")],
            ),
            400,
            &["could not be understood"],
        ),
    ]
}

fn bind_numbers(facts: &Facts) -> Vec<Case> {
    let bind = |numbers: &str| form("/orders/ORD-000000001/bind", &[("numbers", numbers)]);
    let many: Vec<String> = (0..21).map(|n| format!("21488309145123{n:05}")).collect();
    let (session, other) = (facts.session.to_string(), facts.other_item.to_string());
    vec![
        case(
            "no number",
            bind(""),
            422,
            &["Enter at least one order number."],
        ),
        case(
            "a number in words",
            bind("the red one"),
            422,
            &["Not an order number: ", "the red one"],
        ),
        case(
            "a good number and a bad one",
            bind("2148830914512300001\nabc"),
            422,
            &["Not an order number: abc", "2148830914512300001"],
        ),
        case(
            "too many numbers",
            bind(&many.join("\n")),
            422,
            &["At most 20 order numbers at once."],
        ),
        case(
            "a link to somewhere else",
            bind("https://example.com/about"),
            422,
            &["Not an order number"],
        ),
        case(
            "an item of another order",
            form(
                "/orders/ORD-000000001/bind",
                &[
                    ("numbers", "2148830914512300001"),
                    ("item", &other),
                    ("session", &session),
                ],
            ),
            404,
            &["There is nothing here"],
        ),
        case(
            "a session that is none",
            form(
                "/orders/ORD-000000001/bind",
                &[("numbers", "2148830914512300001"), ("session", "17")],
            ),
            400,
            &["could not be understood"],
        ),
        case(
            "an order that is none",
            form(
                "/orders/ORD-000000777/bind",
                &[("numbers", "2148830914512300001")],
            ),
            404,
            &["There is nothing here"],
        ),
    ]
}

fn callbacks(facts: &Facts) -> Vec<Case> {
    let open = |query: &str| Sent::Open(format!("/connect/1688?{query}"));
    let state = |name: &str| facts.states[name].clone();
    let noted = |case: Case| Case {
        notes: &["login_attempts"],
        ..case
    };
    let run = |case: Case| Case {
        notes: &["login_attempts", "activities", "activity_orders"],
        ..case
    };
    vec![
        case(
            "a state that nobody gave",
            open("code=abc&state=0123456789abcdef"),
            409,
            &["not started here", "Log in once more"],
        ),
        case("no state", open("code=abc"), 409, &["not started here"]),
        case("nothing at all", open(""), 409, &["not started here"]),
        case(
            "a state that was used",
            open(&format!("code=abc&state={}", state("used"))),
            409,
            &["already used", "/orders/ORD-000000001/purchase"],
        ),
        case(
            "a state that is late",
            open(&format!("code=abc&state={}", state("late"))),
            409,
            &["took too long", "/orders/ORD-000000001/purchase"],
        ),
        case(
            "a state of another person",
            open(&format!("code=abc&state={}", state("other"))),
            409,
            &["started by another person"],
        ),
        noted(case(
            "a refused consent",
            open(&format!("error=access_denied&state={}", state("refused"))),
            409,
            &[
                "the consent was refused",
                "access_denied",
                "Log in once more",
            ],
        )),
        noted(case(
            "no code",
            open(&format!("state={}", state("no_code"))),
            409,
            &["sent no code"],
        )),
        run(case(
            "a code that is none",
            open(&format!("code=abc&state={}", state("bad_code"))),
            502,
            &["Log in once more"],
        )),
        run(case(
            "a code that was used",
            open(&format!(
                "code={}&state={}",
                facts.used_code,
                state("used_code")
            )),
            502,
            &["Log in once more"],
        )),
        noted(case(
            "another account than the one that is renewed",
            open(&format!(
                "code={}&state={}",
                facts.other_code,
                state("renew")
            )),
            409,
            &["You logged in as cn_buyer_02", "expected cn_buyer_01"],
        )),
        case(
            "a marketplace that is none",
            Sent::Open(format!("/connect/ebay?code=abc&state={}", state("kept"))),
            404,
            &["There is nothing here"],
        ),
        case(
            "somebody who is not signed in",
            Sent::Stranger(format!("/connect/1688?code=abc&state={}", state("kept"))),
            303,
            &[],
        ),
        case(
            "a login with no app",
            form("/connect", &[("app", "5")]),
            404,
            &["There is nothing here"],
        ),
        case(
            "a login for nothing",
            form("/connect", &[]),
            400,
            &["could not be understood"],
        ),
        case(
            "a login again with no session",
            form("/sessions/17/login", &[]),
            404,
            &["There is nothing here"],
        ),
    ]
}

fn pushes(facts: &Facts) -> Vec<Case> {
    const FORM: &str = "application/x-www-form-urlencoded;charset=UTF-8";
    let to =
        |path: &str, kind, body: Vec<u8>| Sent::Outside(path.to_owned(), kind, Vec::new(), body);
    let push = |body: Vec<u8>| to("/push/1688", FORM, body);
    let signed = |message: &str| push(facts.signed(message).into_bytes());
    let message = r#"{"msgId":1,"gmtBorn":1527680067000,"type":"ORDER_BUYER_VIEW_ORDER_PAY","userInfo":"b2b-1","data":{"orderId":1}}"#;
    let good = facts.signed(message);
    let altered = good.replace("%22orderId%22%3A1", "%22orderId%22%3A2");
    assert_ne!(good, altered, "the altered message is another one");
    vec![
        case(
            "a push without a body",
            push(Vec::new()),
            401,
            &["wrong signature"],
        ),
        case(
            "a push without a signature",
            push(b"message=%7B%7D".to_vec()),
            401,
            &["wrong signature"],
        ),
        case(
            "a push with a wrong signature",
            push(format!("message=%7B%7D&_aop_signature={}", "A".repeat(40)).into_bytes()),
            401,
            &["wrong signature"],
        ),
        case(
            "a push that was altered",
            push(altered.into_bytes()),
            401,
            &["wrong signature"],
        ),
        case(
            "a push with two messages",
            push(format!("{good}&message=%7B%7D").into_bytes()),
            401,
            &["wrong signature"],
        ),
        case(
            "garbage",
            push(
                (0..4_000_u32)
                    .map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8)
                    .collect(),
            ),
            401,
            &["wrong signature"],
        ),
        case(
            "signed, and no JSON",
            signed("not json"),
            400,
            &["not readable"],
        ),
        case(
            "signed, and no message",
            signed("{}"),
            400,
            &["not readable"],
        ),
        case(
            "signed, and nested without end",
            signed(&"[".repeat(100_000)),
            400,
            &["not readable"],
        ),
        case(
            "a huge push",
            push(vec![b'a'; (1 << 20) + 1]),
            413,
            &["too large"],
        ),
        case(
            "a push for no marketplace",
            to("/push/ebay", FORM, good.into_bytes()),
            404,
            &["no such marketplace"],
        ),
        case(
            "a push that came before",
            push(facts.replayed.clone().into_bytes()),
            200,
            &["ok"],
        ),
        case(
            "a push by reading",
            Sent::Open("/push/1688".to_owned()),
            405,
            &["does not take that kind of request"],
        ),
    ]
}
