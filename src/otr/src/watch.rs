//! What has to hold of all keys, whatever comes: no counter is used twice under one of them. It is
//! watched where something is encrypted, in our own tests and under the fuzzer; in any other build
//! there is nothing of it.

/// Something is encrypted under this key, from this counter on.
#[cfg(not(any(test, fuzzing)))]
pub(crate) const fn encrypts(_key: &[u8; 16], _counter: [u8; 8]) {}

#[cfg(any(test, fuzzing))]
pub(crate) use watched::{Watch, encrypts};

#[cfg(any(test, fuzzing))]
mod watched {
    use alloc::collections::BTreeSet;
    use core::cell::RefCell;

    /// The keys and counters that were used.
    type Used = BTreeSet<([u8; 16], [u8; 8])>;

    std::thread_local! {
        static USED: RefCell<Option<Used>> = const { RefCell::new(None) };
    }

    /// While it lives, all that this thread encrypts is watched.
    pub(crate) struct Watch(());

    impl Watch {
        pub(crate) fn begin() -> Self {
            USED.set(Some(BTreeSet::new()));
            Self(())
        }
    }

    impl Drop for Watch {
        fn drop(&mut self) {
            USED.set(None);
        }
    }

    /// Something is encrypted under this key, from this counter on.
    pub(crate) fn encrypts(key: &[u8; 16], counter: [u8; 8]) {
        let is_new = USED
            .with_borrow_mut(|used| used.as_mut().is_none_or(|used| used.insert((*key, counter))));
        assert!(is_new, "a counter is used twice under one key");
    }
}
