//! Stories of synchronization, on both databases.

use super::*;
use crate::activity::{self, Activity};
use crate::fake::{CODE, Desk, START, order, page, refusal, tokens};
use crate::purchase::record::{self, Keep, Snapshot, Source};
use crate::push::{PushOutcome, PushRefused};
use marketplaces::{ErrorKind, Page};

async fn run_of(desk: &Desk, id: i64) -> Activity {
    activity::show(&desk.app, id).await.unwrap()
}

async fn begin(desk: &Desk, request: &str, sessions: &[i64]) -> i64 {
    let start = Start {
        request_id: request.to_owned(),
        sessions: sessions.to_vec(),
        order: None,
    };
    super::start(&desk.person(1), start).await.unwrap().id
}

fn numbers(run: &Activity) -> Vec<(&str, i64)> {
    run.counts
        .iter()
        .map(|(name, n)| (name.as_str(), *n))
        .collect()
}

#[tokio::test]
async fn the_place_moves_only_after_the_last_page() {
    for desk in Desk::both().await {
        let session = desk.connect("a").await;
        let place = desk.session(session).await.sync_cursor_at.unwrap();
        assert_eq!(place.seconds_since(START), -900);
        desk.clock.advance_seconds(300);
        let started = desk.now();
        let orders: Vec<_> = (1..=3).map(|n| order(&n.to_string(), started)).collect();
        desk.fake.script().pages.push_back(Ok(Page {
            server_time: Some(started.plus_seconds(-7)),
            ..page(&orders[..2], 3, true)
        }));
        desk.fake
            .script()
            .pages
            .push_back(Err(refusal(ErrorKind::Unclear)));
        due(&desk.app.program("test")).await.unwrap();
        due(&desk.app.program("test")).await.unwrap();
        // The reads of the first page; the second page is put off.
        desk.work().await;
        assert_eq!(desk.session(session).await.sync_cursor_at, Some(place));
        let asked = desk.fake.asked();
        assert_eq!(
            asked.iter().filter(|a| a.starts_with("list")).count(),
            2,
            "{asked:?}"
        );
        assert!(
            asked.contains(&"read 1".to_owned()) && asked.contains(&"read 2".to_owned()),
            "{asked:?}"
        );
        // It goes on with the second page of the same listing.
        desk.fake
            .script()
            .pages
            .push_back(Ok(page(&orders[1..], 3, false)));
        desk.clock.advance_seconds(60);
        desk.work().await;
        assert_eq!(desk.fake.asked(), ["list -900..300 page 2", "read 3"]);
        let row = desk.session(session).await;
        assert_eq!(row.sync_cursor_at, Some(started.plus_seconds(-7 - 900)));
        assert_eq!(row.sync_done_at.unwrap().seconds_since(started), 60);
        assert_eq!(desk.queued().await, 0);
        desk.end().await;
    }
}

#[tokio::test]
async fn a_listing_that_moves_is_begun_anew() {
    for desk in Desk::both().await {
        let session = desk.connect("a").await;
        desk.clock.advance_seconds(300);
        let orders: Vec<_> = (1..=4).map(|n| order(&n.to_string(), desk.now())).collect();
        // Order 1 changes while the pages are read: the rest moves up by one, past the second page.
        for answer in [
            page(&orders[..2], 4, true),
            page(&orders[3..], 3, false),
            page(&orders[1..3], 3, true),
            page(&orders[3..], 3, false),
        ] {
            desk.fake.script().pages.push_back(Ok(answer));
        }
        due(&desk.app.program("test")).await.unwrap();
        desk.work().await;
        let asked = desk.fake.asked();
        for n in 1..=4 {
            assert!(asked.contains(&format!("read {n}")), "{asked:?}");
        }
        let pages: Vec<_> = asked
            .iter()
            .filter_map(|a| a.rsplit_once(" page "))
            .map(|(_, p)| p)
            .collect();
        assert_eq!(pages, ["1", "2", "1", "2"]);
        assert_eq!(
            desk.session(session)
                .await
                .sync_cursor_at
                .unwrap()
                .seconds_since(START),
            -600
        );

        // One that never stands still leaves the place where it was.
        desk.clock.advance_seconds(300);
        let place = desk.session(session).await.sync_cursor_at;
        for n in 0..12 {
            desk.fake
                .script()
                .pages
                .push_back(Ok(page(&[], 100 - n, true)));
        }
        due(&desk.app.program("test")).await.unwrap();
        desk.work().await;
        assert_eq!(desk.session(session).await.sync_cursor_at, place);
        assert_eq!(
            desk.session(session)
                .await
                .sync_done_at
                .unwrap()
                .seconds_since(desk.now()),
            0
        );
        desk.end().await;
    }
}

#[tokio::test]
async fn a_started_run_is_one_run_and_ends_with_its_last_read() {
    for desk in Desk::both().await {
        let (a, b) = (desk.connect("a").await, desk.connect("b").await);
        desk.fake
            .script()
            .refreshes
            .push_back(Err(refusal(ErrorKind::Token)));
        let calls = desk
            .app
            .session_calls(&mut desk.app.store.read().await.unwrap(), b)
            .await
            .unwrap();
        crate::session::call_failed(
            &desk.app.program("test"),
            &calls,
            &refusal(ErrorKind::Token),
        )
        .await
        .unwrap();
        desk.work().await;
        let orders: Vec<_> = (1..=2)
            .map(|n| order(&n.to_string(), desk.now().plus_seconds(-120)))
            .collect();
        desk.fake
            .script()
            .orders
            .insert("1".to_owned(), orders[0].clone());
        desk.fake
            .script()
            .pages
            .push_back(Ok(page(&orders, 2, false)));
        let run = begin(&desk, "request-1", &[a, b]).await;
        assert_eq!(begin(&desk, "request-1", &[a]).await, run);
        assert_eq!(run_of(&desk, run).await.row.state, "running");
        desk.work().await;
        let done = run_of(&desk, run).await;
        // One order is a stranger now, one is not there, one session waits for a login.
        assert_eq!(done.row.state, "partly");
        assert_eq!(
            numbers(&done),
            [
                ("failed", 1),
                ("marketplace_orders", 2),
                ("read", 1),
                ("to_read", 2),
                ("unknown_orders", 2)
            ]
        );
        let keys: Vec<_> = done.steps.iter().map(|s| s.message.key.as_str()).collect();
        assert_eq!(
            keys,
            ["sync-listed", "sync-session_revoked", "sync-read_failed"]
        );
        assert_eq!(desk.queued().await, 0);

        // A stranger that has not changed is not read again.
        desk.fake.asked();
        desk.clock.advance_seconds(300);
        desk.fake
            .script()
            .pages
            .push_back(Ok(page(&orders[..1], 1, false)));
        let run = begin(&desk, "request-2", &[a]).await;
        desk.work().await;
        assert!(
            desk.fake
                .asked()
                .iter()
                .all(|asked| asked.starts_with("list"))
        );
        assert_eq!(run_of(&desk, run).await.row.state, "done");

        // Nothing that can be read.
        let run = begin(&desk, "request-3", &[b]).await;
        assert_eq!(run_of(&desk, run).await.row.state, "failed");
        desk.end().await;
    }
}

#[tokio::test]
async fn what_the_account_bought_before_it_was_connected_is_left_alone() {
    for desk in Desk::both().await {
        let session = desk.connect("a").await;
        desk.clock.advance_seconds(300);
        let old = START.plus_seconds(-86_400);
        let ours = marketplaces::MarketOrder {
            reference: Some("AP1".to_owned()),
            created: Some(old),
            ..order("2", desk.now())
        };
        let theirs = marketplaces::MarketOrder {
            created: Some(old),
            ..order("1", desk.now())
        };
        desk.fake
            .script()
            .pages
            .push_back(Ok(page(&[theirs, ours], 2, false)));
        begin(&desk, "request-1", &[session]).await;
        desk.work().await;
        assert_eq!(desk.fake.asked(), ["list -900..300 page 1", "read 2"]);
        desk.end().await;
    }
}

#[tokio::test]
async fn a_refusal_for_good_ends_a_started_run_and_puts_off_the_other() {
    for desk in Desk::both().await {
        let session = desk.connect("a").await;
        desk.clock.advance_seconds(300);
        desk.fake
            .script()
            .pages
            .push_back(Err(refusal(ErrorKind::Permission)));
        let run = begin(&desk, "request-1", &[session]).await;
        desk.work().await;
        assert_eq!(run_of(&desk, run).await.row.state, "failed");
        desk.fake
            .script()
            .pages
            .push_back(Err(refusal(ErrorKind::Permission)));
        due(&desk.app.program("test")).await.unwrap();
        desk.work().await;
        desk.fake.asked();
        due(&desk.app.program("test")).await.unwrap();
        assert!(desk.work().await.is_empty());
        desk.clock.advance_seconds(601);
        desk.work().await;
        assert_eq!(desk.fake.asked().len(), 1);
        // A stopped run reads no further page.
        desk.fake.script().pages.push_back(Ok(page(&[], 9, true)));
        let run = begin(&desk, "request-2", &[session]).await;
        activity::stop(&desk.person(1), run).await.unwrap();
        desk.work().await;
        assert_eq!(run_of(&desk, run).await.row.state, "stopped");
        desk.end().await;
    }
}

#[tokio::test]
async fn push_messages_are_kept_once_and_lead_to_reads() {
    let push = async |desk: &Desk, body: &str| {
        crate::push::receive(
            &desk.app,
            CODE,
            "text/plain",
            &http::HeaderMap::new(),
            body.as_bytes(),
        )
        .await
        .unwrap()
    };
    for desk in Desk::both().await {
        desk.connect("a").await;
        assert_eq!(
            push(&desk, "wrong|m1|a|1").await,
            PushOutcome::Refused(PushRefused::Signature)
        );
        assert_eq!(
            push(&desk, "secret|m1").await,
            PushOutcome::Refused(PushRefused::Unreadable)
        );
        let elsewhere =
            crate::push::receive(&desk.app, "nowhere", "", &http::HeaderMap::new(), b"")
                .await
                .unwrap();
        assert_eq!(elsewhere, PushOutcome::Refused(PushRefused::Marketplace));
        assert_eq!(desk.queued().await, 0);
        assert_eq!(push(&desk, "secret|m1|a|1,2").await, PushOutcome::Stored);
        assert_eq!(push(&desk, "secret|m1|a|1,2").await, PushOutcome::Duplicate);
        assert_eq!(
            push(&desk, "secret|m2|stranger|3").await,
            PushOutcome::Stored
        );
        desk.work().await;
        let mut asked = desk.fake.asked();
        asked.sort();
        assert_eq!(asked, ["read 1", "read 2"]);
        let kept = store::pushes::latest(&mut desk.app.store.read().await.unwrap(), i64::MAX, 10)
            .await
            .unwrap();
        assert!(kept.iter().all(|row| row.worked_at.is_some()));
        assert_eq!(kept.iter().filter(|row| row.note.is_some()).count(), 1);
        assert_eq!(desk.queued().await, 0);

        // Swept after thirty days.
        let program = desk.app.program("test");
        crate::housekeeping::due(&program).await.unwrap();
        crate::housekeeping::due(&program).await.unwrap();
        assert_eq!(desk.work().await, ["housekeeping"]);
        desk.clock.advance_seconds(31 * 86_400);
        crate::housekeeping::due(&program).await.unwrap();
        desk.work().await;
        assert!(
            store::pushes::latest(&mut desk.app.store.read().await.unwrap(), i64::MAX, 10)
                .await
                .unwrap()
                .is_empty()
        );
        desk.end().await;
    }
}

#[tokio::test]
async fn an_app_is_tested_and_its_clock_is_learnt() {
    for desk in Desk::both().await {
        let person = desk.person(1);
        let ahead = desk.now().plus_seconds(100);
        desk.fake.script().check = Some(Ok(marketplaces::AppCheck {
            server_time: Some(ahead),
        }));
        crate::apps::check(&person, desk.key).await.unwrap();
        let shown = crate::apps::list(&desk.app).await.unwrap().remove(0);
        assert_eq!(
            (
                shown.row.clock_offset_us,
                shown.error.is_none(),
                shown.sessions.len()
            ),
            (Some(100_000_000), true, 0)
        );
        desk.fake.script().check = Some(Err(refusal(ErrorKind::Signature)));
        assert!(crate::apps::check(&person, desk.key).await.is_err());
        let shown = crate::apps::list(&desk.app).await.unwrap().remove(0);
        assert_eq!(shown.error.unwrap().key, "market-signature");
        // Listings follow the marketplace's clock.
        desk.fake
            .script()
            .exchanges
            .push_back(Ok(tokens("t", "a", desk.now())));
        let state = desk.begin(None).await;
        crate::session::connect_finish(&person, &state, "code")
            .await
            .unwrap();
        desk.fake.asked();
        desk.work().await;
        assert_eq!(desk.fake.asked(), ["list -900..100 page 1"]);
        // The same key twice, and one of no form.
        let new = |key: &str| crate::apps::AppNew {
            marketplace: CODE.to_owned(),
            key: key.to_owned(),
            secret: "s".to_owned().into(),
            label: String::new(),
            daily_quota: None,
        };
        for bad in ["key", "", "with blank"] {
            let crate::AppError::Invalid(fields) =
                crate::apps::add(&person, new(bad)).await.unwrap_err()
            else {
                panic!()
            };
            assert_eq!(fields[0].field, "key");
        }
        let change = crate::apps::AppSave {
            secret: Some("other".to_owned().into()),
            label: "Main key".to_owned(),
            daily_quota: None,
        };
        crate::apps::save(&person, desk.key, change).await.unwrap();
        let row = crate::apps::list(&desk.app).await.unwrap().remove(0).row;
        assert_eq!(row.label, "Main key");
        assert_eq!(
            secrecy::ExposeSecret::expose_secret(&desk.app.app_key(&row).unwrap().secret),
            "other"
        );
        desk.end().await;
    }
}

#[tokio::test]
async fn purchases_are_read_when_they_changed_and_once_a_day_in_any_case() {
    for desk in Desk::both().await {
        let session = desk.connect("a").await;
        let bought = order("7", desk.now());
        desk.fake
            .script()
            .orders
            .insert("7".to_owned(), bought.clone());
        let snapshot = Snapshot {
            marketplace: CODE.to_owned(),
            session,
            order: bought.clone(),
            read_at: desk.now(),
            source: Source::Person,
            keep: Keep::Any,
        };
        let ctx = desk.person(1);
        desk.app
            .store
            .write::<_, crate::AppError, _>(move |db| {
                let (ctx, snapshot) = (ctx.clone(), snapshot.clone());
                Box::pin(async move {
                    record::record(&ctx, db, &snapshot).await?;
                    Ok(())
                })
            })
            .await
            .unwrap();
        let refused = crate::session::delete(&desk.person(1), session).await;
        assert!(
            matches!(refused, Err(crate::AppError::Refused(m)) if m.key == "session-has_open_purchases")
        );
        // Listed as we know it: not read. Listed as changed: read.
        let changed = marketplaces::MarketOrder {
            modified: Some(desk.now().plus_seconds(30)),
            ..bought.clone()
        };
        for (listed, reads) in [(bought, 0), (changed, 1)] {
            desk.clock.advance_seconds(300);
            desk.fake
                .script()
                .pages
                .push_back(Ok(page(&[listed], 1, false)));
            due(&desk.app.program("test")).await.unwrap();
            desk.work().await;
            let asked = desk.fake.asked();
            assert_eq!(asked.iter().filter(|a| *a == "read 7").count(), reads);
        }
        // Not seen for a day: read by itself, also when the session is being emptied.
        crate::session::drain(&desk.person(1), session)
            .await
            .unwrap();
        desk.clock.advance_seconds(25 * 3_600);
        due(&desk.app.program("test")).await.unwrap();
        due(&desk.app.program("test")).await.unwrap();
        desk.work().await;
        let asked = desk.fake.asked();
        assert_eq!(asked.iter().filter(|a| *a == "read 7").count(), 1);
        assert_eq!(desk.queued().await, 0);
        desk.end().await;
    }
}
