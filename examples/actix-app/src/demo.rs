//! The application asking itself for its pages.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};

use actix_web::{rt, web};
use anyhow::Context;
use diesel_doctor_web::Requests;

use crate::server::server;

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
/// When the database or the network fails.
pub async fn demo(requests: &Requests) -> anyhow::Result<Demo> {
    let (server, address) = server("127.0.0.1:0", requests)?;
    let handle = server.handle();
    let server = rt::spawn(server);
    let answers = web::block(move || ask(address)).await??;
    handle.stop(true).await;
    server.await??;
    Ok(Demo { answers })
}

fn ask(address: SocketAddr) -> anyhow::Result<Vec<(String, String)>> {
    let mut answers = Vec::new();
    for (method, path) in REQUESTS {
        let mut stream = TcpStream::connect(address)?;
        let head = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close");
        stream.write_all(format!("{head}\r\nContent-Length: 0\r\n\r\n").as_bytes())?;
        let mut response = String::new();
        stream.read_to_string(&mut response)?;
        answers.push((format!("{method} {path}"), outline(&response).context("the response is HTTP")?));
    }
    Ok(answers)
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
