//! The application asking itself for its pages.

use anyhow::Context;
use axum::Router;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

const REQUESTS: [(&str, &str); 6] = [
    ("GET", "/posts"),
    ("GET", "/fixed/posts"),
    ("GET", "/posts/3"),
    ("GET", "/fixed/posts/3"),
    ("POST", "/authors/1/publish"),
    ("POST", "/fixed/authors/2/publish"),
];

/// What the demonstration did.
#[derive(Debug)]
#[non_exhaustive]
pub struct Demo {
    /// Each request with its answer's status and count of queries.
    pub answers: Vec<(String, String)>,
}

/// Serves the application on a free port of the loopback interface, sends it one request for each of its pages, and shuts it down.
///
/// # Errors
/// When the network fails.
pub async fn demo(app: Router) -> anyhow::Result<Demo> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let (stop, stopped) = oneshot::channel::<()>();
    let server = tokio::spawn(async move {
        let stopped = async {
            let _ = stopped.await;
        };
        axum::serve(listener, app).with_graceful_shutdown(stopped).await
    });

    let mut answers = Vec::new();
    for (method, path) in REQUESTS {
        let mut stream = TcpStream::connect(address).await?;
        let request =
            format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut response = String::new();
        stream.read_to_string(&mut response).await?;
        answers.push((format!("{method} {path}"), outline(&response).context("the response is HTTP")?));
    }
    drop(stop);
    server.await??;
    Ok(Demo { answers })
}

/// The status of a response, and what its `Server-Timing` says of the database.
fn outline(response: &str) -> Option<String> {
    let (head, _) = response.split_once("\r\n\r\n")?;
    let mut lines = head.lines();
    let status = lines.next()?.strip_prefix("HTTP/1.1 ")?;
    let timing = lines.find_map(|line| line.strip_prefix("server-timing: "));
    let queries = timing.and_then(|timing| timing.split('"').nth(1)).unwrap_or("no Server-Timing");
    Some(format!("{status}, {queries}"))
}
