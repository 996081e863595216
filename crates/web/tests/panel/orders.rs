use crate::desk::{Desk, ORDER};

#[tokio::test]
async fn the_list_shows_counts_and_pages_both_ways() {
    let desk = Desk::open().await;
    let first = desk.get("/orders").await;
    first.is(200).shows(&[
        "61 found",
        "ORD-000000119",
        "1042 · Иван Петров",
        "Ready for purchase",
        "1 ready",
    ]);
    assert_eq!(first.body.matches("<tr data-row>").count(), 50);
    first.lacks("rel=\"prev\"");
    let next = link(&first.body, "next");
    let second = desk.get(&next).await;
    second
        .is(200)
        .shows(&["ORD-000000053", "2 Dec 2015 13:48", "Awaiting payment"]);
    assert_eq!(second.body.matches("<tr data-row>").count(), 11);
    second.lacks("rel=\"next\"");
    let back = desk.get(&link(&second.body, "prev")).await;
    assert_eq!(
        rows(&back.body),
        rows(&first.body),
        "back on the first page"
    );
    back.lacks("rel=\"prev\"");
}

/// The address of the neighbouring page.
fn link(body: &str, rel: &str) -> String {
    let end = body
        .find(&format!("\" rel=\"{rel}\""))
        .expect("no such link");
    let start = body[..end].rfind("href=\"").unwrap() + 6;
    body[start..end].replace("&#38;", "&").replace("&amp;", "&")
}

fn rows(body: &str) -> Vec<&str> {
    body.split("data-open>")
        .skip(1)
        .map(|rest| rest.split('<').next().unwrap())
        .collect()
}

#[tokio::test]
async fn filters_narrow_the_list_and_can_be_taken_away_one_by_one() {
    let desk = Desk::open().await;
    let answer = desk
        .get("/orders?status=awaiting_payment&marketplace=1688&q=1042")
        .await;
    answer.is(200).shows(&[
        "30 found",
        "Search: 1042",
        "Order status: Awaiting payment",
        "Clear all",
        "value=\"1042\"",
    ]);
    answer.shows(&["href=\"/orders?status=awaiting_payment&#38;marketplace=1688\""]);
    desk.get("/orders?tab=ready")
        .await
        .is(200)
        .shows(&["31 found"]);
    desk.get("/orders?item=paid&item=booked")
        .await
        .is(200)
        .shows(&["31 found", "Item status: Paid, Booked"]);
    desk.get("/orders?item=received")
        .await
        .is(200)
        .shows(&["Nothing matches"])
        .lacks("<tbody>");
    desk.get("/orders?q=齐家居家日用百货旗舰店").await.is(200);
}

#[tokio::test]
async fn days_of_a_filter_are_days_where_the_person_is() {
    let desk = Desk::open().await;
    // 10:48:15 UTC is 13:48:15 in Moscow.
    desk.get("/orders?from=2015-12-02&to=2015-12-02")
        .await
        .is(200)
        .shows(&["ORD-000000053", "1 found"]);
    desk.get("/orders?to=2015-12-01")
        .await
        .is(200)
        .shows(&["Nothing matches"]);
    desk.get("/orders?from=2015-12-03&to=2016-01-01")
        .await
        .is(200)
        .shows(&["Nothing matches"]);
}

#[tokio::test]
async fn what_a_filter_does_not_understand_is_said_and_left_out() {
    let desk = Desk::open().await;
    let answer = desk
        .get("/orders?from=yesterday&status=golden&item=silver&tab=x&marketplace=%3Cb%3E")
        .await;
    answer
        .is(200)
        .shows(&[
            "“yesterday” is no date",
            "no filter “golden”",
            "no filter “silver”",
            "&#60;b&#62;",
        ])
        .lacks("<b>:");
}

#[tokio::test]
async fn an_exact_number_opens_the_order() {
    let desk = Desk::open().await;
    for search in ["ORD-000000053", "ord-53", "53", "№ 53-1", " 53 "] {
        let query: String = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("q", search)
            .finish();
        let answer = desk.get(&format!("/orders?{query}")).await;
        answer.is(303);
        assert_eq!(answer.location(), ORDER, "{search:?}");
    }
    assert_eq!(
        desk.get(ORDER).await.location(),
        "/orders/ORD-000000053/purchase"
    );
    assert_eq!(desk.get("/").await.location(), "/orders");
}

#[tokio::test]
async fn an_empty_desk_says_what_to_do() {
    let desk = Desk::empty().await;
    desk.get("/orders")
        .await
        .is(200)
        .shows(&["No orders yet", "autopurchase orders import orders.json"]);
    desk.get("/activities")
        .await
        .is(200)
        .shows(&["Nothing has run yet"]);
    desk.get("/activities?view=errors")
        .await
        .is(200)
        .shows(&["None at present"]);
}

#[tokio::test]
async fn the_head_of_an_order_shows_its_facts() {
    let desk = Desk::open().await;
    let answer = desk.get(&format!("{ORDER}/items")).await;
    answer.is(200).shows(&[
        "02.12.15 13:48:15",
        "53.97 $",
        "53.974774905192626351667 USD",
        "60.00 $",
        "1 $ = ¥ 6.40 · 1 Dec 2015",
        "Международная служба доставки China Post",
        "Пожалуйста, в одну коробку.",
        "Иван Петров · 1042",
        "3 items, 9 units",
        "&#60;b&#62;砂锅",
        "Горшок &#38; крышка",
        "№ 53-1",
        "33.97 $",
        "https://detail.1688.com/offer/42602653803.html",
    ]);
    answer.lacks("<b>砂锅");
    for tab in ["parcels", "history", "activities"] {
        desk.get(&format!("{ORDER}/{tab}"))
            .await
            .is(200)
            .shows(&["02.12.15 13:48:15"]);
    }
}

#[tokio::test]
async fn a_payment_is_recorded_once_and_stands_in_the_timeline() {
    let desk = Desk::open().await;
    let order = "/orders/ORD-000000101";
    let window = desk.get_window(&format!("{order}/payment")).await;
    window.is(200).shows(&[
        "Record payment",
        "Still to be paid: 7.00 $",
        "value=\"7.00\"",
    ]);
    let id = window.value("request_id");
    let form = [
        ("amount", "7"),
        ("note", "карта •• 4412"),
        ("request_id", &*id),
    ];
    for _ in 0..2 {
        let answer = desk
            .post_window(
                &format!("{order}/payment"),
                "/orders/ORD-000000101/history?kind=payment",
                &form,
            )
            .await;
        assert_eq!(
            answer.location(),
            "/orders/ORD-000000101/history?kind=payment",
            "back to the page under the window"
        );
    }
    desk.get(&format!("{order}/items"))
        .await
        .shows(&["7.00 $ / <span class=\"text-good\">0.00 $", "Paid"]);
    let timeline = desk.get(&format!("{order}/history?kind=payment")).await;
    timeline.is(200).shows(&[
        "Payment recorded",
        "0.00 $",
        "карта •• 4412",
        "olga.petrova",
        "Today",
    ]);
    assert_eq!(timeline.body.matches("Payment recorded").count(), 1);
}

#[tokio::test]
async fn a_bad_payment_is_explained_beside_its_field_and_changes_nothing() {
    let desk = Desk::open().await;
    let path = format!("{ORDER}/payment");
    let long = "x".repeat(501);
    let before = desk.stored();
    for (amount, note, said) in [
        ("", "", "Expected a decimal number"),
        ("12,5", "n", "Expected a decimal number"),
        ("1e5", "n", "Expected a decimal number"),
        ("NaN", "n", "Expected a decimal number"),
        ("0", "n", "other than zero"),
        ("-61", "n", "were paid cannot go back"),
        (
            "0.00000000000000000000000000001",
            "n",
            "Expected a decimal number",
        ),
        ("1", &long, "500"),
    ] {
        let answer = desk
            .post_window(
                &path,
                ORDER,
                &[
                    ("amount", amount),
                    ("note", note),
                    ("request_id", "r-00000001"),
                ],
            )
            .await;
        answer
            .is(422)
            .shows(&[said, "is-invalid", &format!("value=\"{amount}\"")]);
    }
    desk.post(&path, &[("amount", "1"), ("request_id", "short")])
        .await
        .is(422);
    assert_eq!(desk.stored(), before);
}

#[tokio::test]
async fn an_order_is_cancelled_with_its_reason_and_taken_up_again() {
    let desk = Desk::open().await;
    desk.get_window(&format!("{ORDER}/end"))
        .await
        .is(200)
        .shows(&["Close or cancel", "value=\"cancelled\""]);
    let form = [
        ("end", "cancelled"),
        ("reason", "Не нужно"),
        ("request_id", "r-00000001"),
    ];
    desk.post(&format!("{ORDER}/end"), &form).await.is(303);
    desk.get(&format!("{ORDER}/items")).await.shows(&[
        "Cancelled",
        "Не нужно",
        "Take up again",
        "/reopen",
    ]);
    desk.post_window(&format!("{ORDER}/end"), ORDER, &form)
        .await
        .is(422)
        .shows(&["already ended this way", "Не нужно"]);
    desk.get_window(&format!("{ORDER}/reopen")).await.is(200);
    desk.post(&format!("{ORDER}/reopen"), &[("request_id", "r-00000001")])
        .await
        .is(303);
    desk.get(&format!("{ORDER}/items"))
        .await
        .lacks("Не нужно")
        .shows(&["Close or cancel"]);
    let before = desk.stored();
    desk.post(&format!("{ORDER}/reopen"), &[("request_id", "r-00000001")])
        .await
        .is(422);
    desk.post(
        &format!("{ORDER}/end"),
        &[("end", "burnt"), ("request_id", "r-00000001")],
    )
    .await
    .is(400);
    assert_eq!(desk.stored(), before);
}
