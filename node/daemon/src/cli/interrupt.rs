//! What Ctrl-C does to a client command: it ends quietly with 130.

use crate::exit::Exit;

/// Ends the program on Ctrl-C, after `last_words`. Does nothing where signals cannot be had.
pub(crate) fn watch(last_words: impl FnOnce() + Send + 'static) {
    let waiter = std::thread::Builder::new().name("ctrl-c".into());
    let _ = waiter.spawn(move || {
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
        if runtime.block_on(tokio::signal::ctrl_c()).is_ok() {
            last_words();
            std::process::exit(i32::from(Exit::Interrupted.code()));
        }
    });
}
