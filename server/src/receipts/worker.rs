//! Sends what is in the outbox, one mail after the other, for as long as it runs.

use std::time::Duration;

use rand::RngExt as _;

use super::mailer::{Accepted, Mailer, Refusal};
use super::{Receipts, forget};
use crate::clock::Stopwatch;
use crate::ledger::{Attempt, AttemptEnd, Failure, Mail};

/// How often it looks for mails that are due.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// How often it counts what is in the outbox.
const COUNT_EVERY: Duration = Duration::from_secs(5);

/// How long it leaves a ledger alone that does not answer.
const LEDGER_PAUSE: Duration = Duration::from_secs(2);

/// The first wait between attempts; each further one is twice as long.
const WAIT_MS_MIN: u64 = 5_000;

/// The longest wait between attempts.
const WAIT_MS_MAX: u64 = 60 * 60 * 1000;

/// So long after its first attempt a mail is tried. Providers forget after a day that they have it,
/// and an hour of that is left for clocks that differ and attempts that take their time.
const TRIED_MS_MAX: u64 = 23 * 60 * 60 * 1000;

/// So much is told of why a mail was not sent, in characters.
const REASON_CHARS_MAX: usize = 300;

impl Receipts {
    /// Sends mails until `stopping`; the one that is being sent then is finished.
    pub async fn deliver(&self, mailer: &Mailer, stopping: impl Future<Output = ()>) {
        tokio::pin!(stopping);
        let mut counted = None;
        let mut resumes_at_ms = 0;
        loop {
            if counted.is_none_or(|at: Stopwatch| at.elapsed() >= COUNT_EVERY) {
                self.count().await;
                counted = Some(Stopwatch::start());
            }
            let now_ms = self.ledger.clock().now_ms();
            let tried = if now_ms < resumes_at_ms {
                Ok(None)
            } else {
                self.deliver_next(mailer, now_ms).await
            };
            let pause = match tried {
                Ok(None) => LOOK_EVERY,
                Ok(Some(at_ms)) => {
                    resumes_at_ms = at_ms;
                    Duration::ZERO
                }
                Err(failure) => {
                    tracing::warn!(%failure, "the outbox waits for the ledger");
                    LEDGER_PAUSE
                }
            };
            tokio::select! {
                biased;
                () = &mut stopping => return,
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    async fn count(&self) {
        // While the ledger does not answer, the last count stays.
        if let Ok(outbox) = self.ledger.outbox().await {
            self.meter.outbox(outbox, self.ledger.clock().now_ms());
        }
    }

    /// Tries the mail that is due longest, and says from when on the next may be tried; nothing if
    /// none is due.
    async fn deliver_next(&self, mailer: &Mailer, now_ms: u64) -> Result<Option<u64>, Failure> {
        if self.ledger.next_mail_at_ms().await?.is_none_or(|at_ms| at_ms > now_ms) {
            return Ok(None);
        }
        let Some(attempt) = self.ledger.attempt_mail().await? else { return Ok(None) };
        let (end, wait) = self.tried(mailer, &attempt).await;
        // From the answer on: it may have taken longer than the wait, and keeping it takes time too.
        let resumes_at_ms = self.ledger.clock().now_ms().saturating_add(in_ms(wait));
        tell(&attempt.mail, &end);
        self.meter.ended(&end);
        let purchase = attempt.mail.purchase.clone();
        if !self.ledger.end_attempt(attempt.mail, end).await? {
            // Its buyer was forgotten while it was written.
            if let Err(error) = forget(self.ledger.data_dir(), vec![purchase]).await {
                tracing::error!(%error, "a mail could not be removed: erase its account again");
            }
        }
        Ok(Some(resumes_at_ms))
    }

    /// What becomes of an attempt, and how long all others have to wait.
    async fn tried(&self, mailer: &Mailer, attempt: &Attempt) -> (AttemptEnd, Duration) {
        let now_ms = self.ledger.clock().now_ms();
        if is_over(&attempt.mail, now_ms) {
            let last = attempt.mail.reason.as_deref().unwrap_or("it was cut off");
            return (AttemptEnd::Failed(given_up(last)), Duration::ZERO);
        }
        let Some(letter) = self.letter(attempt) else {
            let erased = "the buyer's address was erased".to_owned();
            return (AttemptEnd::Failed(erased), Duration::ZERO);
        };
        let told = |reason: String| told(&reason, &letter.to);
        match mailer.send(&letter).await {
            Ok(Accepted { message, pause }) => {
                (AttemptEnd::Sent(message), pause.unwrap_or_default())
            }
            Err(Refusal::Never(reason)) => (AttemptEnd::Failed(told(reason)), Duration::ZERO),
            Err(Refusal::Later { reason, wait, for_all }) => {
                let end = later(&attempt.mail, now_ms, told(reason), wait);
                (end, wait.filter(|_| for_all).unwrap_or_default())
            }
            Err(Refusal::NotNow { reason, wait }) => {
                (not_now(attempt, now_ms, told(reason), wait), wait)
            }
        }
    }
}

/// What may be told of a refusal: whoever refuses may name the address, which belongs neither in a
/// log nor in what is kept, and may say anything at all.
fn told(reason: &str, address: &str) -> String {
    let pieces = split_ignoring_case(reason, address);
    let plain = |char: char| if char.is_control() { ' ' } else { char };
    pieces.join("[address]").chars().map(plain).take(REASON_CHARS_MAX).collect()
}

/// What stands between the occurrences of `what`, whatever the case of its ASCII letters.
fn split_ignoring_case<'a>(text: &'a str, what: &str) -> Vec<&'a str> {
    // As long as the text, byte by byte.
    let (lower, what) = (text.to_ascii_lowercase(), what.to_ascii_lowercase());
    let mut from = 0;
    let ends = lower.match_indices(&what).map(|(at, what)| (at, at + what.len()));
    let mut pieces: Vec<_> =
        ends.map(|(at, end)| &text[std::mem::replace(&mut from, end)..at]).collect();
    pieces.push(&text[from..]);
    pieces
}

/// When to try again after an attempt that was not taken because nothing is. Nobody can have got
/// that mail, so it may wait for as long as it is told to, unless an earlier attempt may have been
/// taken.
fn not_now(attempt: &Attempt, now_ms: u64, reason: String, wait: Duration) -> AttemptEnd {
    if !attempt.is_first {
        return later(&attempt.mail, now_ms, reason, Some(wait));
    }
    AttemptEnd::NotNow { reason, due_at_ms: due_at_ms(&attempt.mail, now_ms, Some(wait)) }
}

fn in_ms(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// When to try again after an attempt that may succeed later, if that is not too late.
fn later(mail: &Mail, now_ms: u64, reason: String, wait: Option<Duration>) -> AttemptEnd {
    let due_at_ms = due_at_ms(mail, now_ms, wait);
    if is_over(mail, due_at_ms) {
        return AttemptEnd::Failed(given_up(&reason));
    }
    AttemptEnd::Later { reason, due_at_ms }
}

fn due_at_ms(mail: &Mail, now_ms: u64, wait: Option<Duration>) -> u64 {
    now_ms.saturating_add(backoff_ms(mail.attempts).max(wait.map_or(0, in_ms)))
}

/// Whether `at_ms` is too late to try a mail that was tried before.
fn is_over(mail: &Mail, at_ms: u64) -> bool {
    let tried_at_ms = mail.attempted_at_ms.unwrap_or(at_ms);
    at_ms.saturating_sub(tried_at_ms) >= TRIED_MS_MAX
}

fn given_up(reason: &str) -> String {
    format!("{reason}; given up after a day")
}

/// How long to wait after so many attempts: twice as long after each, and between half of that and
/// all of it, so that mails that failed together do not come back together.
fn backoff_ms(attempts: u32) -> u64 {
    let doublings = attempts.saturating_sub(1).min(32);
    let longest = WAIT_MS_MIN.saturating_mul(1 << doublings).min(WAIT_MS_MAX);
    rand::rng().random_range(longest / 2..=longest)
}

fn tell(mail: &Mail, end: &AttemptEnd) {
    let Mail { purchase, round, attempts, .. } = mail;
    match end {
        AttemptEnd::Sent(message) => {
            let message = message.as_deref().unwrap_or_default();
            tracing::info!(purchase, round, attempts, message, "receipt sent");
        }
        AttemptEnd::Later { reason, due_at_ms } | AttemptEnd::NotNow { reason, due_at_ms } => {
            tracing::warn!(purchase, round, attempts, reason, due_at_ms, "receipt not sent yet");
        }
        AttemptEnd::Failed(reason) => {
            let remedy = format!("creditpackd receipts resend {purchase}");
            tracing::error!(purchase, round, attempts, reason, remedy, "receipt not sent");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::MailState;

    const DAY_MS: u64 = 24 * 60 * 60 * 1000;

    fn mail(attempts: u32, attempted_at_ms: u64) -> Mail {
        Mail {
            purchase: "pur_1".into(),
            state: MailState::Pending,
            round: 1,
            attempts,
            attempted_at_ms: Some(attempted_at_ms),
            due_at_ms: None,
            message: None,
            reason: None,
            changed_at_ms: 0,
        }
    }

    #[test]
    fn waits_double_and_differ_and_are_bounded() {
        for (attempts, longest) in [(1, 5_000), (2, 10_000), (5, 80_000), (40, WAIT_MS_MAX)] {
            for _ in 0..100 {
                let wait = backoff_ms(attempts);
                assert!((longest / 2..=longest).contains(&wait), "{attempts}: {wait}");
            }
        }
    }

    #[test]
    fn nobodys_address_is_told_and_nothing_that_a_terminal_would_obey() {
        let reason = "550 <Jane@X.example>: jane@x.exampleJANE@x.example\n\u{1b}[2J né";
        let expect = "550 <[address]>: [address][address]  [2J né";
        assert_eq!(told(reason, "jane@x.EXAMPLE"), expect);
        assert_eq!(told(&"é".repeat(1000), "a@b").chars().count(), REASON_CHARS_MAX);
    }

    #[test]
    fn a_provider_may_ask_for_a_longer_wait_and_nothing_is_tried_after_a_day() {
        let asked = Some(Duration::from_secs(600));
        let AttemptEnd::Later { due_at_ms, .. } = later(&mail(1, 0), 0, "x".into(), asked) else {
            panic!("there is time");
        };
        assert_eq!(due_at_ms, 600_000);
        for tried_for_ms in [TRIED_MS_MAX, DAY_MS, DAY_MS * 2] {
            assert!(is_over(&mail(9, 0), tried_for_ms));
            let end = later(&mail(9, 0), tried_for_ms, "timeout".into(), None);
            assert_eq!(end, AttemptEnd::Failed("timeout; given up after a day".into()));
        }
        assert!(!is_over(&mail(9, 0), TRIED_MS_MAX - 1));
        // What would only be tried too late is given up at once.
        assert!(matches!(
            later(&mail(1, 0), 0, "x".into(), Some(Duration::from_millis(DAY_MS))),
            AttemptEnd::Failed(_)
        ));
    }
}
