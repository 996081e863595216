//! The gateway sends one fact now as a number and now as text: no reader may tell the difference.

use super::{CLOTH, NUMBER, UMBRELLA, basket, create, sample, saying};
use marketplaces::{Listing, Marketplace, Taobao};
use proptest::prelude::*;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Number, Value};
use std::fmt::Write as _;

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(future)
}

/// A run of dice: as many as anyone asks for, the same ones each time.
struct Dice<'a>(std::iter::Cycle<std::slice::Iter<'a, bool>>);

impl Dice<'_> {
    fn throw(&mut self) -> bool {
        *self.0.next().unwrap()
    }
}

/// Writes numbers as text and text of digits as numbers, flags as text, and leaves fields out that
/// hold nothing, as the dice fall.
fn varied(value: &Value, dice: &mut Dice<'_>) -> Value {
    match value {
        Value::Number(number) if dice.throw() => Value::from(number.to_string()),
        Value::Bool(flag) if dice.throw() => Value::from(flag.to_string()),
        Value::String(text) if is_number(text) && dice.throw() => {
            Value::Number(text.parse::<Number>().unwrap())
        }
        Value::Array(list) => list.iter().map(|v| varied(v, dice)).collect(),
        Value::Object(fields) => Value::Object(
            fields
                .iter()
                .filter_map(|(name, v)| {
                    let stays = !v.is_null() || dice.throw();
                    stays.then(|| (name.clone(), varied(v, dice)))
                })
                .collect(),
        ),
        other => other.clone(),
    }
}

fn is_number(text: &str) -> bool {
    (1..=19).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_digit())
        && (text == "0" || !text.starts_with('0'))
}

/// What every reader makes of its sample, written out.
fn told(shape: &mut dyn FnMut(&str) -> String) -> String {
    let mut out = String::new();
    let mut put = |what: &dyn std::fmt::Debug| writeln!(out, "{what:?}").unwrap();
    run(async {
        let c = saying(shape(sample!("product")));
        put(&Taobao.offer_read(&c.caller(), UMBRELLA).await);
        let c = saying(shape(sample!("product_single")));
        put(&Taobao.offer_read(&c.caller(), CLOTH).await);
        for body in [sample!("render_ok"), sample!("render_unavailable")] {
            let c = saying(shape(body));
            put(&Taobao.order_preview(&c.caller(), &basket()).await);
        }
        for body in [sample!("create_one"), sample!("create_split")] {
            let c = saying(shape(body));
            put(&create(&c, &basket()).await);
        }
        for number in [NUMBER, "200002638099"] {
            let c = saying(shape(sample!("orders")));
            put(&Taobao.order_read(&c.caller(), number).await);
        }
        let c = saying(shape(sample!("orders")));
        let listing = Listing::Reference("x".to_owned());
        put(&Taobao.order_list(&c.caller(), &listing, 1).await);
        let c = saying(shape(sample!("orders"))).then(200, shape(sample!("logistics")));
        put(&Taobao.deliveries_read(&c.caller(), NUMBER).await);
        let c = saying(shape(sample!("pay_partly")));
        let asked: Vec<String> = ["200078851363", "200078851364", "200078851365"]
            .map(str::to_owned)
            .to_vec();
        put(&Taobao.order_pay(&c.caller(), &asked, c.permit()).await);
        let c = saying(shape(sample!("token")));
        let refresh = SecretString::from("r");
        let tokens = Taobao.token_refresh(&c.caller(), &refresh).await.unwrap();
        put(&(
            tokens.access.expose_secret(),
            tokens.access_ends,
            tokens.refresh_ends,
            tokens.account,
            tokens.login,
        ));
        for body in [sample!("push_status"), sample!("push_price")] {
            let body = shape(body);
            let signature = super::push::sign(body.as_bytes());
            let (_, hints) = super::push::read(body.as_bytes(), &[&signature]).unwrap();
            put(&(
                &hints[0].topic,
                &hints[0].account,
                &hints[0].orders,
                hints[0].born,
            ));
        }
    });
    out
}

#[test]
fn every_sample_is_read() {
    let plain = told(&mut |body| body.to_owned());
    assert!(!plain.contains("Err("), "{plain}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn numbers_and_texts_read_alike(dice in prop::collection::vec(any::<bool>(), 64..512)) {
        let plain = told(&mut |body| body.to_owned());
        let mut dice = Dice(dice.iter().cycle());
        let varied = told(&mut |body| {
            let value: Value = serde_json::from_str(body).unwrap();
            varied(&value, &mut dice).to_string()
        });
        prop_assert_eq!(plain, varied);
    }
}
