//! `#[diagnose]` with `instrument` of `tracing` beside it: the span is around the future, in either order of the attributes.

mod diagnosed;

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;

use async_trait::async_trait;
use diesel_doctor::diagnose;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber, instrument};

use diagnosed::{findings, name, open, reports_of};

thread_local! {
    /// The names of the spans so far.
    static KNOWN: RefCell<Vec<&'static str>> = const { RefCell::new(Vec::new()) };
    /// The spans that the thread is in.
    static ENTERED: RefCell<Vec<Id>> = const { RefCell::new(Vec::new()) };
}

/// Knows which spans the thread is in.
struct Spans;

impl Subscriber for Spans {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        KNOWN.with_borrow_mut(|known| {
            known.push(span.metadata().name());
            Id::from_u64(known.len() as u64)
        })
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, _: &Event<'_>) {}

    fn enter(&self, span: &Id) {
        ENTERED.with_borrow_mut(|entered| entered.push(span.clone()));
    }

    fn exit(&self, span: &Id) {
        ENTERED.with_borrow_mut(|entered| entered.retain(|entered| entered != span));
    }
}

/// The span that a query after an `await` is made in.
async fn span() -> Option<&'static str> {
    tokio::task::yield_now().await;
    name(1, &mut open()).unwrap();
    let innermost = ENTERED.with_borrow(|entered| entered.last().map(Id::into_u64))?;
    KNOWN.with_borrow(|known| known.get(innermost as usize - 1).copied())
}

type Name = Option<&'static str>;

#[diagnose(name = "async, above")]
#[instrument]
async fn an_async_fn_above() -> Name {
    span().await
}

#[instrument]
#[diagnose(name = "async, below")]
async fn an_async_fn_below() -> Name {
    span().await
}

#[diagnose(name = "box, above")]
#[instrument]
fn a_box_above() -> Pin<Box<dyn Future<Output = Name> + Send>> {
    Box::pin(async move { span().await })
}

#[instrument]
#[diagnose(name = "box, below")]
fn a_box_below() -> Pin<Box<dyn Future<Output = Name> + Send>> {
    Box::pin(async move { span().await })
}

#[diagnose(name = "block, above")]
#[instrument]
fn a_block_above() -> impl Future<Output = Name> {
    async move { span().await }
}

#[instrument]
#[diagnose(name = "block, below")]
fn a_block_below() -> impl Future<Output = Name> {
    async move { span().await }
}

#[async_trait]
trait Above {
    async fn method_above(&self) -> Name;
}

#[async_trait]
trait Below {
    async fn method_below(&self) -> Name;
}

struct Page;

#[diagnose(name = "trait, above")]
#[async_trait]
impl Above for Page {
    #[instrument(skip_all)]
    async fn method_above(&self) -> Name {
        span().await
    }
}

#[async_trait]
#[diagnose(name = "trait, below")]
impl Below for Page {
    #[instrument(skip_all)]
    async fn method_below(&self) -> Name {
        span().await
    }
}

#[tokio::test]
async fn the_span_is_around_the_future() {
    drop(open());
    let _subscribed = tracing::subscriber::set_default(Spans);
    assert_eq!(an_async_fn_above().await, Some("an_async_fn_above"));
    assert_eq!(an_async_fn_below().await, Some("an_async_fn_below"));
    assert_eq!(a_box_above().await, Some("a_box_above"));
    assert_eq!(a_box_below().await, Some("a_box_below"));
    assert_eq!(a_block_above().await, Some("a_block_above"));
    assert_eq!(a_block_below().await, Some("a_block_below"));
    assert_eq!(Page.method_above().await, Some("method_above"));
    assert_eq!(Page.method_below().await, Some("method_below"));
    assert_eq!(span().await, None, "and ends with it");

    let functions = ["async", "box", "block"].map(|kind| [format!("{kind}, above"), format!("{kind}, below")]);
    let methods = ["trait, above::method_above".to_owned(), "trait, below::method_below".to_owned()];
    for scope in functions.iter().flatten().chain(&methods) {
        let reports: Vec<_> = reports_of(scope).iter().map(|report| (report.query_count(), findings(report))).collect();
        assert_eq!(reports, [(1, Vec::new())], "{scope}");
    }
}

/// It can be moved while it is polled, as no async block can.
#[diagnose]
fn can_be_moved() -> impl Future<Output = u8> + Unpin {
    std::future::ready(7)
}

#[tokio::test]
async fn a_future_that_is_no_block_keeps_what_it_can() {
    drop(open());
    let mut future = can_be_moved();
    assert_eq!((&mut future).await, 7);
}
