//! A command on its way through the writer: decided in a batch, answered after its commit.

use tokio::sync::oneshot;

use super::failure::Failure;
use super::store::{StoreError, Transaction};

/// What the writer does with a command.
pub(super) trait Job: Send {
    /// Decides it. May run again after a rollback; the last run counts.
    fn run(&mut self, transaction: &mut Transaction<'_>) -> Result<(), StoreError>;

    /// Answers it: as decided once that is durable, or with a failure.
    fn answer(self: Box<Self>, outcome: Result<(), Failure>);
}

/// A command with whoever waits for its answer.
pub(super) struct Command<Decide, Answer> {
    decide: Decide,
    decided: Option<Answer>,
    reply: oneshot::Sender<Result<Answer, Failure>>,
}

impl<Decide, Answer> Command<Decide, Answer>
where
    Decide: Fn(&mut Transaction<'_>) -> Result<Answer, StoreError>,
{
    /// A command, and where its answer arrives.
    pub(super) fn new(decide: Decide) -> (Self, oneshot::Receiver<Result<Answer, Failure>>) {
        let (reply, answer) = oneshot::channel();
        (Self { decide, decided: None, reply }, answer)
    }
}

impl<Decide, Answer> Job for Command<Decide, Answer>
where
    Decide: Fn(&mut Transaction<'_>) -> Result<Answer, StoreError> + Send,
    Answer: Send,
{
    fn run(&mut self, transaction: &mut Transaction<'_>) -> Result<(), StoreError> {
        self.decided = Some((self.decide)(transaction)?);
        Ok(())
    }

    fn answer(self: Box<Self>, outcome: Result<(), Failure>) {
        let Self { decided, reply, .. } = *self;
        let answer = outcome.and_then(|()| decided.ok_or(Failure::Unavailable));
        // Whoever asked may have gone; what was decided stands all the same.
        let _ = reply.send(answer);
    }
}
