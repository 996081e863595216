//! One suite of behaviours that every marketplace shows against its own sandbox, through the trait
//! alone.
//!
//! [`bench`] knows what a behaviour is and which claims it shows, [`behave`] holds the behaviours,
//! [`desk`] is an account of a marketplace in its sandbox. What differs between marketplaces is one
//! [`stand::Stand`] each; a marketplace of the registry without one fails the suite.

#![expect(
    clippy::unwrap_used,
    reason = "a test says what is wrong by falling; helpers stand outside of test functions"
)]

mod behave;
mod bench;
mod desk;
mod liar;
mod m1688;
mod stand;
mod taobao;

use bench::{Claim, Table, Verdict};
use liar::{Liar, Lie};
use marketplaces::Marketplace;
use stand::{STANDS, Stand};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Every marketplace with its stand.
fn everyone() -> Vec<(Arc<dyn Marketplace>, &'static Stand)> {
    marketplaces::all()
        .into_iter()
        .map(|market| {
            let stand = STANDS.iter().find(|stand| stand.code == market.code());
            let stand = stand.unwrap_or_else(|| {
                unreachable!("`{}` has no stand in the behaviour suite", market.code())
            });
            (market, *stand)
        })
        .collect()
}

#[test]
fn every_marketplace_shows_what_it_claims() {
    let table = Table::of(&everyone());
    println!("{}", table.text());
    let failures = table.failures();
    assert!(
        failures.is_empty(),
        "{}\n{}",
        table.text(),
        failures.join("\n")
    );

    let document = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/behaviours.md");
    let there = std::fs::read_to_string(document).unwrap_or_default();
    let wanted = table.document();
    let fresh = concat!(env!("CARGO_TARGET_TMPDIR"), "/behaviours.md");
    std::fs::write(fresh, &wanted).unwrap();
    assert!(
        there == wanted,
        "put {fresh} in the place of docs/behaviours.md"
    );
}

#[test]
fn every_claim_has_a_behaviour_that_shows_it_and_every_name_is_used_once() {
    let mut names = BTreeSet::new();
    for behaviour in behave::all() {
        assert!(names.insert(behaviour.name), "twice: {}", behaviour.name);
    }
    for claim in Claim::ALL {
        let shown = behave::all().iter().any(|b| b.shows.contains(claim));
        assert!(shown, "{claim:?} is shown by no behaviour");
    }
}

/// Every claim that is made falsely, or not made although it could be, is found out by one of the
/// behaviours that show it.
#[test]
fn a_false_claim_is_found_out() {
    for (market, stand) in everyone() {
        for claim in Claim::ALL {
            for lie in Lie::about(*claim, &*market) {
                let liar: Arc<dyn Marketplace> = Arc::new(Liar::new(market.clone(), lie.clone()));
                let caught = behave::all()
                    .iter()
                    .filter(|behaviour| behaviour.shows.contains(claim))
                    .any(|b| matches!(bench::verdict(&liar, stand, b), Verdict::Failed(_)));
                assert!(caught, "{} gets away with {lie:?}", market.code());
            }
        }
    }
}

/// A connector that does one thing wrong fails the behaviour that is about it.
#[test]
fn a_broken_connector_is_found_out() {
    for (market, stand) in everyone() {
        for (lie, name) in Lie::BROKEN {
            let liar: Arc<dyn Marketplace> = Arc::new(Liar::new(market.clone(), lie.clone()));
            let behaviours = behave::all();
            let about = behaviours.iter().find(|b| b.name == *name);
            let about = about.unwrap_or_else(|| unreachable!("no behaviour `{name}`"));
            let verdict = bench::verdict(&liar, stand, about);
            let caught = matches!(verdict, Verdict::Failed(_))
                || bench::verdict(&market, stand, about) == Verdict::NotClaimed;
            assert!(
                caught,
                "{} gets away with {lie:?} in `{name}`: {verdict:?}",
                market.code()
            );
        }
    }
}
