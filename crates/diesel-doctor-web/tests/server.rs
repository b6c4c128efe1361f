//! Both frameworks on a real socket of the loopback interface: what a client receives is the same with and without the middleware.

mod support;

use std::convert::Infallible;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc::channel;

use actix_web::{App, HttpResponse, HttpServer, rt, web};
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::routing::get;
use bytes::Bytes;
use diesel_doctor_core::Ending;
use diesel_doctor_web::Requests;
use futures_util::{Stream, StreamExt, stream};
use http_body::Frame;
use http_body_util::StreamBody;

use support::{LONG, Reports, query, requests, requests_with};

/// What is asked for, and the scope's name: all kinds of bodies, and none.
const ASKED: [(&str, &str); 8] = [
    ("GET /text", "GET /text"),
    ("HEAD /text", "HEAD /text"),
    ("GET /empty", "GET /empty"),
    ("GET /nothing", "GET /nothing"),
    ("GET /stream", "GET /stream"),
    ("GET /sized", "GET /sized"),
    ("GET /error", "GET /error"),
    ("GET /absent", "GET (no route)"),
];

fn chunks() -> impl Stream<Item = Result<Bytes, Infallible>> + Send + 'static {
    stream::iter(["one", "", "three"].map(|chunk| Ok(Bytes::from_static(chunk.as_bytes()))))
}

fn endless() -> impl Stream<Item = Result<Bytes, Infallible>> + Send + 'static {
    query(&"SELECT 1");
    stream::repeat_with(|| Ok(Bytes::from_static(&[b'x'; 4_096])))
}

/// Events for as long as somebody listens.
fn events() -> impl Stream<Item = Result<Bytes, Infallible>> + Send + 'static {
    stream::repeat(()).then(async |()| {
        query(&"SELECT 1");
        tokio::task::yield_now().await;
        Ok(Bytes::from_static(b"data: tick\n\n"))
    })
}

/// One event, and then none.
fn event() -> impl Stream<Item = Result<Bytes, Infallible>> + Send + 'static {
    stream::once(async { Ok(Bytes::from_static(b"data: tick\n\n")) }).chain(stream::pending())
}

fn with_trailers() -> Body {
    let trailers = HeaderMap::from_iter([(HeaderName::from_static("x-sum"), HeaderValue::from_static("8"))]);
    let frames = [Frame::data(Bytes::from_static(b"text")), Frame::trailers(trailers)];
    // A stream that would go on, if it were asked.
    Body::new(StreamBody::new(stream::iter(frames.map(Ok::<_, Infallible>)).chain(stream::pending())))
}

/// Serves in a thread of its own, which ends with the process.
fn serve_axum(requests: Option<Requests>) -> SocketAddr {
    let waits = async || {
        query(&"SELECT 1");
        std::future::pending::<()>().await;
    };
    let mut app = Router::new()
        .route("/text", get(async || ([("x-own", "kept")], "text")))
        .route("/empty", get(async || ""))
        .route("/nothing", get(async || StatusCode::NO_CONTENT))
        .route("/stream", get(async || Body::from_stream(chunks())))
        .route("/sized", get(async || ([("content-length", "8")], Body::from_stream(chunks()))))
        .route("/trailers", get(async || ([("trailer", "x-sum")], with_trailers())))
        .route("/error", get(async || (StatusCode::INTERNAL_SERVER_ERROR, "error")))
        .route("/events", get(async || ([("content-type", "text/event-stream")], Body::from_stream(events()))))
        .route("/event", get(async || ([("content-type", "text/event-stream")], Body::from_stream(event()))))
        .route("/endless", get(async || Body::from_stream(endless())))
        .route("/waits", get(waits));
    if let Some(requests) = requests {
        app = app.layer(requests.layer());
    }
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    listener.set_nonblocking(true).unwrap();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            axum::serve(listener, app).await.unwrap();
        });
    });
    address
}

/// Serves in a thread of its own, which ends with the process.
fn serve_actix(requests: Option<Requests>) -> SocketAddr {
    fn routes(service: &mut web::ServiceConfig) {
        service
            .route("/text", web::route().to(async || HttpResponse::Ok().insert_header(("x-own", "kept")).body("text")))
            .route("/empty", web::get().to(async || ""))
            .route("/nothing", web::get().to(HttpResponse::NoContent))
            .route("/stream", web::get().to(async || HttpResponse::Ok().streaming(chunks())))
            .route("/sized", web::get().to(async || HttpResponse::Ok().no_chunking(8).streaming(chunks())))
            .route(
                "/events",
                web::get().to(async || HttpResponse::Ok().content_type("text/event-stream").streaming(events())),
            )
            .route("/error", web::get().to(async || HttpResponse::InternalServerError().body("error")))
            .route("/endless", web::get().to(async || HttpResponse::Ok().streaming(endless())));
    }

    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        rt::System::new().block_on(async {
            let server = if let Some(requests) = requests {
                let server = HttpServer::new(move || App::new().wrap(requests.middleware()).configure(routes));
                let server = server.workers(1).disable_signals().bind("127.0.0.1:0").unwrap();
                sender.send(server.addrs()[0]).unwrap();
                server.run()
            } else {
                let server = HttpServer::new(|| App::new().configure(routes));
                let server = server.workers(1).disable_signals().bind("127.0.0.1:0").unwrap();
                sender.send(server.addrs()[0]).unwrap();
                server.run()
            };
            server.await.unwrap();
        });
    });
    receiver.recv().unwrap()
}

/// The response as it came, without the date, in lower case.
fn ask(address: SocketAddr, asked: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(format!("{asked} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").as_bytes()).unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    let lines = response.split("\r\n").filter(|line| !line.to_lowercase().starts_with("date: "));
    lines.collect::<Vec<_>>().join("\r\n").to_lowercase()
}

fn without_timing(response: &str) -> (String, bool) {
    let is_timing = |line: &&str| line.starts_with("server-timing: ");
    let lines: Vec<_> = response.split("\r\n").collect();
    let rest: Vec<_> = lines.iter().copied().filter(|line| !is_timing(line)).collect();
    (rest.join("\r\n"), rest.len() + 1 == lines.len())
}

#[track_caller]
fn responses_are_the_same(plain: SocketAddr, watched: SocketAddr, reports: &Reports) {
    for (asked, scope) in ASKED {
        let expected = ask(plain, asked);
        let (response, has_timing) = without_timing(&ask(watched, asked));
        assert_eq!(response, expected, "{asked}");
        assert!(has_timing, "{asked}");
        assert!(expected.starts_with("http/1.1 "), "{expected}");
        let report = reports.next();
        assert_eq!((report.scope.as_str(), report.ending()), (scope, Ending::Closed));
    }
}

#[track_caller]
fn a_client_that_hangs_up_ends_the_scope(address: SocketAddr, reports: &Reports) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(b"GET /endless HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let mut beginning = [0; 16_000];
    stream.read_exact(&mut beginning).unwrap();
    drop(stream);
    let report = reports.next();
    assert_eq!((report.scope.as_str(), report.query_count()), ("GET /endless", 1));
    assert_eq!(report.ending(), Ending::Dropped);
}

#[track_caller]
fn a_client_that_leaves_a_stream_of_events_ends_the_scope(address: SocketAddr, path: &str, reports: &Reports) {
    let mut stream = BufReader::new(TcpStream::connect(address).unwrap());
    stream.get_mut().write_all(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").as_bytes()).unwrap();
    let mut lines = stream.lines().map(Result::unwrap);
    assert!(lines.any(|line| line == "data: tick"));
    drop(lines);
    let report = reports.next();
    assert_eq!((report.ending(), report.scope), (Ending::Dropped, format!("GET {path}")));
}

#[test]
fn a_client_of_axum_that_leaves_a_stream_of_events_ends_the_scope() {
    let (requests, reports, _) = requests();
    let address = serve_axum(Some(requests));
    for path in ["/events", "/event"] {
        a_client_that_leaves_a_stream_of_events_ends_the_scope(address, path, &reports);
    }
}

/// It is noticed with the next event.
#[test]
fn a_client_of_actix_that_leaves_a_stream_of_events_ends_the_scope() {
    let (requests, reports, _) = requests();
    a_client_that_leaves_a_stream_of_events_ends_the_scope(serve_actix(Some(requests)), "/events", &reports);
}

#[test]
fn a_body_that_ends_with_trailers_is_complete() {
    let (requests, reports, _) = requests();
    let mut stream = TcpStream::connect(serve_axum(Some(requests))).unwrap();
    stream
        .write_all(b"GET /trailers HTTP/1.1\r\nHost: localhost\r\nTE: trailers\r\nConnection: close\r\n\r\n")
        .unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    assert!(response.ends_with("0\r\nx-sum: 8\r\n\r\n"), "{response}");
    assert_eq!(reports.next().ending(), Ending::Closed);
}

/// actix-web lets the handler finish.
#[test]
fn a_client_of_axum_that_does_not_wait_ends_the_scope() {
    let (begun, begins) = channel();
    let (requests, reports, _) = requests_with(|builder| builder.only(move |_| begun.send(()).is_ok()));
    let mut stream = TcpStream::connect(serve_axum(Some(requests))).unwrap();
    stream.write_all(b"GET /waits HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    begins.recv_timeout(LONG).unwrap();
    drop(stream);
    let report = reports.next();
    assert_eq!((report.scope.as_str(), report.query_count()), ("GET /waits", 1));
    assert_eq!(report.ending(), Ending::Dropped);
}

#[test]
fn axum_answers_the_same_with_and_without() {
    let (requests, reports, _) = requests();
    responses_are_the_same(serve_axum(None), serve_axum(Some(requests)), &reports);
}

#[test]
fn actix_answers_the_same_with_and_without() {
    let (requests, reports, _) = requests();
    responses_are_the_same(serve_actix(None), serve_actix(Some(requests)), &reports);
}

#[test]
fn a_client_of_axum_that_hangs_up_ends_the_scope() {
    let (requests, reports, _) = requests();
    a_client_that_hangs_up_ends_the_scope(serve_axum(Some(requests)), &reports);
}

#[test]
fn a_client_of_actix_that_hangs_up_ends_the_scope() {
    let (requests, reports, _) = requests();
    a_client_that_hangs_up_ends_the_scope(serve_actix(Some(requests)), &reports);
}
