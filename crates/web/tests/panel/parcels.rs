use crate::desk::{Answer, Desk, ORDER};

const TO_WAREHOUSE: [&str; 2] = ["purchased", "at_warehouse"];

async fn create(desk: &Desk, units: &[(usize, &str)]) -> Answer {
    let mut form = vec![(
        "request_id".to_owned(),
        format!("pack-{units:?}-form").replace(|c: char| !c.is_ascii_alphanumeric(), "-"),
    )];
    for (position, quantity) in units {
        let id = desk.item(*position).await.row.id;
        form.push((format!("quantity-{id}"), (*quantity).to_owned()));
    }
    let form: Vec<(&str, &str)> = form.iter().map(|(n, v)| (&**n, &**v)).collect();
    desk.post_window(
        &format!("{ORDER}/parcels/new"),
        &format!("{ORDER}/items"),
        &form,
    )
    .await
}

async fn parcel(desk: &Desk, position: usize) -> i64 {
    let page = app::order::page(&desk.app, "ORD-000000053").await.unwrap();
    page.parcels[position - 1].row.id
}

#[tokio::test]
async fn a_parcel_is_made_measured_and_sent_and_takes_its_items_along() {
    let desk = Desk::open().await;
    desk.get(&format!("{ORDER}/parcels"))
        .await
        .is(200)
        .shows(&["Nothing to pack yet"]);
    desk.bring(&[1, 2], &TO_WAREHOUSE).await;
    desk.get(&format!("{ORDER}/parcels"))
        .await
        .is(200)
        .shows(&["Waiting for a parcel", "№ 53-2"]);
    desk.get_window(&format!("{ORDER}/parcels/new"))
        .await
        .is(200)
        .shows(&["of 5", "China Post"]);
    let answer = create(&desk, &[(1, "1"), (2, "3")]).await;
    assert_eq!(answer.location(), "/orders/ORD-000000053/parcels");
    let id = parcel(&desk, 1).await;
    let path = format!("{ORDER}/parcels/{id}");
    desk.get_window(&path).await.is(200).shows(&["China Post"]);
    let form = [
        ("weight", "1.9"),
        ("size", "40 x 30,5 х 20"),
        ("service", "EMS"),
        ("tracking", "RB123456785CN"),
        ("note", "хрупкое"),
        ("request_id", "r-00000001"),
    ];
    desk.post_window(&path, &format!("{ORDER}/parcels"), &form)
        .await
        .is(200);
    desk.get(&format!("{ORDER}/parcels")).await.shows(&[
        "1.9 kg",
        "40 × 30.5 × 20 cm",
        "RB123456785CN",
        "EMS",
        "2 items · 4 units",
        "3 of 5",
        "Mark as packed",
        "Take away",
    ]);
    desk.get("/orders?q=RB123456785CN")
        .await
        .shows(&["ORD-000000053"]);
    for status in ["packed", "shipped", "delivered"] {
        desk.post(
            &format!("{path}/to/{status}"),
            &[("request_id", "r-00000001")],
        )
        .await
        .is(303);
    }
    assert_eq!(desk.item(1).await.row.status.code(), "received");
    assert_eq!(
        desk.item(2).await.row.status.code(),
        "at_warehouse",
        "two units are still there"
    );
    desk.get(&format!("{ORDER}/history?kind=parcel"))
        .await
        .is(200)
        .shows(&[
            "Parcel status changed",
            "Packed",
            "Delivered",
            "Parcel 1",
            "40 × 30.5 × 20",
        ]);
    desk.get(&format!("{ORDER}/items"))
        .await
        .shows(&["Parcel 1 · 3"]);
}

#[tokio::test]
async fn a_form_sent_twice_makes_one_parcel_and_its_code_leads_to_the_page_that_follows_it() {
    let desk = Desk::open().await;
    desk.bring(&[2], &TO_WAREHOUSE).await;
    for _ in 0..2 {
        let answer = create(&desk, &[(2, "2")]).await;
        assert_eq!(answer.location(), "/orders/ORD-000000053/parcels");
    }
    let page = app::order::page(&desk.app, "ORD-000000053").await.unwrap();
    assert_eq!(page.parcels.len(), 1);
    assert_eq!(page.parcels[0].items[0].quantity, 2);
    let path = format!("{ORDER}/parcels/{}", parcel(&desk, 1).await);
    let form = [("tracking", "RB 12&3"), ("request_id", "r-00000001")];
    desk.post_window(&path, &format!("{ORDER}/parcels"), &form)
        .await
        .is(200);
    desk.get(&format!("{ORDER}/parcels"))
        .await
        .shows(&["href=\"https://t.17track.net/en#nums=RB+12%263\""]);
    desk.post(&format!("{path}/delete"), &[("request_id", "r-00000002")])
        .await
        .is(303);
    create(&desk, &[(2, "2")]).await.is(200);
    let page = app::order::page(&desk.app, "ORD-000000053").await.unwrap();
    assert!(page.parcels.is_empty(), "an old form makes no other parcel");
}

#[tokio::test]
async fn what_cannot_be_packed_is_refused_with_its_reason() {
    let desk = Desk::open().await;
    desk.bring(&[2], &TO_WAREHOUSE).await;
    let before = desk.stored();
    create(&desk, &[(2, "9")])
        .await
        .is(422)
        .shows(&["№ 53-2: only 5 wait for a parcel.", "value=\"9\""]);
    create(&desk, &[(1, "1")])
        .await
        .is(422)
        .shows(&["№ 53-1 is not at the warehouse yet."]);
    create(&desk, &[(2, "x")])
        .await
        .is(422)
        .shows(&["Expected a whole number.", "value=\"x\""]);
    create(&desk, &[(2, "-1")])
        .await
        .is(422)
        .shows(&["Expected a whole number."]);
    create(&desk, &[(2, "0")])
        .await
        .is(422)
        .shows(&["Choose at least one item."]);
    create(&desk, &[])
        .await
        .is(422)
        .shows(&["Choose at least one item."]);
    assert_eq!(desk.stored(), before);
}

#[tokio::test]
async fn wrong_measures_are_told_all_at_once() {
    let desk = Desk::open().await;
    desk.bring(&[2], &TO_WAREHOUSE).await;
    create(&desk, &[(2, "5")]).await.is(200);
    let path = format!("{ORDER}/parcels/{}", parcel(&desk, 1).await);
    let before = desk.stored();
    for (weight, size) in [("x", "40x30"), ("-1", "a × b × c"), ("0.0001", "1x2x3x4")] {
        let form = [
            ("weight", weight),
            ("size", size),
            ("service", "EMS"),
            ("request_id", "r-00000001"),
        ];
        desk.post_window(&path, ORDER, &form).await.is(422).shows(&[
            "Expected a weight in kilograms",
            "Expected three sizes",
            "value=\"EMS\"",
        ]);
    }
    let long = "x".repeat(201);
    let form = [
        ("weight", "0"),
        ("tracking", &*long),
        ("request_id", "r-00000001"),
    ];
    desk.post_window(&path, ORDER, &form)
        .await
        .is(422)
        .shows(&["Expected a weight", "200"]);
    desk.post(
        &format!("{path}/to/delivered"),
        &[("request_id", "r-00000001")],
    )
    .await
    .is(409)
    .shows(&["cannot go from this status"]);
    desk.post(&format!("{path}/to/burnt"), &[("request_id", "r-00000001")])
        .await
        .is(404);
    desk.post(
        &format!(
            "/orders/ORD-000000101/parcels/{}/delete",
            parcel(&desk, 1).await
        ),
        &[("request_id", "r-00000001")],
    )
    .await
    .is(404);
    assert_eq!(desk.stored(), before);
}

#[tokio::test]
async fn units_go_from_parcel_to_parcel_and_out() {
    let desk = Desk::open().await;
    desk.bring(&[2], &TO_WAREHOUSE).await;
    create(&desk, &[(2, "5")]).await.is(200);
    let (id, first) = (desk.item(2).await.row.id, parcel(&desk, 1).await);
    let name = format!("quantity-{id}");
    let path = format!("{ORDER}/parcels/{first}/move");
    desk.get_window(&path)
        .await
        .is(200)
        .shows(&["A new parcel", "Out of any parcel", "of 5"]);
    let send = async |to: &str, units: &str| {
        let form = [(&*name, units), ("to", to), ("request_id", "r-00000001")];
        desk.post_window(&path, &format!("{ORDER}/parcels"), &form)
            .await
    };
    send("new", "9").await.is(422).shows(&[
        "only 5 are inside",
        "value=\"9\"",
        "value=\"new\" selected",
    ]);
    send("none", "")
        .await
        .is(422)
        .shows(&["Choose at least one item."]);
    send("77", "1").await.is(404);
    send("golden", "1").await.is(400);
    send("new", "2").await.is(200);
    let second = parcel(&desk, 2).await.to_string();
    send(&second, "1").await.is(200);
    send("none", "1").await.is(200);
    desk.get(&format!("{ORDER}/parcels"))
        .await
        .shows(&["1 of 5", "3 of 5", "Parcel 2"]);
    desk.post(
        &format!("{ORDER}/parcels/{second}/delete"),
        &[("request_id", "r-00000001")],
    )
    .await
    .is(303);
    desk.get(&format!("{ORDER}/parcels"))
        .await
        .lacks("Parcel 2")
        .shows(&["4 of 5"]);
    desk.get(&format!("{ORDER}/history"))
        .await
        .shows(&["Parcel taken away", "Items moved between parcels"]);
}
