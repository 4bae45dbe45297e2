//! How a mutex is taken that no panic can leave in a bad state.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Takes the lock. What these locks guard is whole between any two statements, so the panic of
/// another holder changes nothing.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
