use super::*;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use tower::ServiceExt;
use world::Timestamp;

fn app(settings: &HttpSettings) -> Router {
    let (world, _) = World::fixed(Timestamp::from_seconds(1_800_000_000), 1);
    let routes = Router::new()
        .route(
            "/page",
            get(|| async { "a page that is long enough to be worth compressing, surely" }),
        )
        .route(
            "/post",
            post(|fields: Fields| async move { fields.text("a").to_owned() }),
        )
        .route("/panic", get(panics))
        .route(
            "/signed-out",
            get(|| async { PageError::sign_in("/orders?q=1").into_response() }),
        )
        .route(
            "/refused",
            get(|| async {
                PageError::conflict("conflict", "The order <b> is closed.").with_said(Said {
                    code: "SBX_1".into(),
                    text: "订单已关闭".into(),
                    request_id: "r-1".into(),
                })
            }),
        );
    shell(settings, &world, routes).unwrap()
}

async fn panics() -> &'static str {
    panic!("a defect")
}

async fn ask(
    settings: &HttpSettings,
    request: Request<Body>,
) -> (StatusCode, http::HeaderMap, String) {
    let response = app(settings).oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, 1 << 20).await.unwrap();
    (
        parts.status,
        parts.headers,
        String::from_utf8_lossy(&bytes).into_owned(),
    )
}

fn browser(path: &str) -> http::request::Builder {
    Request::get(path).header(header::ACCEPT, "text/html,*/*")
}

fn https() -> HttpSettings {
    HttpSettings {
        public_url: Some("https://desk.example.com/".parse().unwrap()),
        image_hosts: vec!["https://*.alicdn.com".into(), "bad; script-src *".into()],
        form_origins: vec!["https://auth.1688.com".into()],
    }
}

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    let (status, headers, _) = ask(&https(), browser("/page").body(Body::empty()).unwrap()).await;
    assert_eq!(status, StatusCode::OK);
    let policy = headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(policy.contains("script-src 'self';") && !policy.contains("unsafe"));
    assert!(policy.contains("img-src 'self' data: https://*.alicdn.com;"));
    assert!(policy.contains("form-action 'self' https://auth.1688.com;"));
    assert!(headers.contains_key(header::STRICT_TRANSPORT_SECURITY));
    assert_eq!(headers["x-request-id"].len(), 16);
    let plain = HttpSettings::default();
    let (_, headers, _) = ask(&plain, browser("/none").body(Body::empty()).unwrap()).await;
    assert!(!headers.contains_key(header::STRICT_TRANSPORT_SECURITY));
    assert!(headers.contains_key(header::X_CONTENT_TYPE_OPTIONS));
}

#[tokio::test]
async fn posts_from_other_sites_are_refused_and_our_own_pass() {
    let post = |origin: &str, site: &str| {
        Request::post("/post")
            .header(header::HOST, "127.0.0.1:8080")
            .header(header::ACCEPT, "text/html")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ORIGIN, origin)
            .header("sec-fetch-site", site)
            .body(Body::from("a=%20yes%20"))
            .unwrap()
    };
    let (status, _, body) = ask(&https(), post("https://evil.example", "cross-site")).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert!(body.contains("another site"));
    let (status, _, body) = ask(&https(), post("http://127.0.0.1:8080", "same-origin")).await;
    assert_eq!((status, body.as_str()), (StatusCode::OK, "yes"));
    let (status, _, _) = ask(&https(), post("https://desk.example.com", "same-site")).await;
    assert_eq!(status, StatusCode::OK, "the public address is trusted");
    let push = Request::post("/post")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from("a=1"))
        .unwrap();
    assert_eq!(
        ask(&https(), push).await.0,
        StatusCode::OK,
        "a server's push has no origin"
    );
}

#[tokio::test]
async fn errors_suit_the_reader() {
    let plain = HttpSettings::default();
    let (status, headers, body) = ask(&plain, browser("/none").body(Body::empty()).unwrap()).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert!(
        headers[header::CONTENT_TYPE]
            .to_str()
            .unwrap()
            .starts_with("text/html")
    );
    assert!(body.contains("<h1>There is nothing here</h1>"));

    let htmx = browser("/refused")
        .header("hx-request", "true")
        .body(Body::empty())
        .unwrap();
    let (status, headers, body) = ask(&plain, htmx).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_eq!(headers["hx-retarget"], "#toasts");
    assert!(body.contains("The order &#60;b&#62; is closed.") && body.contains("订单已关闭"));

    let machine = Request::get("/refused").body(Body::empty()).unwrap();
    let (_, headers, body) = ask(&plain, machine).await;
    assert_eq!(headers[header::CONTENT_TYPE], "application/problem+json");
    let problem: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!(problem["code"], "conflict");
    assert_eq!(problem["marketplace"]["code"], "SBX_1");
    assert_eq!(
        problem["request_id"],
        headers["x-request-id"].to_str().unwrap()
    );
}

#[tokio::test]
async fn a_panic_is_a_proper_page_and_says_nothing_of_itself() {
    let plain = HttpSettings::default();
    let (status, _, body) = ask(&plain, browser("/panic").body(Body::empty()).unwrap()).await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(body.contains("went wrong on our side") && !body.contains("defect"));
}

#[tokio::test]
async fn who_is_signed_out_is_sent_to_sign_in_and_back() {
    let plain = HttpSettings::default();
    let (status, headers, _) =
        ask(&plain, browser("/signed-out").body(Body::empty()).unwrap()).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    assert_eq!(
        headers[header::LOCATION],
        "/sign-in?return=%2Forders%3Fq%3D1"
    );
    let htmx = browser("/signed-out")
        .header("hx-request", "true")
        .body(Body::empty())
        .unwrap();
    let (status, headers, _) = ask(&plain, htmx).await;
    assert_eq!(status, StatusCode::OK);
    assert!(headers.contains_key("hx-redirect"));
}

#[tokio::test]
async fn too_large_a_body_and_a_wrong_method_are_explained() {
    let plain = HttpSettings::default();
    let big = Request::post("/post")
        .header(header::ACCEPT, "text/html")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(vec![b'a'; BODY_LIMIT + 1]))
        .unwrap();
    let (status, _, body) = ask(&plain, big).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(body.contains("Too much was sent"));
    let (status, _, body) = ask(&plain, browser("/post").body(Body::empty()).unwrap()).await;
    assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED);
    assert!(body.contains("page’s own buttons"));
}
