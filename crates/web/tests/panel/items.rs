use crate::desk::{Answer, Desk, ORDER};

async fn window(desk: &Desk, which: &str, positions: &[usize]) -> Answer {
    let mut path = format!("{ORDER}/items/{which}?");
    for position in positions {
        path.extend(["item=", &desk.item(*position).await.row.id.to_string(), "&"]);
    }
    desk.get_window(&path).await
}

async fn send(desk: &Desk, which: &str, position: usize, form: &[(&str, &str)]) -> Answer {
    let id = desk.item(position).await.row.id.to_string();
    let mut all = vec![("item", &*id), ("request_id", "r-00000001")];
    all.extend(form);
    desk.post_window(
        &format!("{ORDER}/items/{which}"),
        &format!("{ORDER}/items"),
        &all,
    )
    .await
}

#[tokio::test]
async fn only_allowed_moves_are_offered_and_a_step_back_wants_its_reason() {
    let desk = Desk::open().await;
    let offered = window(&desk, "status", &[1, 2]).await;
    offered.is(200).shows(&[
        "Price confirmation",
        "Impossible to deliver",
        "Cancelled",
        "№ 53-1",
        "№ 53-2",
    ]);
    offered
        .shows(&["<option value=\"\" selected>Choose"])
        .lacks(">Shipped<")
        .lacks(">Paid<");
    send(&desk, "status", 1, &[("status", "price_confirmation")])
        .await
        .is(200);
    assert_eq!(desk.item(1).await.row.status.code(), "price_confirmation");
    desk.bring(&[2], &["purchased"]).await;
    assert_eq!(
        desk.item(2).await.row.bought_elsewhere.as_deref(),
        Some("for a test")
    );
    desk.get(&format!("{ORDER}/items"))
        .await
        .shows(&["Bought elsewhere: for a test", "by hand"]);
    desk.bring(&[2], &["at_warehouse"]).await;
    let before = desk.stored();
    let answer = send(
        &desk,
        "status",
        2,
        &[("status", "shipped_by_seller"), ("reason", " ")],
    )
    .await;
    answer.is(422).shows(&[
        "A reason is needed.",
        "value=\"shipped_by_seller\" selected",
    ]);
    send(&desk, "status", 3, &[("status", "purchased")])
        .await
        .is(422)
        .shows(&["A note is needed"]);
    send(&desk, "status", 3, &[("status", "shipped")])
        .await
        .is(422)
        .shows(&["№ 53-3 cannot go"]);
    send(&desk, "status", 3, &[("status", "")])
        .await
        .is(422)
        .shows(&["Choose one."]);
    send(&desk, "status", 3, &[("status", "golden")])
        .await
        .is(400);
    assert_eq!(desk.stored(), before);
}

#[tokio::test]
async fn what_is_cancelled_is_told_apart_from_the_total() {
    let desk = Desk::open().await;
    desk.get(&format!("{ORDER}/items"))
        .await
        .lacks("Of it cancelled");
    desk.bring(&[1], &["cancelled"]).await;
    let page = app::order::page(&desk.app, "ORD-000000053").await.unwrap();
    assert_eq!(page.left_out(), desk.item(1).await.sum());
    desk.get(&format!("{ORDER}/items")).await.shows(&[
        "Of it cancelled, returned or impossible to deliver",
        "of it not delivered)",
    ]);
}

#[tokio::test]
async fn one_item_that_may_not_go_keeps_all_where_they_are() {
    let desk = Desk::open().await;
    desk.bring(&[2], &["cancelled"]).await;
    let (one, two) = (
        desk.item(1).await.row.id.to_string(),
        desk.item(2).await.row.id.to_string(),
    );
    let form = [
        ("item", &*one),
        ("item", &*two),
        ("status", "unavailable"),
        ("request_id", "r-00000001"),
    ];
    desk.post_window(&format!("{ORDER}/items/status"), ORDER, &form)
        .await
        .is(422)
        .shows(&["№ 53-2"]);
    assert_eq!(desk.item(1).await.row.status.code(), "paid");
    window(&desk, "status", &[1, 2])
        .await
        .is(200)
        .shows(&["no status that all chosen items may go to"])
        .lacks("btn-primary");
}

#[tokio::test]
async fn weight_and_comment_are_written_and_bad_ones_refused() {
    let desk = Desk::open().await;
    window(&desk, "edit", &[2])
        .await
        .is(200)
        .shows(&["value=\"0.3\""]);
    window(&desk, "edit", &[1, 2])
        .await
        .is(200)
        .shows(&["name=\"weight\" value=\"\""]);
    send(
        &desk,
        "edit",
        2,
        &[("weight", "0,25"), ("comment", "размер по телефону")],
    )
    .await
    .is(200);
    let item = desk.item(2).await.row;
    assert_eq!(
        (item.weight_g, &*item.comment_operator),
        (Some(250), "размер по телефону")
    );
    desk.get(&format!("{ORDER}/history")).await.shows(&[
        "Item edited",
        "0.3 kg",
        "0.25 kg",
        "Comment written",
        "№ 53-2",
    ]);
    let before = desk.stored();
    for weight in ["heavy", "-1", "0.0001", "1.2.3", "999999999"] {
        let answer = send(
            &desk,
            "edit",
            2,
            &[("weight", weight), ("comment", "stays")],
        )
        .await;
        answer.is(422).shows(&[
            "Expected a weight in kilograms",
            "stays",
            &format!("value=\"{weight}\""),
        ]);
    }
    let long = "я".repeat(4_001);
    send(&desk, "edit", 2, &[("comment", &long)])
        .await
        .is(422)
        .shows(&["4"]);
    assert_eq!(desk.stored(), before);
    send(&desk, "edit", 2, &[("weight", ""), ("comment", "")])
        .await
        .is(200);
    let item = desk.item(2).await.row;
    assert_eq!(
        (item.weight_g, &*item.comment_operator),
        (Some(250), ""),
        "a comment can be taken away"
    );
}

#[tokio::test]
async fn splitting_makes_a_new_position_and_refuses_what_cannot_be() {
    let desk = Desk::open().await;
    window(&desk, "split", &[1])
        .await
        .is(200)
        .shows(&["One unit cannot be split."])
        .lacks("name=\"quantity\"");
    let version = window(&desk, "split", &[2]).await.value("version");
    let before = desk.stored();
    for (quantity, said) in [
        ("", "whole number"),
        ("0", "from 1 to 4"),
        ("5", "from 1 to 4"),
        ("-1", "from 1 to 4"),
        ("2.5", "whole number"),
        ("two", "whole number"),
        ("99999999999999999999", "whole number"),
    ] {
        let answer = send(
            &desk,
            "split",
            2,
            &[("quantity", quantity), ("version", &version)],
        )
        .await;
        answer
            .is(422)
            .shows(&[said, &format!("value=\"{quantity}\"")]);
    }
    send(&desk, "split", 2, &[("quantity", "2")]).await.is(400);
    assert_eq!(desk.stored(), before);
    send(
        &desk,
        "split",
        2,
        &[("quantity", "2"), ("version", &version)],
    )
    .await
    .is(200);
    assert_eq!(
        (
            desk.item(2).await.row.quantity,
            desk.item(4).await.row.quantity
        ),
        (3, 2)
    );
    let again = send(
        &desk,
        "split",
        2,
        &[("quantity", "2"), ("version", &version)],
    )
    .await;
    again.is(422).shows(&["It has changed meanwhile"]);
    assert_eq!(
        desk.item(2).await.row.quantity,
        3,
        "a second press does nothing"
    );
}

#[tokio::test]
async fn a_correction_keeps_what_the_customer_ordered() {
    let desk = Desk::open().await;
    let shown = window(&desk, "correct", &[2]).await;
    shown.is(200).shows(&[
        "value=\"77001\"",
        "value=\"12.00\"",
        "value=\"5\"",
        "齐家居家日用百货旗舰店",
    ]);
    let version = shown.value("version");
    let good = [
        (
            "goods",
            "https://detail.1688.com/offer/610044218890.html?spm=a",
        ),
        ("specification", ""),
        ("seller", "b2b-2"),
        ("seller_name", "义乌小商品批发"),
        ("quantity", "4"),
        ("expected", "12,34"),
        ("version", &*version),
    ];
    let with = |name: &'static str, value: &'static str| {
        good.map(|(n, v)| if n == name { (n, value) } else { (n, v) })
    };
    let before = desk.stored();
    for (name, value, said) in [
        ("goods", "", "item id or a link"),
        ("goods", "https://example.com/", "item id or a link"),
        ("specification", "red & blue", "item id or a link"),
        ("quantity", "0", "Expected a whole number from 1"),
        ("quantity", "many", "Expected a whole number"),
        ("expected", "cheap", "Expected a price"),
        ("expected", "1.234", "Expected a price"),
    ] {
        let answer = send(&desk, "correct", 2, &with(name, value)).await;
        answer
            .is(422)
            .shows(&[said, "义乌小商品批发", "is-invalid"]);
    }
    assert_eq!(desk.stored(), before);
    send(&desk, "correct", 2, &good).await.is(200);
    let item = desk.item(2).await.row;
    assert_eq!(
        (&*item.item, item.specification, item.quantity),
        ("610044218890", None, 4)
    );
    assert_eq!(item.expected_fen, Some(domain::Fen(1_234)));
    desk.get(&format!("{ORDER}/items"))
        .await
        .shows(&["The customer ordered 77001 / s1 × 5", "51.47 $"]);
    desk.get(&format!("{ORDER}/history")).await.shows(&[
        "Item corrected",
        "77001",
        "610044218890",
        "¥ 12.34",
    ]);
}

#[tokio::test]
async fn a_window_without_items_says_what_to_choose() {
    let desk = Desk::open().await;
    desk.get_window(&format!("{ORDER}/items/status"))
        .await
        .is(409)
        .shows(&["Choose at least one item."]);
    desk.get_window(&format!("{ORDER}/items/edit"))
        .await
        .is(409)
        .shows(&["Choose at least one item."]);
    window(&desk, "split", &[1, 2])
        .await
        .is(409)
        .shows(&["Choose exactly one item."]);
    window(&desk, "correct", &[])
        .await
        .is(409)
        .shows(&["Choose exactly one item."]);
    let other = app::order::page(&desk.app, "ORD-000000101")
        .await
        .unwrap()
        .items[0]
        .row
        .id;
    desk.get_window(&format!("{ORDER}/items/edit?item={other}"))
        .await
        .is(404);
}

#[tokio::test]
async fn without_script_a_window_is_a_page_of_its_own() {
    let desk = Desk::open().await;
    let id = desk.item(2).await.row.id;
    let page = desk.get(&format!("{ORDER}/items/edit?item={id}")).await;
    page.is(200)
        .shows(&["<html", "Weight of one unit", "Back", "method=\"post\""]);
    let (id, path) = (id.to_string(), format!("{ORDER}/items/edit"));
    let answer = desk
        .post(
            &path,
            &[("item", &id), ("weight", "1"), ("request_id", "r-00000001")],
        )
        .await;
    assert_eq!(answer.location(), "/orders/ORD-000000053/items");
    desk.post(
        &path,
        &[("item", &id), ("weight", "x"), ("request_id", "r-00000001")],
    )
    .await
    .is(422)
    .shows(&["<html"]);
}
