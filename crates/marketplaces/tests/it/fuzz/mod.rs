//! Answers that are almost right: every reader is shown changed samples for a while.
//!
//! `AUTOPURCHASE_FUZZ_SECONDS` says for how long each reader; `AUTOPURCHASE_FUZZ_SEED` shows the one
//! input again whose seed a failure printed.

mod mutate;

use crate::readers::{self, Call, DATE, Sample, Subject};
use mutate::Dice;
use serde_json::Value;
use std::panic::{AssertUnwindSafe, catch_unwind};
use world::{Boot, World};

/// Nothing that a reader is shown may keep it for longer, in a build without optimisation on a busy
/// machine.
const SLOW_NANOS: i64 = 5_000_000_000;

fn seconds() -> i64 {
    let told = std::env::var("AUTOPURCHASE_FUZZ_SECONDS").ok();
    told.and_then(|text| text.parse().ok()).unwrap_or(2)
}

/// Shows input after input, each made from a seed of its own, until the time is over.
fn fuzz(what: &str, show: impl Fn(&mut Dice) -> Result<(), String>) {
    let world = World::system();
    let one = |seed: u64| {
        let began = world.clock.boot();
        let end = catch_unwind(AssertUnwindSafe(|| show(&mut Dice::new(seed))));
        let Boot(took) = Boot(world.clock.boot().0 - began.0);
        let wrong = match end {
            Ok(Ok(())) if took < SLOW_NANOS => return,
            Ok(Ok(())) => format!("it took {} ms", took / 1_000_000),
            Ok(Err(wrong)) => wrong,
            Err(_) => "it fell".to_owned(),
        };
        assert!(
            wrong.is_empty(),
            "{what}: {wrong}\nAUTOPURCHASE_FUZZ_SEED={seed} shows it again"
        );
    };
    if let Some(seed) = std::env::var("AUTOPURCHASE_FUZZ_SEED")
        .ok()
        .and_then(|text| text.parse().ok())
    {
        one(seed);
        return;
    }
    let mut fresh = [0; 8];
    world.random.fill(&mut fresh);
    let mut seeds = Dice::new(u64::from_le_bytes(fresh));
    let until = world.clock.boot().0 + seconds() * 1_000_000_000;
    let mut count = 0_u64;
    while world.clock.boot().0 < until {
        one(seeds.next());
        count += 1;
    }
    println!("{what}: {count} inputs");
}

/// Does any field with an order's name hold a number?
fn names_an_order(subject: &Subject, value: &Value) -> bool {
    match value {
        Value::Array(list) => list.iter().any(|v| names_an_order(subject, v)),
        Value::Object(fields) => fields.iter().any(|(name, value)| {
            let text = match value {
                Value::String(text) => text.clone(),
                Value::Number(number) => number.to_string(),
                _ => String::new(),
            };
            let digits = (1..=19).contains(&text.len())
                && text.bytes().all(|b| b.is_ascii_digit())
                && text.bytes().any(|b| b != b'0');
            (digits && subject.order_fields.contains(&name.as_str()))
                || names_an_order(subject, value)
        }),
        _ => false,
    }
}

/// What must hold whatever a reader is shown.
fn check(
    subject: &Subject,
    sample: &Sample,
    status: u16,
    date: &[u8],
    body: &[u8],
) -> Result<(), String> {
    let told = subject.read(sample, status, date, body);
    let of = || {
        let start = String::from_utf8_lossy(&body[..body.len().min(2_000)]).into_owned();
        format!("{:?} {status}: {start}\n{:.2000}", sample.call, told.text)
    };
    if told.text.contains("Fen(-") {
        return Err(format!("an amount below zero: {}", of()));
    }
    if sample.call == Call::Create {
        let read: Option<Value> = serde_json::from_slice(body).ok();
        let named = read
            .as_ref()
            .is_some_and(|value| names_an_order(subject, value));
        if named && !told.is_ok {
            return Err(format!("an order is named: {}", of()));
        }
        if told.is_definite_no && (read.is_none() || status >= 500) {
            return Err(format!("nobody said no: {}", of()));
        }
    }
    Ok(())
}

/// Shows changed samples of one call to each connector's reader.
fn readers_of(call: Call) {
    for subject in readers::all() {
        let own = subject.samples_of(call);
        if own.is_empty() {
            continue;
        }
        let donors: Vec<&str> = subject.samples.iter().map(|sample| sample.body).collect();
        fuzz(&format!("{} {call:?}", subject.market.code()), |dice| {
            let sample = dice.one(&own);
            let body = mutate::body(dice, sample.body, &donors);
            let status = *dice.one(&[200, 200, 200, 200, 302, 400, 401, 500, 503]);
            let date = mutate::bytes(dice, DATE.as_bytes(), b"Fri, 31 Feb 9999 25:61:61 +9999");
            if call == Call::Push && dice.below(8) == 0 {
                // As it came from anybody, without a signature of ours.
                subject.read_push(&http::HeaderMap::new(), &body);
                return Ok(());
            }
            check(&subject, sample, status, &date, &body)
        });
    }
}

macro_rules! fuzzed {
    ($($name:ident: $call:ident;)*) => {
        $(#[test] fn $name() { readers_of(Call::$call); })*

        /// No call of any sample goes without its test.
        #[test]
        fn every_reader_is_shown_changed_samples() {
            let shown = [$(Call::$call),*];
            for subject in readers::all() {
                for sample in &subject.samples {
                    assert!(shown.contains(&sample.call), "{:?}", sample.call);
                }
            }
        }
    };
}

fuzzed! {
    app: App;
    login: Login;
    refresh: Refresh;
    prolong: Prolong;
    offer: Offer;
    preview: Preview;
    create: Create;
    read: Read;
    list: List;
    cancel: Cancel;
    pay_link: PayLink;
    pay: Pay;
    deliveries: Deliveries;
    addresses: Addresses;
    push: Push;
}

const PASTED: [&str; 6] = [
    "订单号：2257164624870311973",
    "2257 1646 2487 0311 973, 200002638011",
    "https://trade.1688.com/order/new_step_order_detail.htm?orderId=2257164624870311973;105581756010628640&x=1",
    "https://item.taobao.com/item.htm?id=731040994692&spm=a.b",
    "http://127.0.0.1:8689/order/2257164624870311973 <b>",
    "detail.1688.com/offer/548818919805.html",
];

#[test]
fn pasted_texts() {
    for subject in readers::all() {
        let code = subject.market.code();
        fuzz(&format!("{code} pasted text"), |dice| {
            let text = dice.one(&PASTED).as_bytes();
            let text = mutate::bytes(dice, text, dice_donor(&PASTED));
            let text = String::from_utf8_lossy(&text);
            let found = subject.market.order_numbers_from_text(&text);
            let item = subject.market.item_from_text(&text);
            for number in found.iter().flatten().chain(&item) {
                if number.len() > 19 || !number.bytes().all(|b| b.is_ascii_digit()) {
                    return Err(format!("{number} in {text}"));
                }
            }
            for number in found.iter().flatten() {
                subject.market.order_url(&subject.addresses, number);
            }
            subject.market.item_url(&subject.addresses, &text);
            subject.market.order_url(&subject.addresses, &text);
            let mut address = subject.basket.address.clone();
            address.street.push_str(&text);
            // Any answer will do, as long as it is one.
            let _ = subject.market.address_check(&address);
            Ok(())
        });
    }
}

fn dice_donor(of: &[&'static str]) -> &'static [u8] {
    of[2].as_bytes()
}
