//! A service that writes reports, and loses none when it is stopped or killed.
//!
//! ```text
//! cargo run -p graph-examples --bin service -- [--db DIR] [--listen ADDRESS] [--pace MS]
//!
//! curl -i localhost:3000/jobs --json '{"topic": "Bees"}' -H 'Idempotency-Key: bees'   # 202, stored and under way
//! curl localhost:3000/jobs/bees                                                      # how it stands
//! curl -N localhost:3000/jobs/bees/events                                            # what happens, by SSE
//! curl localhost:3000/jobs?status=Paused                                             # what waits for an editor
//! curl localhost:3000/jobs/bees/reply --json '{"review": "publish", "by": "ada"}'
//! ```
//!
//! Each report is a thread. It is written chapter by chapter and waits for an editor, who has it published, or written
//! again: `{"review": {"again": "More flowers"}, "by": "ada"}`. On ctrl-c or SIGTERM the service takes no more requests, lets each
//! run end at its next step and exits; started again, it goes on with them, as it does after a crash.

mod news;
mod refusal;
mod report;
mod routes;
mod service;
mod view;

use anyhow::Context;
use clap::Parser;
use graph_runtime::SledSaver;
use report::{Pace, Reports};
use service::Service;
use std::future::IntoFuture;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// A service that writes reports.
#[derive(Parser)]
struct Args {
    /// The directory of the store, created if it does not exist.
    #[arg(long, value_name = "DIR", default_value = "service.db")]
    db: PathBuf,
    /// Where to listen; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:3000")]
    listen: SocketAddr,
    /// How many milliseconds a node takes.
    #[arg(long, value_name = "MS", default_value_t = 500)]
    pace: u64,
}

/// How long clients have to finish what they are about when the service stops.
const GRACE: Duration = Duration::from_secs(5);

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let pace = Pace(Duration::from_millis(args.pace));
    let reports = Reports::builder().context(pace).checkpointer(SledSaver::open(&args.db)?).build();
    let (stop, closing) = (asked_to_stop()?, CancellationToken::new());
    let service = Service::new(reports, closing.clone());
    let listener = TcpListener::bind(args.listen).await.with_context(|| format!("cannot listen at {}", args.listen))?;
    println!("Listening at http://{}", listener.local_addr()?);

    service.recover().await?;
    let server = axum::serve(listener, routes::router(service.clone()));
    let server = tokio::spawn(server.with_graceful_shutdown(closing.clone().cancelled_owned()).into_future());
    stop.await;
    closing.cancel();
    if let Ok(served) = tokio::time::timeout(GRACE, server).await {
        served??;
    }
    // No request is left that could start a run.
    service.drain().await;
    println!("Stopped");
    Ok(())
}

/// Ctrl-c, or what a host sends before it goes down; heard from the call on, awaited or not.
#[cfg(unix)]
fn asked_to_stop() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Ctrl-c; heard from the call on, awaited or not.
#[cfg(windows)]
fn asked_to_stop() -> io::Result<impl Future<Output = ()>> {
    let mut interrupt = tokio::signal::windows::ctrl_c()?;
    Ok(async move {
        interrupt.recv().await;
    })
}
