//! The script, run on a ledger whose disk may fail: what was asked again until it was answered,
//! and when everything was told.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use creditpackd::clock::Clock;
use creditpackd::feed::{Event, Feed};
use creditpackd::ledger::{Failure, Ledger, Mode};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};
use tokio::task::JoinSet;

use super::disk::{Disk, Folder};
use super::script::{ACCOUNTS, Act, SCRIPT, Step, account, clock_after};
use crate::ledger_book;

/// How long anything may take until it is answered.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

/// Longer than a writer that nobody asks for anything leaves its log alone.
pub(super) const REST: Duration = Duration::from_secs(3);

/// A ledger on its disk, and what it told.
pub(crate) struct Run {
    ledger: Option<Ledger>,
    watchers: JoinSet<()>,
    pub(crate) clock: Clock,
    /// How long it waits for the log to be written back where the script says so.
    pub(crate) rests: Option<Duration>,
    pub(crate) heard: Heard,
    pub(crate) disk: Disk,
    pub(crate) folder: Folder,
}

/// What was told, and how much had been done to the disk by then. Clones are the same.
#[derive(Clone, Default)]
pub(crate) struct Heard(Arc<Mutex<Vec<(usize, Told)>>>);

#[derive(Clone, Debug)]
pub(crate) enum Told {
    /// The answer to an act of a step.
    Answer { step: usize, act: usize, answer: String },
    /// A version of an account, by a read or by its feed.
    Version { who: u8, version: u64 },
}

impl Heard {
    fn note(&self, disk: &Disk, told: Told) {
        self.0.lock().unwrap().push((disk.position(), told));
    }

    /// What was told before more than `position` things were done to the disk.
    pub(crate) fn by(&self, position: usize) -> Vec<Told> {
        let heard = self.0.lock().unwrap();
        heard.iter().filter(|(at, _)| *at <= position).map(|(_, told)| told.clone()).collect()
    }
}

impl Run {
    /// Makes a ledger on a disk of its own, and opens it.
    pub(crate) async fn new() -> Self {
        let (folder, disk) = Disk::new();
        let clock = clock_after(0);
        Ledger::create(folder.path(), &ledger_book::key(), &clock).unwrap();
        Self::on(folder, disk, 0).await
    }

    /// Opens what is there after so many steps.
    pub(crate) async fn on(folder: Folder, disk: Disk, steps: usize) -> Self {
        let (ledger, watchers) = (None, JoinSet::new());
        let (clock, heard) = (clock_after(steps), Heard::default());
        let mut run = Self { ledger, watchers, clock, rests: None, heard, disk, folder };
        run.open().await;
        run
    }

    pub(crate) fn ledger(&self) -> &Ledger {
        self.ledger.as_ref().unwrap()
    }

    /// Opens the ledger, as often as a service is started again.
    async fn open(&mut self) {
        let opened = tokio::time::timeout(PATIENCE, async {
            loop {
                match ledger_book::open(self.folder.path(), &self.clock, Mode::Test) {
                    Ok(ledger) => return ledger,
                    Err(_) => tokio::time::sleep(Duration::from_millis(1)).await,
                }
            }
        });
        let ledger = opened.await.expect("the ledger opens");
        for who in 1..=ACCOUNTS {
            let watching = watch(ledger.feed().clone(), who, self.heard.clone(), self.disk.clone());
            self.watchers.spawn(watching);
        }
        self.ledger = Some(ledger);
    }

    /// Drops the ledger without a word.
    pub(crate) fn close(&mut self) {
        self.watchers.abort_all();
        self.ledger = None;
    }

    /// Takes the step with that number; its answers in order.
    pub(crate) async fn take(&mut self, step: usize) -> Vec<String> {
        match SCRIPT[step] {
            Step::Ask(wait_ms, acts) => {
                self.clock.advance(wait_ms);
                return self.ask(step, acts).await;
            }
            Step::Reopen => {
                self.close();
                self.open().await;
            }
            Step::Rest => {
                if let Some(patience) = self.rests {
                    self.rest(patience).await;
                }
            }
        }
        Vec::new()
    }

    /// Gives the writer the time to write the log back, if there is any.
    async fn rest(&self, patience: Duration) {
        let syncs = self.disk.syncs();
        let written_back = tokio::time::timeout(patience, async {
            // One sync of the log, one of the database.
            while self.disk.syncs() < syncs + 2 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        });
        // After a fault the log may be empty, and then there is nothing to wait for.
        let _ = written_back.await;
    }

    /// Asks for all of it at once, and again until each is answered.
    pub(crate) async fn ask(&self, step: usize, acts: &[Act]) -> Vec<String> {
        let mut asked = JoinSet::new();
        for (number, act) in acts.iter().copied().enumerate() {
            let (ledger, heard, disk) =
                (self.ledger().clone(), self.heard.clone(), self.disk.clone());
            asked.spawn(async move {
                let answer = insist(&ledger, act, &heard, &disk).await;
                let told = Told::Answer { step, act: number, answer: answer.clone() };
                heard.note(&disk, told);
                look(&ledger, act.account(), &heard, &disk).await;
                (number, answer)
            });
        }
        let mut answers = asked.join_all().await;
        answers.sort();
        answers.into_iter().map(|(_, answer)| answer).collect()
    }

    /// Every row of the ledger.
    pub(crate) fn rows(&self) -> String {
        rows(self.folder.path())
    }
}

/// Asks again until there is an answer, and reads meanwhile what can be read.
async fn insist(ledger: &Ledger, act: Act, heard: &Heard, disk: &Disk) -> String {
    let insisting = async {
        loop {
            match act.ask(ledger).await {
                Ok(answer) => return answer,
                Err(Failure::Overloaded | Failure::Unavailable) => {}
            }
            look(ledger, act.account(), heard, disk).await;
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    let answered = tokio::time::timeout(PATIENCE, insisting).await;
    answered.unwrap_or_else(|_| panic!("{act:?} is never answered"))
}

/// Reads an account, if reads are answered.
async fn look(ledger: &Ledger, who: u8, heard: &Heard, disk: &Disk) {
    if let Ok(snapshot) = ledger.snapshot(account(who), None, None).await {
        heard.note(disk, Told::Version { who, version: snapshot.version.get() });
    }
}

/// Hears what is told of an account, and starts over when it has to.
async fn watch(feed: Feed, who: u8, heard: Heard, disk: Disk) {
    loop {
        let mut watching = feed.subscribe(&account(who));
        while let Ok(event) = watching.next().await {
            if let Event::Entry(entry) = &*event {
                heard.note(&disk, Told::Version { who, version: entry.version.get() });
            }
        }
    }
}

/// Every row of the ledger in a folder, as text, but for what is drawn at random.
pub(crate) fn rows(folder: &Path) -> String {
    let path = folder.join("ledger.sqlite3");
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
    let ledger = Connection::open_with_flags(path, flags).unwrap();
    let sql = "select name from sqlite_schema where type = 'table' and name not in \
        ('settings', 'secret_keys', 'sqlite_sequence') order by name";
    let mut tables = ledger.prepare(sql).unwrap();
    let tables = tables.query_map([], |row| row.get::<_, String>(0)).unwrap();
    let mut text = String::new();
    for table in tables {
        let table = table.unwrap();
        let mut rows = ledger.prepare(&format!("select * from {table} order by 1, 2")).unwrap();
        let columns: Vec<_> = rows.column_names().map(str::to_owned).collect();
        let mut rows = rows.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            text.push_str(&table);
            for (number, column) in columns.iter().enumerate() {
                if !column.starts_with("secret") {
                    write!(text, " {column}={}", value(row.get_ref(number).unwrap())).unwrap();
                }
            }
            text.push('\n');
        }
    }
    text
}

fn value(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Text(text) => String::from_utf8(text.to_vec()).unwrap(),
        ValueRef::Blob(bytes) => hex::encode(bytes),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Null | ValueRef::Real(_) => "-".to_owned(),
    }
}
