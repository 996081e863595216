//! Orders come in: what is taken, what changes nothing, what is refused and how it is told.

use crate::desk::{on_both, order_json, statuses};
use app::order::{self, ImportOutcome};
use app::settings::{self, Settings};
use domain::ItemStatus;
use serde_json::{Value, json};

const SAMPLE: &str = r#"{
  "number": "ORD-000000053",
  "created_at": "2015-12-02T10:48:15Z",
  "currency": "USD",
  "customer": { "code": "1042", "name": "Иван Петров" },
  "delivery": { "service": "Международная служба доставки China Post", "cost": "2" },
  "paid": 36,
  "exchange_rate": { "yuan": "6.40", "date": "2015-12-01" },
  "items": [{
    "marketplace": "1688",
    "item": 42602653803,
    "seller": { "name": "齐家居家日用百货旗舰店" },
    "quantity": 1,
    "price": 33.974774905192626351667,
    "weight_g": 1000
  }]
}"#;

#[tokio::test]
async fn the_sample_order_is_taken_in_to_its_last_digit() {
    on_both(|desk| async move {
        let report = order::import(&desk.ctx, SAMPLE).await.unwrap();
        assert!(report.is_good());
        assert_eq!(report.orders[0].outcome, ImportOutcome::Created);
        let order = desk.order_row("ORD-000000053").await;
        assert_eq!(order.goods.as_text(), "33.974774905192626351667");
        assert_eq!(order.total.as_text(), "35.974774905192626351667");
        assert_eq!(
            (
                order.weight_g,
                order.rate.as_deref(),
                order.rate_day.as_deref()
            ),
            (Some(1_000), Some("6.40"), Some("2015-12-01"))
        );
        assert_eq!(order.created_at.0, 1_449_053_295_000_000);
        let items = desk.items("ORD-000000053").await;
        assert_eq!(
            (items[0].item.as_str(), items[0].price.as_text()),
            ("42602653803", "33.974774905192626351667")
        );
        assert_eq!(statuses(&items), [ItemStatus::Paid]);
        assert_eq!(
            desk.facets("ORD-000000053").await,
            ["item:paid", "mp:1688", "ready", "status:paid"]
        );
        assert_eq!(desk.history("ORD-000000053").await, ["imported"]);
    })
    .await;
}

#[tokio::test]
async fn the_same_content_changes_nothing_and_more_money_is_a_payment() {
    on_both(|desk| async move {
        let order = order_json("ORD-1", &[2], json!({ "paid": "3.00" }));
        assert_eq!(desk.import(&order).await, ImportOutcome::Created);
        let before = desk.order_row("ORD-1").await;
        assert_eq!(
            statuses(&desk.items("ORD-1").await),
            [ItemStatus::AwaitingPayment]
        );
        // Written otherwise, it is the same content.
        let mut again = order.clone();
        again["paid"] = json!(3);
        again["created_at"] = json!("2026-11-20 13:00:00+03:00");
        again["items"][0]["price"] = json!("2.500");
        again["items"][0]["status"] = Value::Null;
        assert_eq!(desk.import(&again).await, ImportOutcome::Unchanged);
        assert_eq!(desk.order_row("ORD-1").await.version, before.version);
        assert_eq!(desk.history("ORD-1").await.len(), 1);

        again["paid"] = json!("7");
        let ImportOutcome::PaymentRecorded { amount } = desk.import(&again).await else {
            panic!()
        };
        assert_eq!(amount.as_text(), "4.00");
        assert_eq!(desk.order_row("ORD-1").await.paid.as_text(), "7.00");
        assert_eq!(statuses(&desk.items("ORD-1").await), [ItemStatus::Paid]);
        assert_eq!(desk.import(&again).await, ImportOutcome::Unchanged);
        assert_eq!(
            store::orders::payments(&mut desk.db().await, before.id)
                .await
                .unwrap()
                .len(),
            2
        );
        // What a person recorded meanwhile is not recorded twice.
        let payment = order::RecordPayment {
            number: "ORD-1".to_owned(),
            amount: "3".to_owned(),
            note: String::new(),
            request_id: "request-1".to_owned(),
        };
        order::payment(&desk.ctx, payment).await.unwrap();
        again["paid"] = json!("10");
        assert_eq!(desk.import(&again).await, ImportOutcome::Unchanged);
        assert_eq!(desk.order_row("ORD-1").await.paid.as_text(), "10.00");
    })
    .await;
}

#[tokio::test]
async fn other_content_is_refused_with_the_difference() {
    on_both(|desk| async move {
        let order = order_json("ORD-1", &[2, 1], json!({ "paid": "3" }));
        desk.import(&order).await;
        let mut other = order.clone();
        other["paid"] = json!("9");
        other["items"][1]["quantity"] = json!(4);
        other["customer"]["name"] = json!("Пётр Иванов");
        other["items"][0]
            .as_object_mut()
            .unwrap()
            .remove("weight_g");
        let ImportOutcome::Differs { differences } = desk.import(&other).await else {
            panic!()
        };
        let told: Vec<(&str, Option<&str>, Option<&str>)> = differences
            .iter()
            .map(|d| (d.field.as_str(), d.was.as_deref(), d.is.as_deref()))
            .collect();
        assert_eq!(
            told,
            [
                ("customer.name", Some("Иван Петров"), Some("Пётр Иванов")),
                ("items[0].weight_g", Some("300"), None),
                ("items[1].quantity", Some("1"), Some("4")),
            ]
        );
        assert_eq!(desk.order_row("ORD-1").await.paid.as_text(), "3");
        let mut less = order.clone();
        less["paid"] = json!("2");
        let ImportOutcome::Differs { differences } = desk.import(&less).await else {
            panic!()
        };
        assert_eq!(differences[0].field, "paid");
        let mut shorter = order;
        shorter["items"].as_array_mut().unwrap().pop();
        let ImportOutcome::Differs { differences } = desk.import(&shorter).await else {
            panic!()
        };
        assert_eq!(
            (differences[0].field.as_str(), differences[0].is.as_deref()),
            ("items[1]", None)
        );
    })
    .await;
}

/// Each case spoils one thing of a good order: the field, the key of the message, what is put there.
fn spoiled() -> Vec<(&'static str, &'static str, Value)> {
    let long = "x".repeat(5_000);
    let text = |n: usize| Value::from(&long[..n]);
    vec![
        ("number", "import-missing", Value::Null),
        ("number", "import-number", json!("53")),
        ("number", "import-number", json!("ord-1")),
        ("number", "import-number", json!("ORD-1x")),
        ("number", "import-number", json!("ORDER-1")),
        ("number", "import-text", json!(53)),
        ("number", "import-empty", json!("  ")),
        ("created_at", "import-moment", json!("2026-11-20")),
        ("created_at", "import-moment", json!("20.11.2026 10:00")),
        ("created_at", "import-moment", json!("1815-12-02T10:48:15Z")),
        ("created_at", "import-missing", Value::Null),
        ("currency", "import-currency", json!("usd")),
        ("currency", "import-currency", json!("$")),
        ("customer", "import-object", json!("1042")),
        ("customer", "import-missing", Value::Null),
        ("customer.code", "import-missing", json!({ "name": "A" })),
        (
            "customer.phone",
            "import-unknown_field",
            json!({ "code": "1", "phone": "2" }),
        ),
        (
            "delivery.cost",
            "import-amount_negative",
            json!({ "cost": "-1" }),
        ),
        ("paid", "import-amount", json!("1,5")),
        ("paid", "import-amount", json!("1e3")),
        ("paid", "import-amount", json!(true)),
        ("paid", "import-amount_negative", json!("-0.01")),
        (
            "paid",
            "import-amount_digits",
            json!("12345678901234567890123456789"),
        ),
        (
            "exchange_rate.date",
            "import-day",
            json!({ "yuan": "6.4", "date": "01.12.2015" }),
        ),
        (
            "exchange_rate.date",
            "import-missing",
            json!({ "yuan": "6.4" }),
        ),
        (
            "exchange_rate.yuan",
            "import-rate_zero",
            json!({ "yuan": "0", "date": "2015-12-01" }),
        ),
        ("comment", "import-too_long", text(4_001)),
        ("comment", "import-nul", json!("a\u{0}b")),
        ("coment", "import-unknown_field", json!("x")),
        ("items", "import-missing", Value::Null),
        ("items", "import-list", json!({})),
        ("items", "import-items_count", json!([])),
        (
            "items",
            "import-items_count",
            Value::Array(vec![json!({}); 501]),
        ),
        ("items[0]", "import-object", json!([1])),
        (
            "items[0].marketplace",
            "import-marketplace",
            json!([{ "marketplace": "1699" }]),
        ),
        (
            "items[0].item",
            "import-missing",
            json!([{ "marketplace": "1688" }]),
        ),
        (
            "items[0].item",
            "import-id",
            json!([{ "marketplace": "1688", "item": "4260 2653" }]),
        ),
        (
            "items[0].item",
            "import-id",
            json!([{ "marketplace": "1688", "item": 4.2e9 }]),
        ),
        (
            "items[0].specification",
            "import-id",
            json!([{ "marketplace": "1688", "item": "1", "specification": ["s"] }]),
        ),
        (
            "items[0].quantity",
            "import-integer",
            json!([{ "marketplace": "1688", "item": "1", "quantity": 0 }]),
        ),
        (
            "items[0].quantity",
            "import-integer",
            json!([{ "marketplace": "1688", "item": "1", "quantity": 1.5 }]),
        ),
        (
            "items[0].quantity",
            "import-integer",
            json!([{ "marketplace": "1688", "item": "1", "quantity": "2" }]),
        ),
        (
            "items[0].price",
            "import-missing",
            json!([{ "marketplace": "1688", "item": "1", "quantity": 1 }]),
        ),
        (
            "items",
            "import-sum_digits",
            json!([{ "marketplace": "1688", "item": "1", "quantity": 999_999, "price": "1234567890123456789012345678" }]),
        ),
        (
            "items[0].status",
            "import-status",
            json!([{ "marketplace": "1688", "item": "1", "quantity": 1, "price": "1", "status": "bought" }]),
        ),
        (
            "items[0].status",
            "import-status",
            json!([{ "marketplace": "1688", "item": "1", "quantity": 1, "price": "1", "status": "booked" }]),
        ),
        (
            "items[0].image",
            "import-address",
            json!([{ "marketplace": "1688", "item": "1", "quantity": 1, "price": "1", "image": "javascript:alert(1)" }]),
        ),
        (
            "items[0].weight_g",
            "import-integer",
            json!([{ "marketplace": "1688", "item": "1", "quantity": 1, "price": "1", "weight_g": -1 }]),
        ),
        (
            "items[0].expected_price_fen",
            "import-integer",
            json!([{ "marketplace": "1688", "item": "1", "quantity": 1, "price": "1", "expected_price_fen": "12.00" }]),
        ),
    ]
}

#[tokio::test]
async fn an_order_with_a_fault_stays_out_and_the_others_come_in() {
    on_both(|desk| async move {
        let cases = spoiled();
        assert!(cases.len() >= 40);
        for (index, (field, key, value)) in cases.into_iter().enumerate() {
            let good = order_json(&format!("GUT-{}", index + 1), &[1], json!({}));
            let mut bad = order_json("BAD-7", &[1], json!({}));
            let name = field.split(['.', '[']).next().unwrap();
            bad[name] = value;
            let file = serde_json::to_string_pretty(&json!([bad, good])).unwrap();
            let report = order::import(&desk.ctx, &file).await.unwrap();
            assert!(!report.is_good());
            let ImportOutcome::Faulty { faults } = &report.orders[0].outcome else {
                panic!("{field} {key}")
            };
            let fault = faults
                .iter()
                .find(|f| f.field == format!("[0].{field}") && f.message.key == key);
            let fault = fault.unwrap_or_else(|| panic!("{field} {key}: {faults:?}"));
            // The line is the one where the value stands, or the object that lacks it.
            let line = file.lines().nth(fault.place.line - 1).unwrap();
            let last = field.rsplit(['.', '[']).next().unwrap();
            let lacks = matches!(key, "import-missing") || last.ends_with(']');
            assert!(
                lacks || line.contains(last),
                "{field}: line {} is {line:?}",
                fault.place.line
            );
            assert_eq!(report.orders[1].outcome, ImportOutcome::Created, "{field}");
        }
        assert!(
            store::orders::by_number(&mut desk.db().await, "BAD-7")
                .await
                .unwrap()
                .is_none()
        );
        assert_eq!(
            order::counts(&desk.app)
                .await
                .unwrap()
                .tab(order::ListTab::All),
            49
        );
    })
    .await;
}

#[tokio::test]
async fn a_number_that_stands_twice_in_a_file_is_refused() {
    on_both(|desk| async move {
        let file = json!({ "orders": [order_json("ORD-1", &[1], json!({})), order_json("ORD-1", &[2], json!({})), order_json("ORD-2", &[1], json!({}))] });
        let report = order::import(&desk.ctx, &file.to_string()).await.unwrap();
        for index in [0, 1] {
            let ImportOutcome::Faulty { faults } = &report.orders[index].outcome else { panic!() };
            assert_eq!((faults[0].message.key.as_str(), faults[0].field.as_str()), ("import-number_twice", ["orders[0].number", "orders[1].number"][index]));
        }
        assert_eq!(report.orders[2].outcome, ImportOutcome::Created);
    })
    .await;
}

#[tokio::test]
async fn a_file_that_is_not_what_it_should_be_takes_nothing_in() {
    on_both(|desk| async move {
        let good = order_json("ORD-1", &[1], json!({})).to_string();
        for (file, key) in [
            (String::new(), "json-cut_off"),
            ("[]".to_owned(), "import-no_orders"),
            ("{\"orders\": {}}".to_owned(), "import-no_orders"),
            ("17".to_owned(), "import-no_object"),
            (format!("[{good},]"), "json-value"),
            (format!("[{good}"), "json-cut_off"),
            (format!("[{good}] garbage"), "json-end"),
            (
                good.replace("\"number\"", "\"number\":\"ORD-2\",\"number\""),
                "json-name_twice",
            ),
        ] {
            let report = order::import(&desk.ctx, &file).await.unwrap();
            assert_eq!(
                report
                    .faults
                    .iter()
                    .map(|f| f.message.key.as_str())
                    .collect::<Vec<_>>(),
                [key],
                "{file}"
            );
            assert!(report.orders.is_empty());
        }
        assert_eq!(
            order::counts(&desk.app)
                .await
                .unwrap()
                .tab(order::ListTab::All),
            0
        );
    })
    .await;
}

#[tokio::test]
async fn stated_statuses_and_the_paid_share_decide_how_items_begin() {
    on_both(|desk| async move {
        let wanted = Settings {
            paid_share_basis_points: 5_000,
            ..Settings::default()
        };
        settings::save(&desk.ctx, wanted.clone()).await.unwrap();
        assert_eq!(settings::show(&desk.app).await.unwrap(), wanted);
        let mut order = order_json("ORD-1", &[2, 2, 2], json!({ "paid": "8.5" }));
        order["items"][1]["status"] = json!("purchased");
        order["items"][1]["bought_elsewhere"] = json!("Taobao, by hand");
        order["items"][2]["status"] = json!("awaiting_payment");
        desk.import(&order).await;
        let items = desk.items("ORD-1").await;
        assert_eq!(
            statuses(&items),
            [
                ItemStatus::Paid,
                ItemStatus::Purchased,
                ItemStatus::AwaitingPayment
            ]
        );
        assert_eq!(
            items[1].bought_elsewhere.as_deref(),
            Some("Taobao, by hand")
        );
        assert_eq!(desk.order_row("ORD-1").await.ready_items, 1);
    })
    .await;
}

#[tokio::test]
async fn two_imports_of_one_file_at_once_make_one_order() {
    on_both(|desk| async move {
        let file = Value::from(
            (1..=20)
                .map(|n| order_json(&format!("ORD-{n}"), &[1], json!({})))
                .collect::<Vec<_>>(),
        )
        .to_string();
        let (a, b) = tokio::join!(
            order::import(&desk.ctx, &file),
            order::import(&desk.ctx, &file)
        );
        let (a, b) = (a.unwrap(), b.unwrap());
        assert!(a.is_good() && b.is_good(), "{a:?} {b:?}");
        let made = a
            .orders
            .iter()
            .chain(&b.orders)
            .filter(|o| o.outcome == ImportOutcome::Created)
            .count();
        assert_eq!(made, 20);
        assert_eq!(
            order::counts(&desk.app)
                .await
                .unwrap()
                .tab(order::ListTab::All),
            20
        );
    })
    .await;
}
