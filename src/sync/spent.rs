//! What was shared and is not needed any more, kept to be used again: so that those who meet
//! again and again, at a barrier say, do not allocate each time.

use crate::sys::Arc;

/// The last two of their kind. Two, because those who have just been let go may still look at the
/// last one, while nobody looks at the one before: they have come again since.
#[derive(Debug)]
pub(super) struct Spent<T>([Option<Arc<T>>; 2]);

impl<T> Spent<T> {
    pub(super) const fn new() -> Self {
        Self([None, None])
    }

    /// `value`, shared: in the place of one that nobody looks at any more, if there is one. What
    /// was there is given back, to be dropped where no lock is held.
    pub(super) fn share(&mut self, value: T) -> (Arc<T>, Option<T>) {
        for slot in &mut self.0 {
            if let Some(place) = slot.as_mut().and_then(Arc::get_mut) {
                let old = std::mem::replace(place, value);
                let shared = slot.take().expect("it was there a line ago");
                return (shared, Some(old));
            }
        }
        (Arc::new(value), None)
    }

    /// Keeps `spent`, which nobody is going to share again, until somebody needs a place. Gives
    /// back what had to go for it, to be dropped where no lock is held.
    pub(super) fn keep(&mut self, spent: Arc<T>) -> Option<Arc<T>> {
        self.0.swap(0, 1);
        self.0[0].replace(spent)
    }
}
