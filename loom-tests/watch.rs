//! Watching: one `Down` for each watch, at the end, wherever that is.
//!
//! The actors live on an executor that runs every job in the thread that hands it in.

use super::support::{Bound::*, Payload, model, outcomes};
use crate::actor::{Actor, Addr, Context, Down, Handler, StopReason, Watch};
use crate::executor::{Executor, Rejected};
use crate::future::Job;
use loom::thread;
use std::sync::Arc;

/// Runs every job where it is handed in.
struct Inline;

impl Executor for Inline {
    fn execute_job(&self, job: Job) -> Result<(), Rejected<Job>> {
        job.run();
        Ok(())
    }
}

/// Counts what it is told; loom looks at the count.
struct Watcher {
    told: Payload,
    /// Whether it stops when it is told.
    follows: bool,
    /// Something to keep.
    watch: Option<Watch>,
    /// Whom it watches, where it looks whether that has ended.
    watched: Option<Addr<Watcher>>,
}

impl Actor for Watcher {}

impl Handler<Down> for Watcher {
    type Reply = ();
    fn handle(&mut self, down: Down, cx: &mut Context<Self>) {
        assert_eq!(down.reason, StopReason::Stopped);
        self.told.bump();
        if let Some(watched) = &self.watched {
            assert_eq!(watched.try_join(), Some(down.reason));
        }
        if self.follows {
            cx.stop();
        }
    }
}

fn watcher(follows: bool) -> Addr<Watcher> {
    let watcher = Watcher {
        told: Payload::new(0),
        follows,
        watch: None,
        watched: None,
    };
    Addr::builder().on(Arc::new(Inline)).start(watcher).unwrap()
}

fn told(watcher: &Addr<Watcher>) -> usize {
    watcher.call(|w| w.told.read()).wait().unwrap()
}

/// Two threads, bound 3, 256 executions. Kills: an end that takes its entries out and leaves the
/// list open, so that who comes after it is told nothing; one that tells nobody.
#[test]
fn a_watch_that_meets_the_end_brings_one_down() {
    let name = "a_watch_that_meets_the_end_brings_one_down";
    model(name, Preemptions(3), 150, || {
        let (watched, watcher) = (watcher(false), watcher(false));
        let stopper = watched.clone();
        let thread = thread::spawn(move || stopper.stop());
        let watch = watched.watch(&watcher);
        assert_eq!(watched.join(), StopReason::Stopped);
        thread.join().unwrap();
        assert_eq!(told(&watcher), 1);
        drop(watch);
    });
}

/// Two threads, bound 3, 1,512 executions. Kills: a tie that is not looked at, so that a `Down`
/// comes after the drop.
#[test]
fn a_watch_that_is_dropped_is_over_or_was_told() {
    let name = "a_watch_that_is_dropped_is_over_or_was_told";
    outcomes(name, Preemptions(3), 1000, [0, 1], || {
        let (watched, watcher) = (watcher(false), watcher(false));
        let watch = watched.watch(&watcher);
        watcher.post(|w| w.watch = Some(watch)).unwrap();
        let stopper = watched.clone();
        let thread = thread::spawn(move || stopper.stop());
        let drop_it = |w: &mut Watcher| {
            w.watch = None;
            w.told.read()
        };
        let before = watcher.call(drop_it).wait().unwrap();
        thread.join().unwrap();
        // Nothing comes after the drop, in the watcher's own turn.
        assert_eq!(told(&watcher), before);
        before
    });
}

/// kameo#221, ractor#168: locks in a circle.
///
/// Two threads, bound 2, 1,744 executions: two actors that watch each other and stop when they are
/// told. Kills: watchers that are told under the lock.
#[test]
fn actors_that_watch_each_other_end_together() {
    let name = "actors_that_watch_each_other_end_together";
    model(name, Preemptions(2), 1000, || {
        let pair = [watcher(true), watcher(true)];
        let _watches = [pair[0].watch(&pair[1]), pair[1].watch(&pair[0])];
        let other = pair[1].clone();
        let thread = thread::spawn(move || other.stop());
        pair[0].stop();
        thread.join().unwrap();
        for one in pair {
            assert_eq!(one.join(), StopReason::Stopped);
        }
    });
}

/// Two threads, bound 2, 348 executions. Kills: an end that is told before it can be seen.
#[test]
fn who_is_told_of_an_end_sees_it() {
    let name = "who_is_told_of_an_end_sees_it";
    model(name, Preemptions(2), 50, || {
        let (watched, watcher) = (watcher(false), watcher(false));
        let its = watched.clone();
        let seen = watcher.call(move |w| w.watched = Some(its));
        seen.wait().unwrap();
        let _watch = watched.watch(&watcher);
        let stopper = watched.clone();
        let thread = thread::spawn(move || stopper.stop());
        told(&watcher);
        thread.join().unwrap();
        assert_eq!(told(&watcher), 1);
    });
}

/// Two threads, bound 2, 61 executions. Kills: a watch that leaves it to an end that has been seen
/// to tell.
#[test]
fn who_has_seen_an_end_is_told_of_it_at_once() {
    let name = "who_has_seen_an_end_is_told_of_it_at_once";
    model(name, Preemptions(2), 50, || {
        let (watched, watcher) = (watcher(false), watcher(false));
        let stopper = watched.clone();
        let thread = thread::spawn(move || stopper.stop());
        assert_eq!(watched.join(), StopReason::Stopped);
        let _watch = watched.watch(&watcher);
        assert_eq!(told(&watcher), 1);
        thread.join().unwrap();
    });
}

/// One thread. Kills: a thread that has told of one end, and tells of no other; an end that tells
/// one watcher only.
#[test]
fn one_thread_tells_of_one_end_after_the_other() {
    let name = "one_thread_tells_of_one_end_after_the_other";
    model(name, Exhaustive, 1, || {
        let [pair, watchers] = [(); 2].map(|()| [watcher(false), watcher(false)]);
        let _watches = pair
            .each_ref()
            .map(|watched| watchers.each_ref().map(|watcher| watched.watch(watcher)));
        for (before, watched) in pair.iter().enumerate() {
            assert_eq!(watchers.each_ref().map(told), [before; 2]);
            watched.stop();
        }
        assert_eq!(watchers.each_ref().map(told), [2; 2]);
    });
}
