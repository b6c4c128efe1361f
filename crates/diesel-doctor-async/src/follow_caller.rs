//! Blocking threads that run a query in the scope of the task that asked for it.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::task::{Context, Poll};

use diesel_async::sync_connection_wrapper::SpawnBlocking;
use diesel_doctor::Caller;
use tokio::runtime::{Builder, Handle, Runtime, RuntimeFlavor};
use tokio::task::{JoinHandle, block_in_place};

type BoxError = Box<dyn Error + Send + Sync>;

/// Makes `SyncConnectionWrapper` run each query in the scope and at the call site of the code that asks for it:
/// `SyncConnectionWrapper<SqliteConnection, FollowCaller>`.
///
/// With diesel-async's own type, queries run on threads without a scope and without their caller. They belong to the scope that the
/// connection got from its pool or from [`doctor`](crate::AsyncConnectionExt::doctor), and their call sites are unknown.
///
/// There are two differences to the stock type. A connection of this type is another type, and diesel-async has
/// `immediate_transaction` and `exclusive_transaction` only for the stock one. And both let a query run to its end when its future
/// is dropped, and the drop waits for it; but in a runtime of one thread and in a `LocalSet` the stock type panics instead, while
/// this one waits there too. (In a `LocalSet` of a runtime of many threads, tokio panics because it cannot let other tasks run
/// meanwhile. That panic is caught. The process's panic hook sees it, and with `panic = "abort"` it ends the program.)
#[derive(Debug)]
pub struct FollowCaller {
    threads: Threads,
}

#[derive(Debug)]
enum Threads {
    OfRuntime(Handle),
    /// A runtime of its own, for use outside any runtime.
    Own(Option<Runtime>),
    Unavailable(String),
}

impl SpawnBlocking for FollowCaller {
    fn spawn_blocking<'a, R>(
        &mut self,
        task: impl FnOnce() -> R + Send + 'static,
    ) -> Pin<Box<dyn Future<Output = Result<R, BoxError>> + Send + 'a>>
    where
        R: Send + 'static,
    {
        let handle = match &self.threads {
            Threads::OfRuntime(handle) => handle,
            Threads::Own(Some(runtime)) => runtime.handle(),
            Threads::Own(None) => return failed("the runtime is gone"),
            Threads::Unavailable(reason) => return failed(reason),
        };
        let caller = Caller::capture();
        let ended = Arc::new(Ended::default());
        let task = Task { run: Some(task), _signal: Signal(Arc::clone(&ended)) };
        let running = handle.spawn_blocking(move || {
            let mut task = task;
            task.run.take().map(|run| caller.run(run))
        });
        Box::pin(Running { running, ended })
    }

    fn get_runtime() -> Self {
        let threads = match Handle::try_current() {
            Ok(handle) => Threads::OfRuntime(handle),
            Err(_) => match Builder::new_current_thread().build() {
                Ok(runtime) => Threads::Own(Some(runtime)),
                Err(error) => Threads::Unavailable(error.to_string()),
            },
        };
        Self { threads }
    }
}

impl Drop for FollowCaller {
    fn drop(&mut self) {
        // In async code a runtime must not be dropped in the normal way, because that waits for its threads.
        if let Threads::Own(Some(runtime)) = std::mem::replace(&mut self.threads, Threads::Own(None)) {
            runtime.shutdown_background();
        }
    }
}

fn failed<'a, R: Send + 'a>(reason: &str) -> Pin<Box<dyn Future<Output = Result<R, BoxError>> + Send + 'a>> {
    Box::pin(std::future::ready(Err(BoxError::from(reason))))
}

/// A task on a blocking thread. The order of the fields matters: the signal comes after the task and all that it holds are dropped.
struct Task<F> {
    run: Option<F>,
    _signal: Signal,
}

/// Signals the end when it is dropped: after the task, or when a runtime that shuts down drops a task that never ran.
struct Signal(Arc<Ended>);

impl Drop for Signal {
    fn drop(&mut self) {
        *self.0.told.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.0.changed.notify_all();
    }
}

#[derive(Debug, Default)]
struct Ended {
    told: Mutex<bool>,
    changed: Condvar,
}

impl Ended {
    fn wait(&self) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        while !*told {
            told = self.changed.wait(told).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// The result of a task. When it is dropped before the task has ended, the drop waits, because the task still uses the connection.
struct Running<R> {
    running: JoinHandle<Option<R>>,
    ended: Arc<Ended>,
}

impl<R> fmt::Debug for Running<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Running").field("ended", &self.ended).finish_non_exhaustive()
    }
}

impl<R> Future for Running<R> {
    type Output = Result<R, BoxError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.running).poll(context).map(|joined| match joined {
            Ok(Some(result)) => Ok(result),
            Ok(None) => Err("the task had run before".into()),
            Err(error) => Err(error.into()),
        })
    }
}

impl<R> Drop for Running<R> {
    fn drop(&mut self) {
        if self.running.is_finished() {
            return;
        }
        // In a runtime of many threads, another thread takes over this one's tasks. The query may be waiting for one of them.
        match Handle::try_current().map(|handle| handle.runtime_flavor()) {
            Ok(RuntimeFlavor::MultiThread) => {
                // In a `LocalSet` no other thread can, and tokio reports that only by a panic.
                let waited = catch_unwind(AssertUnwindSafe(|| block_in_place(|| self.ended.wait())));
                if waited.is_err() {
                    self.ended.wait();
                }
            }
            _ => self.ended.wait(),
        }
    }
}

#[cfg(test)]
mod tests {
    use diesel_doctor::{Scope, ScopeHandle};

    use super::*;

    fn runtime() -> Runtime {
        Builder::new_current_thread().build().unwrap()
    }

    fn scope_name() -> Option<String> {
        ScopeHandle::current().map(|scope| scope.name().to_owned())
    }

    #[test]
    fn outside_a_runtime_it_has_threads_of_its_own_and_may_be_dropped_anywhere() {
        let mut threads = FollowCaller::get_runtime();
        assert!(matches!(threads.threads, Threads::Own(Some(_))));
        let thread = std::thread::current().id();
        let task = threads.spawn_blocking(|| std::thread::current().id());
        runtime().block_on(async {
            assert_ne!(task.await.unwrap(), thread);
            drop(threads);
        });
    }

    #[test]
    fn a_task_runs_in_the_scope_of_its_caller_and_in_none_without() {
        runtime().block_on(async {
            let mut threads = FollowCaller::get_runtime();
            assert_eq!(threads.spawn_blocking(scope_name).await.unwrap(), None);
            let scope = Scope::open("caller");
            let task = scope.in_scope(|| threads.spawn_blocking(scope_name));
            assert_eq!(task.await.unwrap().as_deref(), Some("caller"));
            assert_eq!(threads.spawn_blocking(scope_name).await.unwrap(), None, "nothing is left on the thread");
            drop(scope.close_async());
        });
    }

    #[test]
    fn a_task_that_panics_is_an_error() {
        runtime().block_on(async {
            let mut threads = FollowCaller::get_runtime();
            let failed: Result<(), _> = threads.spawn_blocking(|| panic!("of the program")).await;
            assert!(failed.unwrap_err().to_string().contains("panicked"));
        });
    }

    #[test]
    fn a_drop_waits_in_a_local_set_of_a_runtime_of_many_threads() {
        let runtime = Builder::new_multi_thread().worker_threads(1).build().unwrap();
        tokio::task::LocalSet::new().block_on(&runtime, async {
            let mut threads = FollowCaller::get_runtime();
            let (sender, may_begin) = std::sync::mpsc::channel::<()>();
            let ended = Arc::new(Mutex::new(false));
            let at_the_end = Arc::clone(&ended);
            let task = threads.spawn_blocking(move || {
                may_begin.recv().unwrap();
                *at_the_end.lock().unwrap() = true;
            });
            sender.send(()).unwrap();
            drop(task);
            assert!(*ended.lock().unwrap());
        });
    }

    #[test]
    fn a_task_whose_runtime_is_gone_is_an_error_and_nobody_waits() {
        let first = runtime();
        let mut threads = first.block_on(async { FollowCaller::get_runtime() });
        first.shutdown_background();
        let failed = runtime().block_on(threads.spawn_blocking(|| ()));
        assert!(failed.is_err());
        drop(threads.spawn_blocking(|| ()));
    }
}
