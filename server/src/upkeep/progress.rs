//! How far a command is, on standard error where that is a terminal.

use indicatif::{ProgressBar, ProgressStyle};

/// So many steps pass between two looks at the clock of the terminal.
const STRIDE: u64 = 1024;

/// A bar that goes away once it is dropped.
pub(super) struct Progress(ProgressBar);

impl Progress {
    /// A bar for so many `things` that come later, or are not counted yet.
    pub(super) fn of(things: &'static str) -> Self {
        let bar = ProgressBar::no_length();
        let template = "{bar:40} {human_pos}/{human_len} {msg}, {eta} left";
        // The template is ours: a bar of the usual style would do no harm.
        let style = ProgressStyle::with_template(template);
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.set_message(things);
        Self(bar)
    }

    /// So many of so many are done.
    pub(super) fn at(&self, done: u64, total: u64) {
        if done.is_multiple_of(STRIDE) || done == total {
            self.0.set_length(total);
            self.0.set_position(done);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
