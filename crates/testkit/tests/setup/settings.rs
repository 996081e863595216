//! Settings of the desk, and app keys.

use crate::REQUEST;
use serde_json::Value;
use testkit::for_each_database;

for_each_database!(
    settings_are_kept_as_they_were_typed_and_used_at_once,
    |whole| {
        let mut browser = whole.signed_in().await.unwrap();
        let page = browser.get("/settings").await.unwrap();
        assert_eq!(
            page.field("paid_share_basis_points").as_deref(),
            Some("100")
        );
        let saved = browser
            .post(
                "/settings",
                &[
                    REQUEST,
                    ("goods_tolerance_basis_points", "2,5"),
                    ("goods_tolerance_fen", "0.30"),
                    ("freight_asks_above_fen", ""),
                    ("paid_share_basis_points", "50"),
                    ("decimals", "usd 0\r\nRUB 2"),
                    ("tracking_page", "https://track.example/{code}"),
                ],
            )
            .await
            .unwrap();
        saved.must_show("Saved.");
        for (name, value) in [
            ("goods_tolerance_basis_points", "2.5"),
            ("goods_tolerance_fen", "0.3"),
            ("freight_asks_above_fen", ""),
            ("paid_share_basis_points", "50"),
            ("tracking_page", "https://track.example/{code}"),
        ] {
            assert_eq!(saved.field(name).as_deref(), Some(value), "{name}");
        }
        saved.must_show("RUB 2\nUSD 0</textarea>");
        let settings = app::settings::show(&whole.app).await.unwrap();
        assert_eq!(settings.ceiling.tolerance_basis_points, 250);
        assert_eq!(settings.ceiling.freight_asks_above, None);
        whole.end().await.unwrap();
    }
);

for_each_database!(
    an_app_key_is_tested_when_it_is_entered_and_a_wrong_secret_is_told,
    |whole| {
        let mut browser = whole.signed_in().await.unwrap();
        let page = browser.get("/settings/apps").await.unwrap();
        page.must_show("http://127.0.0.1:8080/connect/1688");
        page.must_show("http://127.0.0.1:8080/push/1688");
        page.must_show("https://open.1688.com/");
        page.must_show("not tested");

        let apps = whole.control("GET", "/apps", Value::Null).await.unwrap();
        let secret = apps[0]["app_secret"].as_str().unwrap();
        let path = format!("/settings/apps/{}", whole.app_id);
        let edit = browser.get(&path).await.unwrap();
        assert!(!edit.body.contains(secret), "a secret is never shown again");
        let wrong = browser
            .post(
                &path,
                &[REQUEST, ("name", "Main"), ("secret", "wrongwrong")],
            )
            .await
            .unwrap();
        wrong.must_show("does not work");
        wrong.must_show("1688 knows the key, but the secret does not belong to it.");
        wrong.must_show("gw.SignatureInvalid");
        let right = browser
            .post(&path, &[REQUEST, ("name", "Main"), ("secret", secret)])
            .await
            .unwrap();
        right.must_show("works, tested just now");
        let again = browser
            .post(&format!("{path}/test"), &[REQUEST])
            .await
            .unwrap();
        again.must_show("works, tested just now");
        whole.end().await.unwrap();
    }
);
