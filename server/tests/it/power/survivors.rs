//! What has to be true of a ledger that a power cut left, whatever was told before it.

use std::collections::HashSet;

use creditpackd::ledger::audit;

use super::disk::{Disk, Folder};
use super::image::Left;
use super::run::{Heard, Run, Told};
use super::script::{ACCOUNTS, SCRIPT, Step, account};

/// What an undisturbed run of the script told and left.
pub(crate) struct Reference {
    /// The answers of each step.
    pub(crate) answers: Vec<Vec<String>>,
    /// All rows after so many steps.
    pub(crate) rows: Vec<String>,
}

/// How much is tried with what survived.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Depth {
    /// The step that was under way.
    OneStep,
    /// Every step that was taken, and all that are still to take.
    WholeScript,
}

impl Reference {
    /// Cuts the power after `position` things were done to `disk`, and looks at what is left.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub(crate) async fn check_cut(
        &self,
        (disk, heard): (&Disk, &Heard),
        position: usize,
        left: Left,
        depth: Depth,
    ) -> Result<(), String> {
        let (folder, survivor) = disk.cut_power(position, left);
        self.check_left((folder, survivor), &heard.by(position), depth).await
    }

    /// The same of what was heard by a run that began after `steps`.
    pub(crate) async fn check_after(
        &self,
        (disk, heard): (&Disk, &Heard),
        steps: usize,
        position: usize,
    ) -> Result<(), String> {
        let mut told = heard.by(position);
        for (step, answers) in self.answers[..steps].iter().enumerate() {
            for (act, answer) in answers.iter().enumerate() {
                told.push(Told::Answer { step, act, answer: answer.clone() });
            }
        }
        let left = disk.cut_power(position, Left::Nothing);
        self.check_left(left, &told, Depth::OneStep).await
    }

    async fn check_left(
        &self,
        (folder, disk): (Folder, Disk),
        heard: &[Told],
        depth: Depth,
    ) -> Result<(), String> {
        let step = taken(heard);
        let path = folder.path().to_owned();
        audit(&path, |_, _| {}).map_err(|error| format!("before it is opened: {error:?}"))?;
        let mut run = Run::on(folder, disk, step).await;
        self.check_rows(&run, step)?;
        check_versions(&run, heard).await?;
        for told in heard {
            let Told::Answer { step, act, answer } = told else { continue };
            same(answer, &self.answers[*step][*act], "an answer before the cut")?;
        }
        self.take_again(&mut run, step).await?;
        if depth == Depth::WholeScript {
            self.ask_again(&run, step).await?;
            self.finish(&mut run, step + 1).await?;
        }
        run.close();
        audit(&path, |_, _| {}).map_err(|error| format!("{error:?}"))?;
        Ok(())
    }

    /// All that was answered is there, and what was not answered is there or is not.
    fn check_rows(&self, run: &Run, step: usize) -> Result<(), String> {
        let several = matches!(SCRIPT.get(step), Some(Step::Ask(_, acts)) if acts.len() > 1);
        let rows = run.rows();
        if several || rows == self.rows[step] || Some(&rows) == self.rows.get(step + 1) {
            return Ok(());
        }
        same_rows(&rows, &self.rows[step], "the rows that are left")
    }

    /// Takes the step that was under way again, twice.
    async fn take_again(&self, run: &mut Run, step: usize) -> Result<(), String> {
        let Some(Step::Ask(_, acts)) = SCRIPT.get(step) else { return Ok(()) };
        let first = run.take(step).await;
        same(&first, &self.answers[step], "the answers to what is asked again")?;
        let second = run.ask(step, acts).await;
        same(&second, &first, "the answers to what is asked twice")?;
        same_rows(&run.rows(), &self.rows[step + 1], "the rows of what was asked again")
    }

    /// Asks for everything that was answered once more.
    async fn ask_again(&self, run: &Run, steps: usize) -> Result<(), String> {
        for (number, step) in SCRIPT[..steps].iter().enumerate() {
            let Step::Ask(_, acts) = step else { continue };
            for (act, answer) in acts.iter().zip(&self.answers[number]) {
                if act.is_sticky() {
                    let again = run.ask(number, &[*act]).await;
                    same(&again[0], answer, "an answer that was given before")?;
                }
            }
        }
        Ok(())
    }

    /// Takes all steps from `first` on.
    pub(crate) async fn finish(&self, run: &mut Run, first: usize) -> Result<(), String> {
        for step in first..SCRIPT.len() {
            let answers = run.take(step).await;
            same(&answers, &self.answers[step], &format!("the answers of step {step}"))?;
        }
        same_rows(&run.rows(), &self.rows[SCRIPT.len()], "the rows at the end")
    }
}

/// How many steps were answered in full.
pub(crate) fn taken(heard: &[Told]) -> usize {
    let answered = |step: usize, act: usize| {
        heard.iter().any(|told| match told {
            Told::Answer { step: of, act: number, .. } => (*of, *number) == (step, act),
            Told::Version { .. } => false,
        })
    };
    let is_taken = |(step, what): &(usize, &Step)| match what {
        Step::Ask(_, acts) => (0..acts.len()).all(|act| answered(*step, act)),
        // Nothing comes of these.
        Step::Reopen | Step::Rest => true,
    };
    SCRIPT.iter().enumerate().take_while(is_taken).count()
}

async fn check_versions(run: &Run, heard: &[Told]) -> Result<(), String> {
    for number in 1..=ACCOUNTS {
        let told = heard.iter().filter_map(|told| match told {
            Told::Version { who, version } if *who == number => Some(*version),
            _ => None,
        });
        let told = told.max().unwrap_or_default();
        let snapshot = run.ledger().snapshot(account(number), None, None).await;
        let found = snapshot.map_err(|failure| failure.to_string())?.version.get();
        if found < told {
            return Err(format!("version {told} of account {number} was told; {found} is left"));
        }
    }
    Ok(())
}

/// The same of rows; tells only those that differ.
fn same_rows(found: &str, expected: &str, what: &str) -> Result<(), String> {
    let beside = |rows: &str, others: &str| -> Vec<String> {
        let others: HashSet<_> = others.lines().collect();
        rows.lines().filter(|row| !others.contains(row)).map(str::to_owned).collect()
    };
    same(&beside(found, expected), &beside(expected, found), what)
}

fn same<T: PartialEq + std::fmt::Debug>(found: &T, expected: &T, what: &str) -> Result<(), String> {
    if found == expected {
        return Ok(());
    }
    Err(format!("{what}: found {found:#?}\nexpected {expected:#?}"))
}
