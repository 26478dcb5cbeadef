//! How many were granted what they waited for and do not know it yet: for the feature
//! `diagnostics`, which shows them. Without it, of size zero and nothing at all.
//!
//! Many of them for long are tasks that were woken and that nobody polls: what they were granted
//! is in no use, and is missed elsewhere.

#[cfg(feature = "diagnostics")]
pub(super) use on::Census;

#[cfg(not(feature = "diagnostics"))]
pub(super) use off::Census;

#[cfg(feature = "diagnostics")]
mod on {
    use crate::sys::Aside;
    use std::fmt::DebugStruct;

    /// The count of one line.
    pub(crate) struct Census(Aside<usize>);

    impl Census {
        pub(crate) const fn new() -> Self {
            Self(Aside::new(0))
        }

        /// One was granted what it waits for.
        pub(crate) fn granted(&self) {
            self.0.with(|count| *count += 1);
        }

        /// One that was granted has learnt of it.
        pub(crate) fn told(&self) {
            // It may learn of it before we have counted it.
            self.0.with(|count| *count = count.wrapping_sub(1));
        }

        /// Says how many do not know yet.
        pub(crate) fn describe(&self, f: &mut DebugStruct<'_, '_>) {
            if let Some(count) = self.0.with(|count| *count as isize) {
                f.field("granted", &count.max(0));
            }
        }
    }
}

#[cfg(not(feature = "diagnostics"))]
mod off {
    use std::fmt::DebugStruct;

    /// Nobody counts.
    pub(crate) struct Census;

    impl Census {
        pub(crate) const fn new() -> Self {
            Self
        }

        #[inline(always)]
        pub(crate) fn granted(&self) {}

        #[inline(always)]
        pub(crate) fn told(&self) {}

        #[inline(always)]
        pub(crate) fn describe(&self, _f: &mut DebugStruct<'_, '_>) {}
    }
}
