//! Stories of signing in, on both databases.

use super::*;
use crate::fake::Desk;
use crate::{AppError, Ctx};
use secrecy::{ExposeSecret as _, SecretString};
use std::net::IpAddr;

const PASSWORD: &str = "correct horse";

async fn person(desk: &Desk) -> i64 {
    let new = AddUser {
        login: " Anna ".to_owned(),
        name: String::new(),
        password: PASSWORD.to_owned().into(),
        zone: "Europe/Moscow".to_owned(),
    };
    add(&desk.app.program("command line"), new).await.unwrap()
}

async fn attempt(
    desk: &Desk,
    login: &str,
    password: &str,
    address: &str,
) -> Result<SignedIn, AppError> {
    let address: Option<IpAddr> = address.parse().ok();
    sign_in(
        &desk.app,
        SignIn {
            login: login.to_owned(),
            password: password.to_owned().into(),
            address,
        },
    )
    .await
}

async fn key(desk: &Desk, login: &str, password: &str, address: &str) -> String {
    match attempt(desk, login, password, address).await {
        Ok(_) => "in".to_owned(),
        Err(AppError::Refused(message)) => message.key,
        Err(other) => panic!("{other:?}"),
    }
}

fn acting(desk: &Desk, signed: &SignedIn) -> Ctx {
    desk.app.acting(signed.person.actor())
}

#[tokio::test]
async fn a_browser_stays_signed_in_while_it_is_used_and_two_weeks_at_most() {
    for desk in Desk::both().await {
        person(&desk).await;
        let signed = attempt(&desk, "ANNA", PASSWORD, "127.0.0.1").await.unwrap();
        let token = signed.token.expose_secret().to_owned();
        let who_is = async || {
            who(&desk.app, &token)
                .await
                .unwrap()
                .map(|p| (p.login, p.name, p.zone))
        };
        assert_eq!(
            who_is().await.unwrap(),
            (
                "anna".to_owned(),
                "anna".to_owned(),
                "Europe/Moscow".to_owned()
            )
        );
        assert!(who(&desk.app, "nonsense").await.unwrap().is_none());
        assert!(who(&desk.app, &"0".repeat(64)).await.unwrap().is_none());
        for _ in 0..(ABSOLUTE_SECONDS / (IDLE_SECONDS - 1)) {
            desk.clock.advance_seconds(IDLE_SECONDS - 1);
            assert!(who_is().await.is_some());
        }
        desk.clock.advance_seconds(IDLE_SECONDS - 1);
        assert!(who_is().await.is_none());
        // Unused for half a day.
        let signed = attempt(&desk, "anna", PASSWORD, "127.0.0.1").await.unwrap();
        desk.clock.advance_seconds(IDLE_SECONDS);
        assert!(
            who(&desk.app, signed.token.expose_secret())
                .await
                .unwrap()
                .is_none()
        );
        // Signed out.
        let signed = attempt(&desk, "anna", PASSWORD, "127.0.0.1").await.unwrap();
        sign_out(&desk.app, signed.token.expose_secret())
            .await
            .unwrap();
        assert!(
            who(&desk.app, signed.token.expose_secret())
                .await
                .unwrap()
                .is_none()
        );
        desk.end().await;
    }
}

#[tokio::test]
async fn guessing_is_slowed_down_by_name_and_by_address() {
    for desk in Desk::both().await {
        person(&desk).await;
        for _ in 0..5 {
            assert_eq!(
                key(&desk, "anna", "wrong", "10.0.0.1").await,
                "sign_in-wrong"
            );
        }
        // Also the right password has to wait, wherever it comes from.
        assert_eq!(
            key(&desk, "anna", PASSWORD, "10.0.0.2").await,
            "sign_in-blocked"
        );
        desk.clock.advance_seconds(16);
        assert_eq!(
            key(&desk, "anna", "wrong", "10.0.0.1").await,
            "sign_in-wrong"
        );
        desk.clock.advance_seconds(16);
        assert_eq!(
            key(&desk, "anna", PASSWORD, "10.0.0.1").await,
            "sign_in-blocked"
        );
        desk.clock.advance_seconds(16);
        assert_eq!(key(&desk, "anna", PASSWORD, "10.0.0.1").await, "in");
        // Many names from one network.
        for n in 0..20 {
            assert_eq!(
                key(
                    &desk,
                    &format!("nobody{n}"),
                    "wrong",
                    &format!("2001:db8::{n}")
                )
                .await,
                "sign_in-wrong"
            );
        }
        assert_eq!(
            key(&desk, "anna", PASSWORD, "2001:db8::ffff").await,
            "sign_in-blocked"
        );
        assert_eq!(key(&desk, "anna", PASSWORD, "2001:db8:0:1::1").await, "in");
        desk.end().await;
    }
}

#[tokio::test]
async fn a_person_changes_the_own_password_and_zone() {
    for desk in Desk::both().await {
        person(&desk).await;
        let (here, there) = (
            attempt(&desk, "anna", PASSWORD, "").await.unwrap(),
            attempt(&desk, "anna", PASSWORD, "").await.unwrap(),
        );
        let ctx = acting(&desk, &here);
        let change = |old: &str, new: &str| ChangePassword {
            old: old.to_owned().into(),
            new: new.to_owned().into(),
            token: here.token.clone(),
        };
        for (old, new, field) in [
            ("wrong password", "long enough", "old"),
            (PASSWORD, "short", "new"),
        ] {
            let AppError::Invalid(fields) =
                change_password(&ctx, change(old, new)).await.unwrap_err()
            else {
                panic!()
            };
            assert_eq!(fields[0].field, field);
        }
        change_password(&ctx, change(PASSWORD, "another horse"))
            .await
            .unwrap();
        assert!(
            who(&desk.app, here.token.expose_secret())
                .await
                .unwrap()
                .is_some()
        );
        assert!(
            who(&desk.app, there.token.expose_secret())
                .await
                .unwrap()
                .is_none()
        );
        assert_eq!(key(&desk, "anna", PASSWORD, "").await, "sign_in-wrong");
        assert_eq!(key(&desk, "anna", "another horse", "").await, "in");
        assert!(matches!(
            set_zone(&ctx, "Mars/Olympus").await,
            Err(AppError::Invalid(_))
        ));
        set_zone(&ctx, "Asia/Shanghai").await.unwrap();
        assert_eq!(
            who(&desk.app, here.token.expose_secret())
                .await
                .unwrap()
                .unwrap()
                .zone,
            "Asia/Shanghai"
        );
        assert!(matches!(
            set_zone(&desk.app.program("test"), "UTC").await,
            Err(AppError::Forbidden)
        ));
        desk.end().await;
    }
}

#[tokio::test]
async fn every_wrong_field_of_a_new_person_is_named() {
    for desk in Desk::both().await {
        let id = person(&desk).await;
        assert!(id > 0);
        let program = desk.app.program("command line");
        let password = || SecretString::from(PASSWORD.to_owned());
        let bad = AddUser {
            login: "ü".to_owned(),
            name: "n".repeat(101),
            password: "short".to_owned().into(),
            zone: "Nowhere".to_owned(),
        };
        let AppError::Invalid(fields) = add(&program, bad).await.unwrap_err() else {
            panic!()
        };
        assert_eq!(
            fields.iter().map(|f| f.field.as_str()).collect::<Vec<_>>(),
            ["login", "name", "password", "zone"]
        );
        let again = AddUser {
            login: "anna".to_owned(),
            name: String::new(),
            password: password(),
            zone: String::new(),
        };
        let AppError::Invalid(fields) = add(&program, again).await.unwrap_err() else {
            panic!()
        };
        assert_eq!(fields[0].message.key, "user-login_taken");
        let own = AddUser {
            login: "abcdefghij".to_owned(),
            name: String::new(),
            password: "ABCDEFGHIJ".to_owned().into(),
            zone: String::new(),
        };
        assert!(matches!(
            add(&program, own).await,
            Err(AppError::Invalid(_))
        ));
        desk.end().await;
    }
}
