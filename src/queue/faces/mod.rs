//! The faces of the queues: methods, futures and iterators, with their docs, written once.
//!
//! A queue is `struct Queue { core: Handle }`. Its core does the work; what the macros ask of
//! it are the methods that [`fifo::Core`](super::fifo::Core) and
//! [`common::Core`](super::common::Core) have. Each kind says in its own words what
//! an item is pushed with and which comes out first; the rest of the prose is common.
//!
//! * [`pop_face`] makes the side of the consumers, closing and looking, and the traits;
//! * [`push_face`] makes the side of the producers;
//! * [`make_face`] makes what makes a queue of the kinds whose items lie under a lock.

mod pop;
mod push;

pub(in crate::queue) use pop::pop_face;
pub(in crate::queue) use push::{make_face, push_face};

/// `Debug` that shows the name: there is nothing to see that would not need the lock.
macro_rules! opaque {
    ($generics:tt where $bounds:tt $($Name:ident)+) => {
        $(opaque! { @one $generics where $bounds $Name })+
    };
    (@one [$($g:ident),+] where { $($bounds:tt)* } $Name:ident) => {
        impl<$($g),+> fmt::Debug for $Name<'_, $($g),+> where $($bounds)* {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($Name)).finish_non_exhaustive()
            }
        }
    };
}
pub(in crate::queue) use opaque;
