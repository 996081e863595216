use crate::desk::{Desk, LOGIN, PASSWORD};
use axum::http::header;

#[tokio::test]
async fn signing_in_gives_a_cookie_and_leads_back_inside_only() {
    let mut desk = Desk::empty().await;
    desk.cookie.clear();
    desk.get("/sign-in?return=/orders%3Fq%3D1")
        .await
        .is(200)
        .shows(&["value=\"/orders?q=1\"", "name=\"password\""]);
    let form = |back| {
        [
            ("name", LOGIN),
            ("password", PASSWORD),
            ("return", back),
            ("request_id", "r-00000001"),
        ]
    };
    let answer = desk.post("/sign-in", &form("/orders?q=1")).await;
    answer.is(303);
    assert_eq!(answer.location(), "/orders?q=1");
    let cookie = answer.headers[header::SET_COOKIE].to_str().unwrap();
    assert!(
        cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"),
        "{cookie}"
    );
    let answer = desk.post("/sign-in", &form("//evil.example")).await;
    assert_eq!(answer.location(), "/");
    desk.sign_in().await;
    let answer = desk.get("/sign-in?return=/purchases").await;
    assert_eq!(
        answer.location(),
        "/purchases",
        "who is signed in need not do it again"
    );
}

#[tokio::test]
async fn a_wrong_password_is_told_without_saying_which_part_is_wrong_and_the_name_stays() {
    let desk = Desk::empty().await;
    for name in [LOGIN, "nobody"] {
        let form = [
            ("name", name),
            ("password", "wrong"),
            ("request_id", "r-00000001"),
        ];
        let answer = desk.post("/sign-in", &form).await;
        answer
            .is(422)
            .shows(&["Name or password is wrong.", &format!("value=\"{name}\"")])
            .lacks("value=\"wrong\"");
        assert!(!answer.headers.contains_key(header::SET_COOKIE));
    }
}

#[tokio::test]
async fn guessing_is_slowed_down_and_says_for_how_long() {
    let desk = Desk::empty().await;
    let form = |password| {
        [
            ("name", LOGIN),
            ("password", password),
            ("request_id", "r-00000001"),
        ]
    };
    for _ in 0..5 {
        desk.post("/sign-in", &form("wrong")).await.is(422);
    }
    let answer = desk.post("/sign-in", &form(PASSWORD)).await;
    answer.is(429).shows(&["Too many attempts. Try again in"]);
    assert!(answer.headers.contains_key(header::RETRY_AFTER));
    desk.clock.advance_seconds(1_000);
    desk.post("/sign-in", &form(PASSWORD)).await.is(303);
}

#[tokio::test]
async fn signing_out_ends_the_token_and_not_only_the_cookie() {
    let desk = Desk::empty().await;
    desk.get("/orders").await.is(200);
    let answer = desk
        .post("/sign-out", &[("request_id", "r-00000001")])
        .await;
    answer.is(303);
    assert!(
        answer.headers[header::SET_COOKIE]
            .to_str()
            .unwrap()
            .contains("Max-Age=0")
    );
    let answer = desk.get("/orders?q=Иван").await;
    assert_eq!(
        answer.location(),
        "/sign-in?return=%2Forders%3Fq%3D%D0%98%D0%B2%D0%B0%D0%BD",
        "the same cookie is worth nothing"
    );
}
