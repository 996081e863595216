//! Lasting knobs.

use crate::desk::{CUP, Desk, VASE};
use serde_json::{Value, json};

fn vase() -> Value {
    json!([{"offerId": VASE, "quantity": 1}])
}

#[tokio::test]
async fn a_repeated_reference_gives_the_first_order_an_error_or_a_second_order() {
    let desk = Desk::new().await;
    let first = desk.vase("AP1").await;
    assert_eq!(desk.vase("AP1").await, first);
    desk.knobs(json!({"repeat_reference": "error"})).await;
    assert_eq!(
        desk.create("AP1", vase()).await["code"],
        "SBX_OUT_ORDER_ID_REPEATED"
    );
    desk.knobs(json!({"repeat_reference": "second"})).await;
    assert_ne!(desk.vase("AP1").await, first);
    assert_eq!(desk.orders().await.len(), 2);
}

#[tokio::test]
async fn a_create_may_be_answered_and_forgotten() {
    let desk = Desk::new().await;
    desk.knobs(json!({"faults": [{"fault": "create_forgotten"}]}))
        .await;
    let before = desk.sandbox.offers("1688").await;
    let number = desk.vase("AP1").await;
    assert_eq!(desk.view(&number).await["errorCode"], "ORDER_NOT_EXIST");
    assert_eq!(desk.sandbox.offers("1688").await, before);
    assert_ne!(desk.vase("AP1").await, number, "nothing stands in its way");
}

#[tokio::test]
async fn limits_of_an_account_go_by_beijing_days_and_unpaid_orders() {
    let desk = Desk::new().await;
    desk.knobs(json!({"daily_order_limits": {"cn_buyer_01": 2}, "daily_order_limit": 100}))
        .await;
    desk.vase("AP1").await;
    desk.vase("AP2").await;
    assert_eq!(
        desk.create("AP3", vase()).await["code"],
        "SBX_DAILY_ORDER_LIMIT"
    );
    // Ten in the morning: fourteen hours to midnight in Beijing.
    desk.knobs(json!({"access_token_s": 172_800})).await;
    desk.clock.advance_seconds(14 * 3_600);
    let token = desk.authorize("cn_buyer_01").await["access_token"]
        .as_str()
        .unwrap()
        .to_owned();
    let desk = Desk { token, ..desk };
    desk.vase("AP4").await;
    desk.knobs(json!({"daily_order_limits": {}, "unpaid_order_limit": 3}))
        .await;
    assert_eq!(
        desk.create("AP5", vase()).await["code"],
        "SBX_UNPAID_ORDER_LIMIT"
    );
    let number = desk.orders().await[0]["number"]
        .as_str()
        .unwrap()
        .to_owned();
    desk.act(&number, "pay", json!({})).await;
    desk.vase("AP6").await;
}

#[tokio::test]
async fn throttling_is_a_bucket_on_the_clock() {
    let desk = Desk::new().await;
    desk.knobs(json!({"per_second_session": 3})).await;
    let mut refused = 0;
    for _ in 0..5 {
        refused += i32::from(desk.list(&[]).await["error_code"] == "gw.QosAppFrequencyLimit");
    }
    assert_eq!(refused, 2);
    desk.clock.advance_micros(400_000);
    assert!(desk.list(&[]).await.get("error_code").is_none());
    assert_eq!(
        desk.list(&[]).await["error_code"],
        "gw.QosAppFrequencyLimit"
    );
}

#[tokio::test]
async fn an_app_s_calls_of_a_day_are_counted_until_midnight_in_beijing() {
    let desk = Desk::new().await;
    desk.knobs(json!({"per_day_app": 2})).await;
    let mut codes = Vec::new();
    for _ in 0..3 {
        codes.push(desk.list(&[]).await["error_code"].clone());
    }
    assert_eq!(
        codes,
        [json!(null), json!(null), json!("SBX_AppDailyLimit")]
    );
    desk.clock.advance_seconds(86_400);
    desk.knobs(json!({"access_token_s": 36_000})).await;
    assert_ne!(desk.list(&[]).await["error_code"], "SBX_AppDailyLimit");
}

#[tokio::test]
async fn forms_of_answers_change() {
    let desk = Desk::new().await;
    let number = desk.vase("AP1").await;
    desk.knobs(json!({"null_fields": true, "success_as": "bool", "round_ids": true}))
        .await;
    let view = desk.view(&number).await;
    assert_eq!(view["success"], true);
    assert!(view["result"]["baseInfo"].as_object().unwrap()["payTime"].is_null());
    assert_ne!(view["result"]["baseInfo"]["id"].to_string(), number);
    assert_eq!(view["result"]["baseInfo"]["idOfStr"], number.as_str());
    desk.knobs(json!({"reset": true, "success_as": "string", "unwrapped_create": true, "unknown_status": "odd"})).await;
    let body = desk.create("AP2", vase()).await;
    assert!(body["orderId"].is_string(), "{body}");
    assert_eq!(body["success"], "true");
    assert_eq!(
        desk.view(&number).await["result"]["baseInfo"]["status"],
        "odd"
    );
}

#[tokio::test]
async fn lists_filter_page_and_shift() {
    let desk = Desk::new().await;
    let mut numbers = Vec::new();
    for n in 0..7 {
        numbers.push(desk.vase(&format!("AP{n}")).await);
        desk.clock.advance_seconds(60);
    }
    let ids = |body: &Value| -> Vec<String> {
        body["result"]
            .as_array()
            .unwrap()
            .iter()
            .map(|o| o["baseInfo"]["idOfStr"].as_str().unwrap().to_owned())
            .collect()
    };
    let page = desk.list(&[("pageSize", "3")]).await;
    assert_eq!(page["totalRecord"], 7);
    assert!(page.get("success").is_none());
    assert_eq!(
        ids(&page),
        vec![numbers[6].clone(), numbers[5].clone(), numbers[4].clone()]
    );
    assert!(
        page["result"][0]["baseInfo"].get("receiverInfo").is_none(),
        "only when asked for"
    );
    assert_eq!(
        ids(&desk.list(&[("pageSize", "3"), ("page", "3")]).await),
        vec![numbers[0].clone()]
    );
    // 10:00:00, 10:01:00, …; both ends belong to the window.
    let window = desk
        .list(&[
            ("createStartTime", "20260302100100000+0800"),
            ("createEndTime", "20260302100300000+0800"),
        ])
        .await;
    assert_eq!(window["totalRecord"], 3);
    desk.act(&numbers[0], "pay", json!({})).await;
    let modified = desk
        .list(&[("modifyStartTime", "20260302100700000+0800")])
        .await;
    assert_eq!(ids(&modified), vec![numbers[0].clone()]);
    assert_eq!(
        desk.list(&[("orderStatus", "waitsellersend")]).await["totalRecord"],
        1
    );
    assert_eq!(
        desk.list(&[("orderIds", &format!("[{},{}]", numbers[1], numbers[2]))])
            .await["totalRecord"],
        2
    );
    assert_eq!(desk.list(&[("isHis", "true")]).await["totalRecord"], 0);
    assert_eq!(
        desk.list(&[("createStartTime", "yesterday")]).await["error_code"],
        "SBX_ParamInvalid"
    );
    assert_eq!(desk.list(&[("page", "0")]).await["errorCode"], "400_1");

    desk.knobs(json!({"page_shift": 1, "list_sort": "modify_asc", "max_page_size": 3, "max_window_days": 1})).await;
    let by_modify = [
        ("modifyStartTime", "20260302100000000+0800"),
        ("pageSize", "50"),
    ];
    let first = ids(&desk.list(&by_modify).await);
    let second = ids(&desk
        .list(&[by_modify[0], by_modify[1], ("page", "2")])
        .await);
    assert_eq!(
        first,
        vec![numbers[1].clone(), numbers[2].clone(), numbers[3].clone()]
    );
    assert_eq!(
        second,
        vec![numbers[5].clone(), numbers[6].clone(), numbers[0].clone()],
        "one slipped away between the pages"
    );
    let wide = desk
        .list(&[
            ("createStartTime", "20260301000000000+0800"),
            ("createEndTime", "20260309000000000+0800"),
        ])
        .await;
    assert_eq!(wide["errorCode"], "SBX_WINDOW_TOO_WIDE");
}

#[tokio::test]
async fn sellers_act_by_themselves_and_deadlines_pass() {
    let desk = Desk::new().await;
    desk.knobs(json!({"auto_sellers": true, "auto_ship_s": 10, "auto_sign_s": 20, "auto_complete_s": 30, "pay_timeout_s": 100})).await;
    let paid = desk.vase("AP1").await;
    let unpaid = desk.vase("AP2").await;
    desk.act(&paid, "pay", json!({})).await;
    let status = |body: &Value| {
        body["result"]["baseInfo"]["status"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    for (seconds, word) in [
        (9, "waitsellersend"),
        (1, "waitbuyerreceive"),
        (20, "signinsuccess"),
        (30, "success"),
    ] {
        desk.clock.advance_seconds(seconds);
        desk.tick().await;
        assert_eq!(status(&desk.view(&paid).await), word);
    }
    assert_eq!(status(&desk.view(&unpaid).await), "waitbuyerpay");
    desk.clock.advance_seconds(40);
    desk.tick().await;
    let view = desk.view(&unpaid).await;
    assert_eq!(status(&view), "cancel");
    assert_eq!(view["result"]["baseInfo"]["closeReason"], "BUYER_NO_PAY");
    assert_eq!(
        view["result"]["baseInfo"]["closeOperateType"],
        "CLOSE_TRADE_BY_SYSTEM"
    );
    assert_eq!(
        view["result"]["baseInfo"]["totalAmount"].to_string(),
        "208.4",
        "a closed order keeps its sum"
    );
}

#[tokio::test]
async fn previews_split_like_creates() {
    let desk = Desk::new().await;
    let specs = desk.specs(CUP).await;
    let two = json!([{"offerId": CUP, "specId": specs[0], "quantity": 1}, {"offerId": CUP, "specId": specs[1], "quantity": 1}]);
    desk.knobs(json!({"split_orders": 2})).await;
    assert_eq!(
        desk.preview(two.clone()).await["orderPreviewResuslt"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    let body = desk.create("AP1", two).await;
    assert_eq!(body["result"]["orderList"].as_array().unwrap().len(), 2);
}
