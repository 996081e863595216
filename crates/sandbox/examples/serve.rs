//! A sandbox on its own: `cargo run -p sandbox --example serve -- [ADDRESS] [FILE]`.
//! Messages are not posted; they wait to be pulled.

use sandbox::{Options, Sandbox};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;
use world::World;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let address: SocketAddr = arguments
        .next()
        .unwrap_or_else(|| "127.0.0.1:8689".into())
        .parse()?;
    let file = arguments.next().map(PathBuf::from);
    let options = Options {
        real_delays: true,
        ..Options::default()
    };
    let sandbox = Sandbox::open(file.as_deref(), World::system(), options).await?;
    let listener = tokio::net::TcpListener::bind(address).await?;
    println!("http://{}/console", listener.local_addr()?);
    let service = sandbox
        .router()
        .into_make_service_with_connect_info::<SocketAddr>();
    let ticking = async {
        loop {
            #[expect(
                clippy::disallowed_methods,
                reason = "an example drives the sandbox by itself"
            )]
            tokio::time::sleep(Duration::from_millis(500)).await;
            let Ok(due) = sandbox.tick(sandbox.world().now()).await else {
                continue;
            };
            for push in due {
                let _ = sandbox.push_result(&push.id, false).await;
            }
        }
    };
    tokio::select! {
        served = axum::serve(listener, service) => served?,
        () = ticking => {}
    }
    Ok(())
}
