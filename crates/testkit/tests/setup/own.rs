//! A person's own password and time zone.

use crate::REQUEST;
use testkit::for_each_database;
use testkit::whole::PERSON;

for_each_database!(
    another_password_signs_other_browsers_out_and_keeps_this_one,
    |whole| {
        let mut here = whole.signed_in().await.unwrap();
        let mut elsewhere = whole.signed_in().await.unwrap();
        let new = "words of another kind";
        let changed = here
            .post(
                "/settings/password",
                &[REQUEST, ("old", PERSON.1), ("new", new), ("again", new)],
            )
            .await
            .unwrap();
        changed.must_show("The password is changed.");
        assert_eq!(here.get("/orders").await.unwrap().path, "/orders");
        let out = elsewhere.get("/orders").await.unwrap();
        assert!(out.path.starts_with("/sign-in"), "{}", out.path);
        let mut fresh = whole.browser();
        assert!(fresh.sign_in(PERSON.0, PERSON.1).await.is_err());
        fresh.sign_in(PERSON.0, new).await.unwrap();
        whole.end().await.unwrap();
    }
);

for_each_database!(times_are_shown_in_the_person_s_zone, |whole| {
    let session = whole.connect("cn_buyer_01").await.unwrap();
    whole.run_jobs().await.unwrap();
    let mut browser = whole.signed_in().await.unwrap();
    let path = format!("/sessions/{session}");
    // Tests begin at 11:46 UTC.
    let hour = |page: &str| {
        let at = page.split("Connected</dt><dd>").nth(1).unwrap();
        at.split("</dd>").next().unwrap().to_owned()
    };
    let before = hour(&browser.get(&path).await.unwrap().body);
    let saved = browser
        .post("/settings/zone", &[REQUEST, ("zone", "Asia/Shanghai")])
        .await
        .unwrap();
    saved.must_show("<option value=\"Asia/Shanghai\" selected>");
    let after = hour(&browser.get(&path).await.unwrap().body);
    let hours = |text: &str| {
        let clock = text.rsplit(' ').next().unwrap();
        clock.split(':').next().unwrap().parse::<i64>().unwrap()
    };
    assert_eq!(
        (hours(&after) - hours(&before)).rem_euclid(24),
        8,
        "{before} {after}"
    );
    whole.end().await.unwrap();
});
