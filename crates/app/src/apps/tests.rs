//! Stories of apps, on both databases.

use super::calls::Counts;
use super::*;
use crate::fake::{CODE, Desk, refusal, tokens};
use crate::session::{
    ConnectBegin, Failure, MayBook, beijing_day, call_failed, connect_begin, connect_finish,
    may_book, next_beijing_day, show,
};
use crate::{App, AppError, Markets, Message};
use marketplaces::ErrorKind;
use std::sync::Arc;
use store::apps as rows;

fn counted(app: &App, key: i64, calls: i64) {
    let now = app.now();
    let counts = Counts::from([((key, beijing_day(now)), calls)]);
    app.markets.tally.add(counts, now);
}

async fn stored(desk: &Desk, key: i64) -> i64 {
    let day = beijing_day(desk.now());
    let mut db = desk.app.store.read().await.unwrap();
    rows::calls_of(&mut db, key, &day).await.unwrap()
}

async fn shown(desk: &Desk, key: i64) -> AppShown {
    let all = list(&desk.app).await.unwrap();
    all.into_iter().find(|app| app.row.id == key).unwrap()
}

async fn look(app: &App) {
    count_due(&app.program("calls")).await.unwrap();
}

async fn second_app(desk: &Desk) -> i64 {
    let new = AppNew {
        marketplace: CODE.to_owned(),
        key: "other".to_owned(),
        secret: "other-secret".to_owned().into(),
        label: "Other".to_owned(),
        daily_quota: None,
    };
    add(&desk.person(1), new).await.unwrap()
}

async fn save_quota(desk: &Desk, key: i64, quota: Option<i64>) {
    let change = AppSave {
        secret: None,
        label: String::new(),
        daily_quota: quota,
    };
    save(&desk.person(1), key, change).await.unwrap();
}

/// Logs in with `account` through `app`.
async fn log_in(
    desk: &Desk,
    app: i64,
    session: Option<i64>,
    account: &str,
) -> Result<i64, AppError> {
    let person = desk.person(1);
    let begin = ConnectBegin {
        app,
        session,
        return_to: "/sessions".to_owned(),
    };
    let url = connect_begin(&person, begin).await?;
    let (_, state) = url.query_pairs().find(|(name, _)| name == "state").unwrap();
    let fresh = tokens(&format!("through {app}"), account, desk.now());
    desk.fake.script().exchanges.push_back(Ok(fresh));
    Ok(connect_finish(&person, &state, "code").await?.session)
}

fn key_of(error: AppError) -> String {
    match error {
        AppError::Refused(message) => message.key,
        other => panic!("{other:?}"),
    }
}

async fn may(desk: &Desk, session: i64) -> MayBook {
    let row = desk.session(session).await;
    let mut db = desk.app.store.read().await.unwrap();
    may_book(&mut db, &row, desk.now()).await.unwrap()
}

fn no(may: MayBook) -> Message {
    match may {
        MayBook::No(reason) => reason,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn calls_go_into_the_books_along_with_a_claim_or_after_a_while_by_themselves() {
    for desk in Desk::both().await {
        let session = desk.connect("a").await;
        let handle = desk.app.markets.get(CODE).unwrap().clone();
        let node = App {
            markets: Arc::new(Markets::new(
                vec![handle],
                desk.app.markets.transport.clone(),
            )),
            ..desk.app.clone()
        };
        counted(&desk.app, desk.key, 3);
        counted(&node, desk.key, 4);
        look(&desk.app).await;
        look(&node).await;
        assert_eq!(stored(&desk, desk.key).await, 0, "fresh counts wait");
        assert_eq!(shown(&desk, desk.key).await.today.used, 3);
        assert_eq!(show(&desk.app, session).await.unwrap().calls.used, 3);
        // Another node's work takes its own counts along; what it says is seen here.
        desk.clock.advance_seconds(3);
        let start = async |request: &str| {
            let start = crate::sync::Start {
                request_id: request.to_owned(),
                sessions: vec![session],
                order: None,
            };
            crate::sync::start(&desk.person(1), start).await.unwrap();
        };
        start("request-1").await;
        crate::worker::turn(&node).await.unwrap();
        assert_eq!(stored(&desk, desk.key).await, 4);
        assert_eq!(shown(&desk, desk.key).await.today.used, 7);
        start("request-2").await;
        desk.work().await;
        assert_eq!(stored(&desk, desk.key).await, 7);
        // Without work, after a while; and at the end of the process at once.
        counted(&desk.app, desk.key, 10);
        desk.clock.advance_seconds(19);
        look(&desk.app).await;
        assert_eq!(stored(&desk, desk.key).await, 7);
        desk.clock.advance_seconds(1);
        look(&desk.app).await;
        assert_eq!(stored(&desk, desk.key).await, 17);
        counted(&desk.app, desk.key, 1);
        count_all(&desk.app).await.unwrap();
        assert_eq!(shown(&desk, desk.key).await.today.used, 18);
        // Another day, another count.
        desk.clock
            .advance_seconds(next_beijing_day(desk.now()).seconds_since(desk.now()));
        assert_eq!(shown(&desk, desk.key).await.today.used, 0);
        desk.end().await;
    }
}

#[tokio::test]
async fn the_sessions_of_an_app_rest_when_its_quota_is_used_up() {
    for desk in Desk::both().await {
        let a = desk.connect("a").await;
        let b = desk.connect("b").await;
        let other = second_app(&desk).await;
        let c = log_in(&desk, other, None, "c").await.unwrap();
        desk.work().await;
        save_quota(&desk, desk.key, Some(100)).await;
        counted(&desk.app, desk.key, 99);
        look(&desk.app).await;
        assert_eq!(shown(&desk, desk.key).await.today.level(), Level::Near);
        assert_eq!(may(&desk, a).await, MayBook::Yes);
        counted(&desk.app, desk.key, 1);
        look(&desk.app).await;
        let midnight = next_beijing_day(desk.now());
        let (reason, until) = shown(&desk, desk.key).await.rests.unwrap();
        assert_eq!((reason.key.as_str(), until), ("app-quota_used", midnight));
        for session in [a, b] {
            let reason = no(may(&desk, session).await);
            assert_eq!(reason.key, "app-quota_used");
            assert_eq!(reason.args["used"], "100");
            assert_eq!(reason.args["next"], midnight.0.to_string());
        }
        assert_eq!(may(&desk, c).await, MayBook::Yes, "another app");
        // What waits stays in the queue; the other app's work goes on; a session that comes rests too.
        desk.clock.advance_seconds(600);
        crate::sync::due(&desk.app.program("test")).await.unwrap();
        assert_eq!(desk.work().await, ["session.sync"]);
        let d = log_in(&desk, desk.key, None, "d").await.unwrap();
        assert_eq!(desk.session(d).await.paused_until_at, midnight);
        assert_eq!(
            key_of(go_on(&desk.person(1), desk.key).await.unwrap_err()),
            "app-raise_quota"
        );
        // Not enough, then enough.
        save_quota(&desk, desk.key, Some(90)).await;
        assert_eq!(desk.session(a).await.paused_until_at, midnight);
        save_quota(&desk, desk.key, Some(200)).await;
        assert_eq!(may(&desk, a).await, MayBook::Yes);
        assert!(shown(&desk, desk.key).await.rests.is_none());
        assert_eq!(desk.work().await.len(), 3);
        // Used up again, and the day ends.
        counted(&desk.app, desk.key, 100);
        look(&desk.app).await;
        assert_eq!(no(may(&desk, d).await).key, "app-quota_used");
        desk.clock
            .advance_seconds(midnight.seconds_since(desk.now()));
        look(&desk.app).await;
        assert_eq!(may(&desk, d).await, MayBook::Yes);
        assert!(shown(&desk, desk.key).await.rests.is_none());
        desk.end().await;
    }
}

#[tokio::test]
async fn a_marketplace_that_says_used_up_lets_the_whole_app_rest_until_somebody_knows_better() {
    for desk in Desk::both().await {
        let a = desk.connect("a").await;
        let b = desk.connect("b").await;
        let calls = {
            let mut db = desk.app.store.read().await.unwrap();
            desk.app.session_calls(&mut db, a).await.unwrap()
        };
        let test = desk.app.program("test");
        let fail = async |kind| call_failed(&test, &calls, &refusal(kind)).await.unwrap();
        let midnight = next_beijing_day(desk.now());
        let used_up = ErrorKind::UsedUp { next: None };
        assert_eq!(fail(used_up.clone()).await, Failure::Paused);
        assert_eq!(fail(used_up).await, Failure::Paused);
        for session in [a, b] {
            assert_eq!(desk.session(session).await.paused_until_at, midnight);
            assert_eq!(no(may(&desk, session).await).key, "market-used_up");
        }
        // A shorter rest changes nothing, and a session's own longer one outlives the app's.
        let next = desk.now().plus_seconds(10);
        fail(ErrorKind::Throttled { next: Some(next) }).await;
        assert_eq!(desk.session(a).await.paused_until_at, midnight);
        let later = midnight.plus_seconds(60);
        fail(ErrorKind::Throttled { next: Some(later) }).await;
        go_on(&desk.person(1), desk.key).await.unwrap();
        assert_eq!(desk.session(a).await.paused_until_at, later);
        assert_eq!(may(&desk, b).await, MayBook::Yes);
        // A test of the key learns the same.
        desk.fake.script().check = Some(Err(refusal(ErrorKind::UsedUp { next: Some(later) })));
        assert!(check(&desk.person(1), desk.key).await.is_err());
        assert_eq!(desk.session(b).await.paused_until_at, later);
        desk.end().await;
    }
}

#[tokio::test]
async fn an_app_is_switched_off_and_on_and_deleted_when_nothing_belongs_to_it() {
    for desk in Desk::both().await {
        let person = desk.person(1);
        let session = desk.connect("a").await;
        switch_off(&person, desk.key).await.unwrap();
        let reason = no(may(&desk, session).await);
        assert_eq!(reason.key, "app-off");
        assert!(!reason.args.contains_key("next"), "it has no end");
        {
            let mut db = desk.app.store.read().await.unwrap();
            let calls = desk.app.session_calls(&mut db, session).await;
            assert_eq!(key_of(calls.err().unwrap()), "app-off");
        }
        for wanted in [None, Some(session)] {
            let refused = log_in(&desk, desk.key, wanted, "a").await.unwrap_err();
            assert_eq!(key_of(refused), "connect-app_off");
        }
        assert_eq!(
            key_of(for_login(&desk.app, CODE).await.unwrap_err()),
            "connect-app_off"
        );
        switch_on(&person, desk.key).await.unwrap();
        assert_eq!(may(&desk, session).await, MayBook::Yes);
        assert_eq!(for_login(&desk.app, CODE).await.unwrap().len(), 1);

        let AppError::Refused(refused) = delete(&person, desk.key).await.unwrap_err() else {
            panic!()
        };
        assert_eq!(refused.key, "app-has_sessions");
        assert_eq!(refused.args["sessions"], "login of a");
        crate::session::delete(&person, session).await.unwrap();
        delete(&person, desk.key).await.unwrap();
        assert!(list(&desk.app).await.unwrap().is_empty());
        assert!(matches!(
            delete(&person, desk.key).await.unwrap_err(),
            AppError::NotFound("app")
        ));
        assert_eq!(
            key_of(for_login(&desk.app, CODE).await.unwrap_err()),
            "connect-no_app"
        );
        // The same key comes back as the app that it was, with its sessions to be connected again.
        let again = AppNew {
            marketplace: CODE.to_owned(),
            key: "key".to_owned(),
            secret: "newer".to_owned().into(),
            label: String::new(),
            daily_quota: Some(5),
        };
        assert_eq!(add(&person, again).await.unwrap(), desk.key);
        let row = shown(&desk, desk.key).await.row;
        assert_eq!(row.daily_quota, Some(5));
        let opened = desk.app.app_key(&row).unwrap();
        assert_eq!(
            secrecy::ExposeSecret::expose_secret(&opened.secret),
            "newer"
        );
        assert_eq!(
            log_in(&desk, desk.key, None, "a").await.unwrap(),
            session,
            "the account lives again"
        );
        desk.end().await;
    }
}

#[tokio::test]
async fn a_session_moves_to_another_app_by_logging_in_through_it() {
    for desk in Desk::both().await {
        let session = desk.connect("a").await;
        let other = second_app(&desk).await;
        // A session of the same account that stood there once and was removed gives way.
        let twin = log_in(&desk, other, None, "a").await.unwrap();
        assert_ne!(twin, session);
        let refused = log_in(&desk, other, Some(session), "a").await.unwrap_err();
        assert_eq!(key_of(refused), "connect-there_already");
        desk.work().await;
        crate::session::delete(&desk.person(1), twin).await.unwrap();

        save_quota(&desk, desk.key, Some(1)).await;
        counted(&desk.app, desk.key, 1);
        look(&desk.app).await;
        assert_eq!(no(may(&desk, session).await).key, "app-quota_used");
        let refused = log_in(&desk, other, Some(session), "b").await.unwrap_err();
        assert_eq!(key_of(refused), "connect-other_account");
        assert_eq!(desk.session(session).await.app_id, desk.key);
        let before = desk.session(session).await;
        assert_eq!(
            log_in(&desk, other, Some(session), "a").await.unwrap(),
            session
        );
        let row = desk.session(session).await;
        assert_eq!(
            (row.app_id, row.account.as_str()),
            (other, before.account.as_str())
        );
        assert_eq!(row.generation, before.generation + 1);
        assert_eq!(row.address, before.address);
        assert_eq!(
            may(&desk, session).await,
            MayBook::Yes,
            "that app has calls left"
        );
        assert_eq!(desk.session(twin).await.app_id, desk.key);
        let key_sessions = shown(&desk, desk.key).await.sessions;
        assert!(key_sessions.is_empty(), "{key_sessions:?}");
        assert_eq!(
            super::for_others(&desk.app, &row)
                .await
                .unwrap()
                .iter()
                .map(|app| app.row.id)
                .collect::<Vec<_>>(),
            [desk.key]
        );
        // Its calls go out with the other key now.
        let calls = {
            let mut db = desk.app.store.read().await.unwrap();
            desk.app.session_calls(&mut db, session).await.unwrap()
        };
        assert_eq!(calls.caller().app.key, "other");
        desk.end().await;
    }
}
