//! An actor for tests of what it does beside its messages.

use rungs::actor::{Actor, Addr, Context, Handler, Recipient, Undelivered};

/// Runs what it is told with its context, and notes numbers. What is left of those goes to
/// `undelivered`.
#[derive(Default)]
pub(crate) struct Notes {
    pub(crate) numbers: Vec<u32>,
    pub(crate) undelivered: Option<Recipient<u32>>,
}

impl Actor for Notes {
    fn undelivered(&mut self, message: Undelivered) {
        if let Some(recipient) = &self.undelivered {
            recipient.tell(message.downcast().unwrap()).unwrap();
        }
    }
}

/// Runs a closure over the actor and its context.
pub(crate) struct Run<F>(pub(crate) F);

impl<R, F> Handler<Run<F>> for Notes
where
    F: FnOnce(&mut Self, &mut Context<Self>) -> R,
    R: Send + 'static,
{
    type Reply = R;
    fn handle(&mut self, Run(f): Run<F>, cx: &mut Context<Self>) -> R {
        f(self, cx)
    }
}

impl Handler<u32> for Notes {
    type Reply = ();
    fn handle(&mut self, n: u32, _cx: &mut Context<Self>) {
        self.numbers.push(n);
    }
}

/// Runs a closure in a message of the actor.
pub(crate) fn run<R, F>(addr: &Addr<Notes>, f: F) -> R
where
    F: FnOnce(&mut Notes, &mut Context<Notes>) -> R + Send + 'static,
    R: Send + 'static,
{
    addr.ask_wait(Run(f)).wait().unwrap()
}
