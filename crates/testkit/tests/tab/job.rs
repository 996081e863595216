//! The job of an operator from beginning to end.

use crate::story;
use serde_json::json;

const TRACKING: &str = "75930000000001";

/// The order that every description of the trade begins with.
fn vase() -> serde_json::Value {
    json!({
        "number": crate::office::NUMBER, "created_at": "2015-12-02T10:48:15Z", "currency": "USD", "paid": "36",
        "customer": {"code": "C7", "name": "Иван Петров"},
        "delivery": {"service": "Международная служба доставки China Post", "cost": "2"},
        "items": [{
            "marketplace": "1688", "item": "42602653803", "quantity": 1, "price": "33.974774905192626351667",
            "expected_price_fen": 20_840, "weight_g": 1_000, "unit": "个",
            "seller": {"id": "b2b-1676547900b7bb3", "name": "齐家居家日用百货旗舰店"},
        }],
    })
}

story!(
    an_order_is_taken_in_booked_paid_shipped_and_seen,
    |office, me| {
        office.take_in(&vase()).await;
        let tab = me.tab().await;
        for text in [
            "Ready for purchase",
            "Book 1 item",
            "the freight is asked for when you book",
            "valid, 180 days left",
        ] {
            tab.must_show(text);
        }
        // A double click is one run.
        let run = me.book_on(&tab).await;
        assert_eq!(me.book_on(&tab).await, run);
        me.run(run).await.must_show("Stop at the next safe point");
        // A reload while it runs shows its window again.
        me.tab().await.must_show("You can close this window");
        office.run_for(5).await;
        let page = me.run(run).await;
        assert_eq!(page.state, "Done");
        page.must_show("Read back: same goods");
        let number = office.only_order().await;
        let tab = me.tab().await;
        for text in [
            &*number,
            "Awaiting payment",
            "pay within",
            "Pay on 1688",
            "Nothing to buy",
        ] {
            tab.must_show(text);
        }
        assert!(
            !tab.page.body.contains("progress-title"),
            "what is over opens no window"
        );

        office.act(&number, "pay", json!({})).await;
        let waybill = json!({ "company": "ZTO", "tracking": TRACKING });
        office.act(&number, "ship", waybill).await;
        office.run_for(20).await;
        let tab = me.tab().await;
        for text in [TRACKING, "Shipped by seller", "paid "] {
            tab.must_show(text);
        }
        me.get("/purchases?view=on_way").await.must_show(TRACKING);
    }
);
