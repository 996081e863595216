//! Purchases from their making to their end.

use super::{CUP, Desk, MUG, SHIRT, line, list, mug, numbers, text, yes};
use serde_json::{Value, json};

#[tokio::test]
async fn one_create_gives_an_order_for_each_shop_and_each_is_made_in_its_own_time() {
    let desk = Desk::new().await;
    let (shirt, cup) = (desk.rows(SHIRT).await, desk.rows(CUP).await);
    let lines = json!([
        line(&mug(), 1, "a1"),
        line(&shirt[0], 2, "a2"),
        {"item_id": cup[1].0, "sku_id": cup[1].1, "quantity": "3", "price": "1", "order_line_no": "a3"},
    ]);
    let body = desk.create("AP1", lines).await;
    let made = numbers(&body);
    assert_eq!(made.len(), 2, "{body}");
    assert!(made.iter().all(|number| number.len() == 12));
    assert_eq!(body["data"]["outer_purchase_id"], "AP1");
    let second = &body["data"]["order_list"][1];
    let names: Vec<String> = list(&second["order_line_list"])
        .iter()
        .map(|line| line["order_line_no"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(names, ["a2", "a3"]);

    let new = desk.purchase(&made[1]).await;
    assert_eq!(new["status"], "BULIDING");
    assert!(new["sub_purchase_orders"][0]["purchase_order_outer_id"].is_null());
    desk.wait(5).await;
    let order = desk.purchase(&made[1]).await;
    assert_eq!(order["status"], "WAIT_BUYER_P");
    assert_eq!(text(&order["outer_purchase_id"]), "AP1");
    let subs = list(&order["sub_purchase_orders"]);
    assert_eq!(
        text(&subs[0]["sub_purchase_order_id"]),
        text(&second["order_line_list"][0]["sub_purchase_order_id"])
    );
    assert_eq!(
        (text(&subs[0]["item_id"]), text(&subs[0]["sku_id"])),
        shirt[0]
    );
    let main = text(&subs[0]["purchase_order_outer_id"]);
    assert_eq!(main.len(), 19);
    assert_eq!(main, text(&subs[1]["purchase_order_outer_id"]));
    assert_ne!(
        text(&subs[0]["purchase_order_line_outer_id"]),
        text(&subs[1]["purchase_order_line_outer_id"])
    );
    let total: i64 = text(&order["purchase_amount"]).parse().unwrap();
    let parts: i64 = subs
        .iter()
        .map(|sub| text(&sub["purchase_amount"]).parse::<i64>().unwrap())
        .sum();
    assert_eq!(total, parts);
    assert!(
        order["receiver"].get("name").is_none(),
        "no person in the list"
    );
    assert_eq!(order["receiver"]["state"], "广东省");
    assert_eq!(
        desk.query(&[("outer_purchase_id", "AP1")]).await["purchase_orders"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    let (status, _) = desk
        .try_control("POST", &format!("orders/{}/build", made[0]), json!({}))
        .await;
    assert_eq!(status, 409, "made already");
}

#[tokio::test]
async fn an_order_goes_all_the_way_with_two_parcels_of_one_line() {
    let desk = Desk::new().await;
    let number = desk
        .order("AP1", json!([line(&mug(), 3, "1")]))
        .await
        .remove(0);
    let ids = format!("[{number}]");
    let paid = desk
        .api(
            "/purchase/order/batch/pay",
            &[("purchaseOrderIdList", &ids)],
        )
        .await;
    assert_eq!(
        text(&paid["data"]["will_pay_purchase_order_ids"][0]),
        number
    );
    assert_eq!(
        desk.purchase(&number).await["status"],
        "WAIT_BUYER_P",
        "accepted, not done"
    );
    desk.wait(3).await;
    let order = desk.purchase(&number).await;
    assert_eq!(order["status"], "WAIT_SELLER_SEND_GOODS");
    assert_eq!(text(&order["pay_amount"]), "3000");
    let again = desk
        .api(
            "/purchase/order/batch/pay",
            &[("purchaseOrderIdList", &ids)],
        )
        .await;
    assert_eq!(
        again["data"]["pay_failed_results"][0]["errorCode"],
        "SBX_ALREADY_PAID"
    );

    let sub = text(&order["sub_purchase_orders"][0]["sub_purchase_order_id"]);
    let outer = text(&order["sub_purchase_orders"][0]["purchase_order_line_outer_id"]);
    let none = desk
        .api("/logistics/detail/get", &[("purchase_order_line_id", &sub)])
        .await;
    assert_eq!(none["result"]["error_code"], "SBX_NO_LOGISTICS");
    desk.act(
        &number,
        "ship",
        json!({"lines": [{"line": sub, "quantity": 1}], "company": "SF", "tracking": "SF1"}),
    )
    .await;
    let part = desk.purchase(&number).await;
    assert_eq!(part["status"], "WAIT_SELLER_SEND_GOODS");
    assert_eq!(
        list(&part["sub_purchase_orders"][0]["logistic_orders"]).len(),
        1
    );
    desk.act(&number, "ship", json!({"company": "ZTO", "tracking": "Z2"}))
        .await;
    let sent = desk.purchase(&number).await;
    assert_eq!(sent["status"], "WAIT_BUYER_CONFIRM_GOODS");
    let parcels: Vec<&str> = list(&sent["sub_purchase_orders"][0]["logistic_orders"])
        .iter()
        .map(|parcel| parcel["logistic_number"].as_str().unwrap())
        .collect();
    assert_eq!(parcels, ["SF1", "Z2"]);
    for id in [&sub, &outer] {
        let details = desk
            .api("/logistics/detail/get", &[("purchase_order_line_id", id)])
            .await;
        let rows = list(&details["result"]["data"]["pnm_logistics_details"]);
        assert_eq!(rows.len(), 2, "{details}");
        assert_eq!(rows[0]["mail_no"], "SF1");
        assert_eq!(rows[0]["logistics_status"], "DELIVERING");
        assert!(rows[0]["logistics_traces"][0]["standerd_desc"].is_string());
    }
    desk.act(&number, "sign", json!({})).await;
    let details = desk
        .api("/logistics/detail/get", &[("purchase_order_line_id", &sub)])
        .await;
    assert_eq!(
        details["result"]["data"]["pnm_logistics_details"][1]["logistics_status"],
        "SIGNED"
    );
    desk.act(&number, "complete", json!({})).await;
    assert_eq!(desk.purchase(&number).await["status"], "TRADE_FINISHED");
    desk.knobs(json!({"finished_word": "TRADE_SUCCESS"})).await;
    assert_eq!(desk.purchase(&number).await["status"], "TRADE_SUCCESS");
    assert_eq!(desk.see(&number).await["status"], "TRADE_SUCCESS");
}

#[tokio::test]
async fn a_line_fails_while_the_others_live_or_the_whole_falls() {
    let desk = Desk::new().await;
    let shirt = desk.rows(SHIRT).await;
    let lines = || json!([line(&shirt[0], 1, "1"), line(&shirt[1], 1, "2")]);
    desk.knobs(json!({"faults": [{"fault": "line_fails", "code": "SBX_GONE", "message": "没了"}]}))
        .await;
    let number = desk.order("AP1", lines()).await.remove(0);
    let order = desk.purchase(&number).await;
    assert_eq!(order["status"], "WAIT_BUYER_P");
    let subs = list(&order["sub_purchase_orders"]);
    assert_eq!(subs[0]["status"], "TRADE_CLOSED");
    assert_eq!(subs[0]["error_code"], "SBX_GONE");
    assert_eq!(subs[0]["error_message"], "没了");
    assert_eq!(subs[1]["status"], "WAIT_BUYER_P");
    assert_eq!(text(&order["purchase_amount"]), "5990");

    desk.knobs(json!({"building_failure": "order", "faults": [{"fault": "line_fails"}]}))
        .await;
    let number = desk.order("AP2", lines()).await.remove(0);
    let order = desk.purchase(&number).await;
    assert_eq!(order["status"], "TRADE_CLOSED");
    assert_eq!(
        order["sub_purchase_orders"][0]["error_code"],
        "SBX_OUT_OF_STOCK"
    );
    let stocks: Vec<i64> = desk
        .sandbox
        .offers("taobao")
        .await
        .iter()
        .find(|offer| offer.item_id == SHIRT)
        .unwrap()
        .specifications
        .iter()
        .map(|row| row.stock)
        .collect();
    assert_eq!(
        stocks,
        [500, 499, 500, 500, 500, 500],
        "only what is ordered was taken"
    );
}

#[tokio::test]
async fn short_stock_fails_the_whole_a_part_or_comes_alive_later() {
    let desk = Desk::new().await;
    let shirt = desk.rows(SHIRT).await;
    let spec = desk
        .control("GET", &format!("offers/{SHIRT}"), Value::Null)
        .await["specifications"][0]["spec_id"]
        .clone();
    desk.control(
        "POST",
        &format!("offers/{SHIRT}"),
        json!({"spec_id": spec, "stock": 0}),
    )
    .await;
    let lines = || json!([line(&shirt[0], 1, "1"), line(&shirt[1], 1, "2")]);
    let whole = desk.create("AP1", lines()).await;
    assert!(!yes(&whole["success"]) && !yes(&whole["data"]["success"]));
    assert_eq!(whole["error_code"], "SBX_OUT_OF_STOCK");
    desk.knobs(json!({"create_refused_flag": "inner"})).await;
    let inner = desk.create("AP1", lines()).await;
    assert!(yes(&inner["success"]) && !yes(&inner["data"]["success"]));
    assert_eq!(inner["data"]["error_code"], "SBX_OUT_OF_STOCK");

    let part = desk
        .try_create("AP2", lines(), &[("support_partial_success", "true")])
        .await
        .unwrap();
    let part = numbers(&part).remove(0);
    let retried = desk
        .try_create(
            "AP3",
            json!([line(&shirt[0], 2, "1")]),
            &[("need_sys_retry", "true")],
        )
        .await
        .unwrap();
    let retried = numbers(&retried).remove(0);
    desk.wait(5).await;
    let order = desk.purchase(&part).await;
    assert_eq!(order["status"], "WAIT_BUYER_P");
    assert_eq!(
        order["sub_purchase_orders"][0]["error_code"],
        "SBX_OUT_OF_STOCK"
    );
    assert_eq!(desk.purchase(&retried).await["status"], "TRADE_CLOSED");
    desk.wait(60).await;
    assert_eq!(
        desk.purchase(&retried).await["status"],
        "TRADE_CLOSED",
        "still nothing there"
    );
    desk.control(
        "POST",
        &format!("offers/{SHIRT}"),
        json!({"spec_id": spec, "stock": 9}),
    )
    .await;
    desk.wait(60).await;
    assert_eq!(
        desk.purchase(&retried).await["status"],
        "WAIT_BUYER_P",
        "alive again"
    );
    assert_eq!(
        desk.purchase(&part).await["sub_purchase_orders"][0]["status"],
        "TRADE_CLOSED"
    );
}

#[tokio::test]
async fn a_dearer_total_than_planned_is_refused_or_accepted() {
    let desk = Desk::new().await;
    let planned = [("purchase_amount", "1000")];
    let lines = || json!([line(&mug(), 1, "1")]);
    numbers(&desk.try_create("AP1", lines(), &planned).await.unwrap());
    desk.knobs(json!({"faults": [{"fault": "price_change", "percent": 10, "offer": MUG.0}]}))
        .await;
    let refused = desk.try_create("AP2", lines(), &planned).await.unwrap();
    assert_eq!(refused["error_code"], "SBX_AMOUNT_EXCEEDED");
    assert_eq!(
        desk.query(&[("outer_purchase_id", "AP2")]).await["purchase_orders"],
        json!([])
    );
    desk.knobs(json!({"amount_exceeded": "accept", "payment_url": true}))
        .await;
    let body = desk.try_create("AP2", lines(), &planned).await.unwrap();
    let number = numbers(&body).remove(0);
    assert_eq!(
        text(&desk.purchase(&number).await["purchase_amount"]),
        "1100"
    );
    assert!(
        body["data"]["payment_url"]
            .as_str()
            .unwrap()
            .ends_with(&format!("/purchase/pay?ids={number}"))
    );
}

#[tokio::test]
async fn the_behaviours_of_a_repeated_reference_and_of_lost_answers() {
    let desk = Desk::new().await;
    let lines = || json!([line(&mug(), 1, "1")]);
    let found = |reference: &'static str| {
        let desk = &desk;
        async move {
            list(&desk.query(&[("outer_purchase_id", reference)]).await["purchase_orders"]).len()
        }
    };
    let first = numbers(&desk.create("AP1", lines()).await);
    assert_eq!(numbers(&desk.create("AP1", lines()).await), first);
    desk.knobs(json!({"repeat_reference": "error"})).await;
    assert_eq!(
        desk.create("AP1", lines()).await["error_code"],
        "SBX_OUTER_PURCHASE_ID_REPEATED"
    );
    desk.knobs(json!({"repeat_reference": "second"})).await;
    assert_ne!(numbers(&desk.create("AP1", lines()).await), first);
    assert_eq!(found("AP1").await, 2);

    desk.knobs(json!({"faults": [{"fault": "create_forgotten"}]}))
        .await;
    assert_eq!(numbers(&desk.create("AP2", lines()).await).len(), 1);
    assert_eq!(found("AP2").await, 0, "answered, then nothing stored");
    desk.knobs(json!({"faults": [{"fault": "answer_lost", "api": "/purchase/order/create"}]}))
        .await;
    assert!(desk.try_create("AP3", lines(), &[]).await.is_err());
    assert_eq!(found("AP3").await, 1, "stored, then the line was cut");
    let stock = desk
        .sandbox
        .offers("taobao")
        .await
        .iter()
        .find(|offer| offer.item_id == MUG.0)
        .unwrap()
        .stock_total();
    assert_eq!(stock, 640 - 3);
    let counters = desk.control("GET", "counters", Value::Null).await;
    assert_eq!(counters["references"][0]["creates_received"], 4);
}

#[tokio::test]
async fn a_cancelling_takes_a_while_and_comes_in_time_or_too_late() {
    let desk = Desk::new().await;
    let shirt = desk.rows(SHIRT).await;
    let cancel = |number: String, lines: &'static str| {
        let desk = &desk;
        async move {
            let mut params = vec![("purchase_id", number.as_str()), ("cancel_reason", "other")];
            if !lines.is_empty() {
                params.push(("sub_purchase_orderId_list", lines));
            }
            desk.api("/purchase/order/asyn/cancel", &params).await
        }
    };
    let number = desk
        .order("AP1", json!([line(&mug(), 1, "1")]))
        .await
        .remove(0);
    let started = cancel(number.clone(), "").await;
    assert!(yes(&started["success"]) && started.get("data").is_none());
    assert_eq!(desk.purchase(&number).await["status"], "WAIT_BUYER_P");
    desk.wait(5).await;
    let closed = desk.purchase(&number).await;
    assert_eq!(closed["status"], "TRADE_CLOSED");
    assert_eq!(closed["sub_purchase_orders"][0]["close_reason"], "other");
    assert_eq!(
        cancel(number, "").await["error_code"],
        "SBX_NOT_CANCELLABLE"
    );

    // Asked for while it is being made: carried out when it is made.
    let body = desk.create("AP2", json!([line(&mug(), 1, "1")])).await;
    let number = numbers(&body).remove(0);
    desk.knobs(json!({"cancel_takes_s": 1})).await;
    cancel(number.clone(), "").await;
    desk.wait(2).await;
    assert_eq!(desk.purchase(&number).await["status"], "BULIDING");
    desk.wait(5).await;
    desk.wait(2).await;
    assert_eq!(desk.purchase(&number).await["status"], "TRADE_CLOSED");

    // Paid before the cancelling was carried out: it stays.
    let number = desk
        .order("AP3", json!([line(&mug(), 1, "1")]))
        .await
        .remove(0);
    assert!(yes(&cancel(number.clone(), "").await["success"]));
    desk.act(&number, "pay", json!({})).await;
    desk.wait(5).await;
    assert_eq!(
        desk.purchase(&number).await["status"],
        "WAIT_SELLER_SEND_GOODS"
    );
    assert_eq!(
        cancel(number, "").await["error_code"],
        "SBX_CANCEL_AFTER_PAYMENT"
    );

    // One line of two.
    let number = desk
        .order(
            "AP4",
            json!([line(&shirt[0], 1, "1"), line(&shirt[1], 1, "2")]),
        )
        .await
        .remove(0);
    let sub =
        text(&desk.purchase(&number).await["sub_purchase_orders"][1]["sub_purchase_order_id"]);
    let only: &'static str = Box::leak(format!("[\"{sub}\"]").into_boxed_str());
    assert!(yes(&cancel(number.clone(), only).await["success"]));
    desk.wait(5).await;
    let order = desk.purchase(&number).await;
    assert_eq!(order["status"], "WAIT_BUYER_P");
    assert_eq!(order["sub_purchase_orders"][1]["status"], "TRADE_CLOSED");
    assert_eq!(
        cancel("1".into(), "").await["error_code"],
        "SBX_ORDER_NOT_FOUND"
    );
    desk.knobs(json!({"cancel_wait_s": 100})).await;
    let number = desk
        .order("AP5", json!([line(&mug(), 1, "1")]))
        .await
        .remove(0);
    assert_eq!(
        cancel(number, "").await["error_code"],
        "SBX_CANCEL_TOO_EARLY"
    );
}

#[tokio::test]
async fn at_most_ten_are_paid_at_once_and_each_may_fail_for_itself() {
    let desk = Desk::new().await;
    let one = desk
        .order("AP1", json!([line(&mug(), 1, "1")]))
        .await
        .remove(0);
    let two = desk
        .order("AP2", json!([line(&mug(), 9, "1")]))
        .await
        .remove(0);
    desk.knobs(json!({"alipay_balance_fen": 5_000})).await;
    let ids = format!("[\"{one}\",{two},7]");
    let body = desk
        .api(
            "/purchase/order/batch/pay",
            &[("purchaseOrderIdList", &ids)],
        )
        .await;
    assert!(yes(&body["success"]));
    assert_eq!(list(&body["data"]["will_pay_purchase_order_ids"]).len(), 1);
    let codes: Vec<&Value> = list(&body["data"]["pay_failed_results"])
        .iter()
        .map(|row| &row["errorCode"])
        .collect();
    assert_eq!(codes, ["SBX_BALANCE_NOT_ENOUGH", "SBX_ORDER_NOT_FOUND"]);
    let many = json!((1..=11).collect::<Vec<_>>()).to_string();
    let body = desk
        .api(
            "/purchase/order/batch/pay",
            &[("purchaseOrderIdList", &many)],
        )
        .await;
    assert_eq!(body["error_code"], "SBX_PAY_COUNT");
    // An account without Alipay.
    let token = desk.authorize("tb_dist_06").await;
    let poor = Desk { token, ..desk };
    let three = poor
        .order("AP3", json!([line(&mug(), 1, "1")]))
        .await
        .remove(0);
    let body = poor
        .api(
            "/purchase/order/batch/pay",
            &[("purchaseOrderIdList", &format!("[{three}]"))],
        )
        .await;
    assert_eq!(
        body["data"]["pay_failed_results"][0]["errorCode"],
        "SBX_NO_ALIPAY"
    );
    assert_eq!(
        list(&poor.query(&[]).await["purchase_orders"]).len(),
        1,
        "only its own"
    );
}

#[tokio::test]
async fn refunds_are_read() {
    let desk = Desk::new().await;
    let number = desk
        .order("AP1", json!([line(&mug(), 2, "1")]))
        .await
        .remove(0);
    desk.act(&number, "pay", json!({})).await;
    let order = desk
        .act(
            &number,
            "refund",
            json!({"step": "open", "amount_fen": 500}),
        )
        .await;
    let refund = order["refunds"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(refund.len(), 12);
    let params = [("refundId", refund.as_str())];
    let read = || desk.api("/order/refund/query", &params);
    let head =
        |body: &Value| body["result"]["data"]["refund_order_aggregate"]["refund_order"].clone();
    let open = head(&read().await);
    assert_eq!(
        (text(&open["refund_status"]), text(&open["refund_fee"])),
        ("10".into(), "500".into())
    );
    let sub = desk.purchase(&number).await["sub_purchase_orders"][0].clone();
    assert_eq!(text(&sub["refund_id"]), refund);
    assert_eq!(text(&sub["refund_status"]), "10");
    desk.act(
        &number,
        "refund",
        json!({"refund": refund, "step": "refuse"}),
    )
    .await;
    assert_eq!(text(&head(&read().await)["refund_status"]), "-10");
    desk.act(
        &number,
        "refund",
        json!({"refund": refund, "step": "agree"}),
    )
    .await;
    assert_eq!(text(&head(&read().await)["refund_status"]), "100");
    desk.act(&number, "refund", json!({"amount_fen": 1_500}))
        .await;
    assert_eq!(desk.purchase(&number).await["status"], "TRADE_CLOSED");
    let missing = desk.api("/order/refund/query", &[("refundId", "1")]).await;
    assert_eq!(missing["result"]["error_code"], "SBX_REFUND_NOT_FOUND");
}

#[tokio::test]
async fn queries_filter_by_time_status_and_page_and_the_unpaid_are_closed() {
    let desk = Desk::new().await;
    for at in 0..5 {
        desk.order(&format!("AP{at}"), json!([line(&mug(), 1, "1")]))
            .await;
    }
    let all = desk
        .query(&[
            ("page_size", "2"),
            ("page_no", "3"),
            ("sort_type", "ASC"),
            ("sort_field", "modify_time"),
        ])
        .await;
    assert_eq!(text(&all["results_total"]), "5");
    let last = list(&all["purchase_orders"]);
    assert_eq!(last.len(), 1);
    assert_eq!(text(&last[0]["outer_purchase_id"]), "AP4");
    let from = text(&last[0]["modify_time"]);
    let since = desk.query(&[("modify_time_start", &from)]).await;
    assert_eq!(text(&since["results_total"]), "1");
    let before = desk
        .query(&[(
            "modify_time_end",
            &(from.parse::<i64>().unwrap() - 1).to_string(),
        )])
        .await;
    assert_eq!(text(&before["results_total"]), "4");
    desk.knobs(json!({"page_shift": 1})).await;
    let shifted = desk
        .query(&[
            ("modify_time_start", "0"),
            ("page_size", "2"),
            ("page_no", "2"),
        ])
        .await;
    assert_eq!(
        text(&list(&shifted["purchase_orders"])[0]["outer_purchase_id"]),
        "AP1"
    );
    assert_eq!(
        text(&desk.query(&[("status", "WAIT_BUYER_P")]).await["results_total"]),
        "5"
    );
    desk.knobs(json!({"search_delay_s": 100})).await;
    let hidden = desk
        .order("AP9", json!([line(&mug(), 1, "1")]))
        .await
        .remove(0);
    assert_eq!(
        text(&desk.query(&[("outer_purchase_id", "AP9")]).await["results_total"]),
        "0"
    );
    assert_eq!(
        desk.purchase(&hidden).await["status"],
        "WAIT_BUYER_P",
        "by its number it is there"
    );
    desk.wait(86_400).await;
    assert_eq!(
        text(&desk.query(&[("status", "TRADE_CLOSED")]).await["results_total"]),
        "6"
    );
    assert_eq!(desk.see(&hidden).await["close_reason"], "PAY_TIMEOUT");
}
