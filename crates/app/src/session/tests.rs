//! Stories of sessions, on both databases.

use super::*;
use crate::fake::{CODE, Desk, START, page, refusal, tokens};
use crate::{AppError, Message};
use marketplaces::{Address, ErrorKind, SavedAddress};
use store::sessions as rows;
use world::Timestamp;

async fn fail(desk: &Desk, session: i64, kind: ErrorKind) -> Failure {
    let calls = desk
        .app
        .session_calls(&mut desk.app.store.read().await.unwrap(), session)
        .await
        .unwrap();
    call_failed(&desk.app.program("test"), &calls, &refusal(kind))
        .await
        .unwrap()
}

fn refused_key(error: AppError) -> String {
    match error {
        AppError::Refused(message) => message.key,
        other => panic!("{other:?}"),
    }
}

async fn store_newer(app: &crate::App, session: i64) {
    let ctx = app.program("test");
    app.store
        .write::<_, AppError, _>(move |db| {
            let ctx = ctx.clone();
            Box::pin(async move {
                let row = rows::lock(db, session).await?;
                let sealed = refresh::seal(
                    &ctx,
                    session,
                    &tokens("from login", "a", ctx.now()),
                    &row.login,
                )?;
                assert!(rows::store_tokens(db, session, row.generation, &sealed, ctx.now()).await?);
                Ok(())
            })
        })
        .await
        .unwrap();
}

#[tokio::test]
async fn a_renewal_that_lost_the_race_is_tried_once_before_the_session_is_revoked() {
    for desk in Desk::both().await {
        let session = desk.connect("a").await;
        // While the renewal is under way, a login stores newer tokens.
        let app = desk.app.clone();
        desk.fake.script().during_refresh = Some(Box::new(move || {
            Box::pin(async move { store_newer(&app, session).await })
        }));
        desk.fake
            .script()
            .refreshes
            .push_back(Ok(tokens("loser", "a", desk.now())));
        assert!(matches!(
            fail(&desk, session, ErrorKind::Token).await,
            Failure::RetryAt(_)
        ));
        desk.work().await;
        let row = desk.session(session).await;
        assert_eq!(
            (
                row.state.as_str(),
                row.generation,
                row.candidate_token.is_some()
            ),
            ("active", 2, true)
        );

        // The login's tokens are refused: the ones kept aside take their place.
        desk.fake
            .script()
            .refreshes
            .push_back(Err(refusal(ErrorKind::Token)));
        fail(&desk, session, ErrorKind::Token).await;
        desk.work().await;
        let row = desk.session(session).await;
        assert_eq!(
            (
                row.state.as_str(),
                row.generation,
                row.candidate_token.is_some()
            ),
            ("active", 3, false)
        );
        let opened = desk
            .app
            .keys
            .open(
                &crate::market::token_place("access_token", session),
                &row.access_token,
            )
            .unwrap();
        assert_eq!(secrecy::ExposeSecret::expose_secret(&opened), "loser");

        // Those are refused too: a person must log in, and the queue rests.
        desk.fake
            .script()
            .refreshes
            .push_back(Err(refusal(ErrorKind::Token)));
        fail(&desk, session, ErrorKind::Token).await;
        desk.work().await;
        let row = desk.session(session).await;
        assert_eq!(
            (row.state.as_str(), row.paused_until_at.0),
            ("revoked", i64::MAX)
        );
        assert_eq!(standing(&row, desk.now()), Standing::Revoked);
        assert_eq!(
            desk.fake.asked(),
            [
                "refresh with refresh of access a",
                "refresh with refresh of from login",
                "refresh with refresh of loser"
            ]
        );
        assert_eq!(desk.queued().await, 0);
        desk.end().await;
    }
}

#[tokio::test]
async fn a_refusal_of_older_tokens_only_requeues() {
    for desk in Desk::both().await {
        let session = desk.connect("a").await;
        let calls = desk
            .app
            .session_calls(&mut desk.app.store.read().await.unwrap(), session)
            .await
            .unwrap();
        store_newer(&desk.app, session).await;
        let failure = call_failed(
            &desk.app.program("test"),
            &calls,
            &refusal(ErrorKind::Token),
        )
        .await
        .unwrap();
        assert_eq!(failure, Failure::RetryAt(desk.now()));
        assert_eq!(desk.queued().await, 0);
        assert!(desk.session(session).await.last_error.is_none());
        desk.end().await;
    }
}

#[tokio::test]
async fn a_renewal_without_a_clear_answer_is_tried_again() {
    for desk in Desk::both().await {
        let session = desk.connect("a").await;
        desk.fake
            .script()
            .refreshes
            .push_back(Err(refusal(ErrorKind::Unclear)));
        desk.fake
            .script()
            .refreshes
            .push_back(Ok(tokens("second", "a", desk.now())));
        fail(&desk, session, ErrorKind::Token).await;
        // A second refusal meanwhile is the same renewal.
        fail(&desk, session, ErrorKind::Token).await;
        assert_eq!(desk.queued().await, 1);
        desk.work().await;
        let row = desk.session(session).await;
        assert_eq!(
            (
                row.state.as_str(),
                row.generation,
                row.refresh_lease_until_at
            ),
            ("active", 1, Timestamp(0))
        );
        desk.clock.advance_seconds(60);
        desk.work().await;
        let row = desk.session(session).await;
        assert_eq!((row.state.as_str(), row.generation), ("active", 2));
        desk.end().await;
    }
}

#[tokio::test]
async fn tokens_are_renewed_ahead_of_time_and_once() {
    for desk in Desk::both().await {
        let session = desk.connect("a").await;
        let ctx = desk.app.program("test");
        renew_due(&ctx).await.unwrap();
        assert_eq!(desk.queued().await, 0);
        // Ten hours of life: renewed in the last hour.
        desk.clock.advance_seconds(36_000 - 3_590);
        renew_due(&ctx).await.unwrap();
        renew_due(&ctx).await.unwrap();
        assert_eq!(desk.queued().await, 1);
        // The right to renew is somebody else's for a while.
        let (now, app) = (desk.now(), desk.app.clone());
        app.store
            .write::<_, AppError, _>(move |db| {
                Box::pin(async move {
                    Ok(rows::lease_refresh(db, session, 1, now.plus_seconds(30), now).await?)
                })
            })
            .await
            .unwrap();
        desk.work().await;
        assert!(desk.fake.asked().is_empty());
        desk.fake
            .script()
            .refreshes
            .push_back(Ok(tokens("second", "a", desk.now())));
        desk.clock.advance_seconds(31);
        desk.work().await;
        assert_eq!(desk.fake.asked(), ["refresh with refresh of access a"]);
        assert_eq!(desk.session(session).await.generation, 2);
        renew_due(&ctx).await.unwrap();
        assert_eq!(desk.queued().await, 0);
        desk.end().await;
    }
}

#[tokio::test]
async fn a_login_that_nears_its_end_is_prolonged() {
    for desk in Desk::both().await {
        let session = desk.connect("a").await;
        let end = START.plus_seconds(20 * 86_400);
        let short = marketplaces::Tokens {
            refresh: None,
            refresh_ends: Some(end),
            ..tokens("second", "a", desk.now())
        };
        desk.fake.script().prolong_days = Some(30);
        desk.fake.script().refreshes.push_back(Ok(short));
        desk.fake
            .script()
            .prolongs
            .push_back(Ok(tokens("third", "a", desk.now())));
        fail(&desk, session, ErrorKind::Token).await;
        desk.work().await;
        assert_eq!(
            desk.fake.asked(),
            [
                "refresh with refresh of access a",
                "prolong refresh of access a with second"
            ]
        );
        let row = desk.session(session).await;
        assert_eq!(row.generation, 3);
        assert!(row.refresh_ends_at.unwrap() > end);
        assert_eq!(desk.queued().await, 0);
        desk.end().await;
    }
}

#[tokio::test]
async fn throttling_is_answered_with_growing_rests() {
    for desk in Desk::both().await {
        let session = desk.connect("a").await;
        let mut rests = Vec::new();
        for _ in 0..6 {
            let before = desk.now();
            assert_eq!(
                fail(&desk, session, ErrorKind::Throttled { next: None }).await,
                Failure::Paused
            );
            // A call that was on its way already lengthens nothing.
            assert_eq!(
                fail(&desk, session, ErrorKind::Throttled { next: None }).await,
                Failure::Paused
            );
            let until = desk.session(session).await.paused_until_at;
            rests.push(until.seconds_since(before));
            desk.clock.advance_seconds(until.seconds_since(before) + 1);
        }
        assert_eq!(rests, [10, 20, 40, 80, 120, 120]);
        desk.clock.advance_seconds(120);
        let before = desk.now();
        fail(&desk, session, ErrorKind::Throttled { next: None }).await;
        let row = desk.session(session).await;
        assert_eq!(row.paused_until_at.seconds_since(before), 10);
        // Nothing of this session is carried meanwhile, and the whole app keeps still.
        assert_eq!(
            may_book(&mut desk.app.store.read().await.unwrap(), &row, desk.now())
                .await
                .unwrap(),
            MayBook::Wait(row.paused_until_at)
        );
        crate::sync::start(
            &desk.person(1),
            crate::sync::Start {
                request_id: "request-1".to_owned(),
                sessions: vec![session],
                order: None,
            },
        )
        .await
        .unwrap();
        assert!(desk.work().await.is_empty());
        let rhythms = desk.app.rhythms(&row).unwrap();
        let (now, until) = (desk.now(), row.paused_until_at);
        let slot = desk
            .app
            .store
            .write::<_, AppError, _>(move |db| {
                let rhythms = rhythms.clone();
                Box::pin(async move { Ok(store::paces::reserve(db, &rhythms[..1], 1, now).await?) })
            })
            .await
            .unwrap();
        assert_eq!(slot, store::paces::Slot::At(until));
        desk.clock.advance_seconds(11);
        assert!(!desk.work().await.is_empty());
        desk.end().await;
    }
}

#[tokio::test]
async fn a_limit_stops_bookings_and_nothing_else() {
    for desk in Desk::both().await {
        let session = desk.connect("a").await;
        let next = next_beijing_day(desk.now());
        let kind = ErrorKind::Limit {
            limit: "orders_per_day".to_owned(),
            next: Some(next),
        };
        assert_eq!(fail(&desk, session, kind).await, Failure::Paused);
        // Work that meets the limit while bookings rest does not come back at once.
        assert_eq!(
            fail(
                &desk,
                session,
                ErrorKind::Limit {
                    limit: "orders_per_day".to_owned(),
                    next: Some(next)
                }
            )
            .await,
            Failure::RetryAt(desk.now().plus_seconds(60))
        );
        let row = desk.session(session).await;
        let mut db = desk.app.store.read().await.unwrap();
        let MayBook::No(reason) = may_book(&mut db, &row, desk.now()).await.unwrap() else {
            panic!()
        };
        assert_eq!(reason.key, "market-limit");
        assert_eq!(reason.args["next"], next.0.to_string());
        assert_eq!(may_book(&mut db, &row, next).await.unwrap(), MayBook::Yes);
        drop(db);
        desk.clock.advance_seconds(300);
        crate::sync::due(&desk.app.program("test")).await.unwrap();
        assert_eq!(desk.work().await, ["session.sync"]);
        // A person who saves a limit has looked at it.
        let settings = Settings {
            daily_limit: Some(2),
            ..Settings::of(&row)
        };
        settings_save(&desk.person(1), session, settings)
            .await
            .unwrap();
        let row = desk.session(session).await;
        let now = desk.now();
        desk.app
            .store
            .write::<_, AppError, _>(move |db| {
                let row = row.clone();
                Box::pin(async move {
                    for _ in 0..2 {
                        assert_eq!(may_book(db, &row, now).await?, MayBook::Yes);
                        store::bookings::use_day(db, row.id, &beijing_day(now)).await?;
                    }
                    let MayBook::No(reason) = may_book(db, &row, now).await? else {
                        panic!()
                    };
                    assert_eq!(reason.key, "session-day_used");
                    Ok(())
                })
            })
            .await
            .unwrap();
        desk.end().await;
    }
}

#[tokio::test]
async fn a_good_call_is_written_once_a_minute_or_when_an_error_stands() {
    for desk in Desk::both().await {
        let session = desk.connect("a").await;
        let first = desk.session(session).await.last_ok_at.unwrap();
        let good = async |desk: &Desk| {
            let now = desk.now();
            desk.app
                .store
                .write::<_, AppError, _>(move |db| Box::pin(call_succeeded(db, session, now)))
                .await
                .unwrap();
            desk.session(session).await.last_ok_at.unwrap()
        };
        desk.clock.advance_seconds(30);
        assert_eq!(good(&desk).await, first);
        assert!(matches!(
            fail(&desk, session, ErrorKind::Unclear).await,
            Failure::RetryAt(_)
        ));
        assert!(show(&desk.app, session).await.unwrap().error.is_some());
        desk.clock.advance_seconds(1);
        assert_eq!(good(&desk).await, desk.now());
        assert!(show(&desk.app, session).await.unwrap().error.is_none());
        // An error of the thing asked for says nothing of the session.
        assert_eq!(
            fail(&desk, session, ErrorKind::NotFound).await,
            Failure::Final
        );
        assert!(show(&desk.app, session).await.unwrap().error.is_none());
        assert_eq!(
            fail(&desk, session, ErrorKind::Permission).await,
            Failure::Final
        );
        assert!(show(&desk.app, session).await.unwrap().error.is_some());
        desk.end().await;
    }
}

#[tokio::test]
async fn connecting_is_bound_to_the_person_the_time_and_one_use() {
    for desk in Desk::both().await {
        let home = Address {
            saved_id: Some("5".to_owned()),
            full_name: "仓库".to_owned(),
            street: "网商路699号".to_owned(),
            ..Address::default()
        };
        desk.fake.script().addresses.push(SavedAddress {
            address: home,
            is_default: true,
        });
        let person = desk.person(1);
        assert_eq!(
            refused_key(
                connect_finish(&person, "nonsense", "code")
                    .await
                    .unwrap_err()
            ),
            "connect-state_unknown"
        );
        assert!(matches!(
            connect_begin(
                &person,
                ConnectBegin {
                    app: desk.key,
                    session: None,
                    return_to: "//evil".to_owned()
                }
            )
            .await,
            Err(AppError::Invalid(_))
        ));
        let state = desk.begin(None).await;
        assert_eq!(
            refused_key(
                connect_finish(&desk.person(2), &state, "code")
                    .await
                    .unwrap_err()
            ),
            "connect-other_person"
        );
        desk.fake
            .script()
            .exchanges
            .push_back(Ok(tokens("access", "a", desk.now())));
        let done = connect_finish(&person, &state, "code").await.unwrap();
        assert_eq!(
            (done.renewed, done.return_to.as_str(), done.login.as_str()),
            (false, "/sessions", "login of a")
        );
        assert_eq!(
            refused_key(connect_finish(&person, &state, "code").await.unwrap_err()),
            "connect-state_used"
        );
        let late = desk.begin(None).await;
        desk.clock.advance_seconds(901);
        assert_eq!(
            refused_key(connect_finish(&person, &late, "code").await.unwrap_err()),
            "connect-state_late"
        );
        let row = desk.session(done.session).await;
        assert!(row.is_default);
        let address = address_for(&row, &*desk.fake, "C7", "ORD-000000053").unwrap();
        assert_eq!(
            (address.street.as_str(), address.saved_id),
            ("网商路699号 C7 ORD-000000053", None)
        );
        assert!(!row.access_token.contains("access"));

        // The same account again is the same session; another one is refused with both names.
        let state = desk.begin(Some(done.session)).await;
        desk.fake
            .script()
            .exchanges
            .push_back(Ok(tokens("other", "b", desk.now())));
        let AppError::Refused(message) = connect_finish(&person, &state, "code").await.unwrap_err()
        else {
            panic!()
        };
        assert_eq!(
            message,
            Message::of("connect-other_account")
                .with("expected", "login of a")
                .with("actual", "login of b")
        );
        let state = desk.begin(None).await;
        desk.fake
            .script()
            .exchanges
            .push_back(Ok(tokens("again", "a", desk.now())));
        let again = connect_finish(&person, &state, "code").await.unwrap();
        assert_eq!((again.session, again.renewed), (done.session, true));
        assert_eq!(list(&desk.app).await.unwrap().len(), 1);
        // A refused code is told, and listed as a run that failed.
        let state = desk.begin(None).await;
        desk.fake
            .script()
            .exchanges
            .push_back(Err(refusal(ErrorKind::Token)));
        assert!(matches!(
            connect_finish(&person, &state, "code").await,
            Err(AppError::Market(_))
        ));
        let runs = crate::activity::list(&desk.app, None, None, 10)
            .await
            .unwrap();
        assert_eq!(runs[0].row.state, "failed");
        desk.work().await;
        desk.end().await;
    }
}

#[tokio::test]
async fn after_logging_in_again_the_queue_resumes_and_a_synchronization_starts() {
    for desk in Desk::both().await {
        let session = desk.connect("a").await;
        desk.fake
            .script()
            .refreshes
            .push_back(Err(refusal(ErrorKind::Token)));
        fail(&desk, session, ErrorKind::Token).await;
        desk.work().await;
        let place = desk.session(session).await.sync_cursor_at;
        // Work that comes meanwhile waits.
        let read = crate::purchase::read::Payload {
            session,
            number: "1".to_owned(),
            source: crate::purchase::record::Source::Person,
            deliveries: false,
        };
        let app = desk.app.clone();
        desk.app
            .store
            .write::<_, AppError, _>(move |db| {
                let (app, read) = (app.clone(), read.clone());
                Box::pin(async move {
                    crate::purchase::read::enqueue(
                        &app,
                        db,
                        &read,
                        None,
                        app.now().plus_seconds(600),
                    )
                    .await
                })
            })
            .await
            .unwrap();
        desk.clock.advance_seconds(3_600);
        assert!(desk.work().await.is_empty());
        assert_eq!(desk.queued().await, 1);
        assert_eq!(desk.session(session).await.sync_cursor_at, place);
        desk.fake.asked();
        let state = desk.begin(Some(session)).await;
        desk.fake
            .script()
            .exchanges
            .push_back(Ok(tokens("again", "a", desk.now())));
        assert!(
            connect_finish(&desk.person(1), &state, "code")
                .await
                .unwrap()
                .renewed
        );
        let mut carried = desk.work().await;
        carried.sort();
        assert_eq!(carried, ["purchase.read", "session.sync"]);
        assert_eq!(
            standing(&desk.session(session).await, desk.now()),
            Standing::Active
        );
        assert_eq!(desk.queued().await, 0);
        desk.end().await;
    }
}

#[tokio::test]
async fn settings_name_every_wrong_field() {
    for desk in Desk::both().await {
        let session = desk.connect("a").await;
        let good = Address {
            full_name: "仓库 {customer_code}".to_owned(),
            street: "路1号 {order}".to_owned(),
            ..Address::default()
        };
        let settings = Settings {
            label: "Main".to_owned(),
            address: good.clone(),
            seller_note: "fragile".to_owned(),
            daily_limit: Some(50),
        };
        settings_save(&desk.person(1), session, settings.clone())
            .await
            .unwrap();
        assert_eq!(Settings::of(&desk.session(session).await), settings);
        let bad = Settings {
            label: "x".repeat(61),
            address: Address {
                saved_id: Some("1".to_owned()),
                street: "{size}".to_owned(),
                ..good.clone()
            },
            seller_note: "y".repeat(21),
            daily_limit: Some(0),
        };
        let AppError::Invalid(fields) = settings_save(&desk.person(1), session, bad)
            .await
            .unwrap_err()
        else {
            panic!()
        };
        let names: Vec<&str> = fields.iter().map(|f| f.field.as_str()).collect();
        assert_eq!(names, ["name", "note", "daily_limit", "street", "saved"]);
        let long = Settings {
            address: Address {
                street: "路".repeat(61),
                ..good
            },
            ..settings.clone()
        };
        assert!(matches!(
            settings_save(&desk.person(1), session, long).await,
            Err(AppError::Invalid(_))
        ));
        assert_eq!(Settings::of(&desk.session(session).await), settings);
        // Never cut: an expanded address that is too long is refused.
        let row = desk.session(session).await;
        assert_eq!(
            refused_key(address_for(&row, &*desk.fake, "C", &"9".repeat(80)).unwrap_err()),
            "address-too_long"
        );
        let empty = Settings {
            address: Address::default(),
            ..settings
        };
        settings_save(&desk.person(1), session, empty)
            .await
            .unwrap();
        assert_eq!(
            refused_key(
                address_for(&desk.session(session).await, &*desk.fake, "C", "O").unwrap_err()
            ),
            "session-no_address"
        );
        desk.end().await;
    }
}

#[tokio::test]
async fn the_choice_prefers_the_last_used_then_the_default_then_room() {
    for desk in Desk::both().await {
        let (a, b, c) = (
            desk.connect("a").await,
            desk.connect("b").await,
            desk.connect("c").await,
        );
        let chosen = async |last: Option<i64>| {
            choose(
                &mut desk.app.store.read().await.unwrap(),
                CODE,
                last,
                desk.now(),
            )
            .await
            .unwrap()
        };
        assert_eq!(chosen(None).await, Some(a));
        assert_eq!(chosen(Some(c)).await, Some(c));
        drain(&desk.person(1), a).await.unwrap();
        for (session, limit) in [(b, 1), (c, 5)] {
            let settings = Settings {
                daily_limit: Some(limit),
                ..Settings::of(&desk.session(session).await)
            };
            settings_save(&desk.person(1), session, settings)
                .await
                .unwrap();
        }
        assert_eq!(chosen(Some(a)).await, Some(c));
        assert_eq!(
            refused_key(set_default(&desk.person(1), a).await.unwrap_err()),
            "session-is_draining"
        );
        set_default(&desk.person(1), b).await.unwrap();
        assert_eq!(chosen(None).await, Some(b));
        desk.fake
            .script()
            .refreshes
            .push_back(Err(refusal(ErrorKind::Token)));
        fail(&desk, b, ErrorKind::Token).await;
        desk.work().await;
        assert_eq!(chosen(Some(b)).await, Some(c));
        undrain(&desk.person(1), a).await.unwrap();
        assert_eq!(
            standing(&desk.session(a).await, desk.now()),
            Standing::Active
        );
        desk.end().await;
    }
}

#[tokio::test]
async fn a_removed_session_is_gone_until_its_account_is_connected_again() {
    for desk in Desk::both().await {
        let session = desk.connect("a").await;
        delete(&desk.person(1), session).await.unwrap();
        assert!(list(&desk.app).await.unwrap().is_empty());
        assert!(matches!(
            show(&desk.app, session).await,
            Err(AppError::NotFound(_))
        ));
        assert!(matches!(
            delete(&desk.person(1), session).await,
            Err(AppError::NotFound(_))
        ));
        let row = desk.session(session).await;
        assert_eq!((row.access_token.as_str(), row.refresh_token), ("", None));
        desk.fake.script().pages.push_back(Ok(page(&[], 0, false)));
        assert_eq!(desk.connect("a").await, session);
        assert_eq!(list(&desk.app).await.unwrap().len(), 1);
        desk.end().await;
    }
}
