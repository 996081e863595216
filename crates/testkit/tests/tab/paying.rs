//! Pay: the link, whose account, and what was left out.

use crate::office::Office;
use crate::operator::Operator;
use crate::page::between;
use crate::story;
use serde_json::json;

/// Two purchases of two sellers, the first of them dearer than was accepted.
async fn two_bought(office: &mut Office, me: &mut Operator) -> [String; 2] {
    let [first, other] = office.of_two_sellers();
    office.order(&[first.clone(), other]).await;
    me.book().await;
    office.run_for(10).await;
    let orders = office.orders().await;
    [0, 1].map(|n| crate::office::number_of(&orders[n]))
}

/// What the boxes of the list of purchases send, by the marketplace's number.
async fn box_of(me: &mut Operator, number: &str) -> String {
    let list = me.get("/purchases").await;
    let row = list
        .body
        .split("<tr data-row>")
        .find(|row| row.contains(number));
    between(row.unwrap(), "name=\"purchase\" value=\"", "\"").to_owned()
}

story!(
    one_link_pays_what_can_be_paid_and_names_what_was_left_out,
    |office, me| {
        let [dear, good] = two_bought(&mut office, &mut me).await;
        let ids = [box_of(&mut me, &dear).await, box_of(&mut me, &good).await];
        office
            .act(&dear, "price", json!({ "freight_fen": 9_900 }))
            .await;
        office.run_for(20).await;
        let none = me.pay("/purchases/pay", &[]).await;
        assert_eq!(none.status, 409);
        none.must_show("Choose at least one purchase");
        let page = me.pay("/purchases/pay", &[&ids[0], &ids[1]]).await;
        assert_eq!(page.status, 200, "{}", page.body);
        for text in [
            "Log in there as",
            "cn_buyer_01",
            "1 purchase ·",
            &good,
            &format!("Pay is withheld for {dear}"),
        ] {
            page.must_show(text);
        }
        let link = page
            .body
            .split("href=\"")
            .find(|part| part.contains("/order/cashier.htm"));
        let link = between(link.unwrap(), "", "\"");
        assert!(link.contains(&good) && !link.contains(&dear), "{link}");
        let runs = me.get("/activities").await;
        runs.must_show("Payment page of 1688 for 1 purchase");
        runs.must_show("Partly done");

        // Paid meanwhile: it is said instead of paid twice.
        office.act(&good, "pay", json!({})).await;
        office.run_for(20).await;
        let late = me.pay("/purchases/pay", &[&ids[1]]).await;
        assert_eq!(late.status, 409);
        late.must_show("is not to be paid");
        me.get("/purchases?view=to_send").await.must_show(&good);
        me.get("/purchases?view=trouble").await.must_show(&dear);
        me.get("/purchases?view=nonsense&session=x&older=y").await;
    }
);

story!(
    a_dearer_freight_stands_in_red_until_it_is_accepted,
    |office, me| {
        office.order(&[office.one()]).await;
        me.book().await;
        office.run_for(10).await;
        let number = office.only_order().await;
        office
            .act(&number, "price", json!({ "freight_fen": 9_900 }))
            .await;
        office.run_for(20).await;
        let tab = me.tab().await;
        for text in [
            "It costs more than was accepted",
            "Pay is withheld",
            "The freight changed after the booking",
        ] {
            tab.must_show(text);
        }
        let list = me.get("/orders").await;
        assert!(list.body.contains("text-danger") || list.body.contains("bg-red"));
        let accept = crate::prices::accept_url(&tab.purchase().html);
        me.send(&accept, &[]).await;
        let tab = me.tab().await;
        assert!(tab.purchase().text.contains("Pay on 1688"));
        let pay = tab.purchase().address("/purchases/", "/pay");
        let page = me.pay(&pay, &[]).await;
        let refresh = page.headers["refresh"].to_str().unwrap();
        assert!(
            refresh.contains("/order/cashier.htm") && refresh.contains(&number),
            "{refresh}"
        );
    }
);
