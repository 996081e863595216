//! Behind a real listener: faults really cut the connection.

use crate::desk::{START, VASE, address, encode, sign};
use sandbox::{Options, Sandbox};
use serde_json::{Value, json};
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use world::{Timestamp, World};

async fn exchange(address: SocketAddr, method: &str, path: &str, kind: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // A reset counts as an end: what came before it is what arrived.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

async fn control(address: SocketAddr, method: &str, path: &str, body: &Value) -> Value {
    let answer = exchange(address, method, path, "application/json", &body.to_string()).await;
    serde_json::from_str(answer.split("\r\n\r\n").nth(1).unwrap()).unwrap()
}

#[tokio::test]
async fn faults_cut_real_connections_and_latency_really_waits() {
    let (world, _) = World::fixed(Timestamp::from_seconds(START), 3);
    let options = Options {
        real_delays: true,
        ..Options::default()
    };
    let sandbox = Sandbox::open(None, world, options).await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    let service = sandbox
        .router()
        .into_make_service_with_connect_info::<SocketAddr>();
    let test = async {
        let apps = control(at, "GET", "/control/apps", &json!({})).await;
        let (key, secret) = (
            apps[0]["app_key"].as_str().unwrap(),
            apps[0]["app_secret"].as_str().unwrap(),
        );
        let granted = control(
            at,
            "POST",
            "/control/1688/authorize",
            &json!({"account": "cn_buyer_01"}),
        )
        .await;
        let path = format!("param2/1/com.alibaba.trade/alibaba.trade.createCrossOrder/{key}");
        let create = async |reference: &str| {
            let mut pairs: Vec<(String, String)> = vec![
                (
                    "access_token".into(),
                    granted["access_token"].as_str().unwrap().into(),
                ),
                ("flow".into(), "general".into()),
                ("addressParam".into(), address().to_string()),
                (
                    "cargoParamList".into(),
                    json!([{"offerId": VASE, "quantity": 1}]).to_string(),
                ),
                ("outOrderId".into(), reference.into()),
            ];
            let signature = sign(secret, &path, &pairs);
            pairs.push(("_aop_signature".into(), signature));
            exchange(
                at,
                "POST",
                &format!("/openapi/{path}"),
                "application/x-www-form-urlencoded",
                &encode(&pairs),
            )
            .await
        };
        let knobs = async |knobs: Value| control(at, "PUT", "/control/1688/knobs", &knobs).await;
        let orders = async || {
            control(at, "GET", "/control/1688/orders", &json!({})).await["orders"]
                .as_array()
                .unwrap()
                .len()
        };

        assert!(create("AP0").await.starts_with("HTTP/1.1 200"));
        knobs(json!({"faults": [{"fault": "request_lost"}]})).await;
        assert_eq!(create("AP1").await, "", "not a byte");
        assert_eq!(orders().await, 1);
        knobs(json!({"faults": [{"fault": "answer_lost"}]})).await;
        assert_eq!(create("AP2").await, "", "not a byte");
        assert_eq!(orders().await, 2);
        knobs(json!({"faults": [{"fault": "body_cut"}]})).await;
        let cut = create("AP3").await;
        let (head, body) = cut.split_once("\r\n\r\n").unwrap();
        let announced: usize = head
            .lines()
            .find_map(|l| l.strip_prefix("content-length: "))
            .unwrap()
            .parse()
            .unwrap();
        assert!(
            head.starts_with("HTTP/1.1 200") && !body.is_empty() && body.len() < announced,
            "{cut}"
        );
        assert_eq!(orders().await, 3);
        // The sandbox's clock stands still here; only the wait itself is real.
        knobs(json!({"latency_ms": 30, "faults": [{"fault": "delay_after", "ms": 30}]})).await;
        assert!(create("AP4").await.contains("orderId"));
        assert_eq!(orders().await, 4);
    };
    tokio::select! {
        served = axum::serve(listener, service) => panic!("{served:?}"),
        () = test => {}
    }
}
