//! The socket in the data directory: one line of JSON asks, one answers.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::task::JoinHandle;

use super::{Outcome, Task};
use crate::keys::Keys;
use crate::ledger::Ledger;

const SOCKET: &str = "creditpackd.sock";

/// The longest line, in bytes: a list of many keys.
const LINE_BYTES_MAX: u64 = 1024 * 1024;

/// How long whoever asks may take to do so.
const PATIENCE: Duration = Duration::from_secs(5);

/// Answers tasks until it is dropped.
#[derive(Debug)]
pub struct Listening {
    path: PathBuf,
    answering: JoinHandle<()>,
}

/// Answers tasks on the socket in `data`, whose ledger is this process's alone. Where the socket
/// cannot be made, it says so, and the backend serves without.
pub fn listen(data: &Path, ledger: Ledger, keys: Arc<Keys>) -> Option<Listening> {
    let path = data.join(SOCKET);
    match bind(&path) {
        Ok(listener) => {
            let answering = tokio::spawn(answer_all(listener, ledger, keys));
            Some(Listening { path, answering })
        }
        Err(error) => {
            let path = path.display();
            tracing::warn!(%path, %error, "keys cannot be changed while this serves");
            None
        }
    }
}

fn bind(path: &Path) -> io::Result<UnixListener> {
    // Whoever left it is gone: the ledger's lock is ours.
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(path)?;
    fs::set_permissions(path, Permissions::from_mode(0o600))?;
    Ok(listener)
}

async fn answer_all(listener: UnixListener, ledger: Ledger, keys: Arc<Keys>) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                let (ledger, keys) = (ledger.clone(), Arc::clone(&keys));
                tokio::spawn(async move {
                    if let Err(error) = answer(stream, &ledger, &keys).await {
                        tracing::warn!(%error, "a task could not be read or answered");
                    }
                });
            }
            Err(error) => {
                tracing::warn!(%error, "a task could not be accepted");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

async fn answer(mut stream: UnixStream, ledger: &Ledger, keys: &Keys) -> io::Result<()> {
    let line = tokio::time::timeout(PATIENCE, line(&mut stream)).await??;
    let task: Task = serde_json::from_slice(&line)?;
    tracing::info!(?task, "the operator asks");
    let outcome = task.carry_out(ledger, Some(keys)).await;
    write(&mut stream, &serde_json::to_vec(&outcome)?).await
}

/// Has the process that listens in `data` do the task; none where nobody does.
pub(super) async fn ask(data: &Path, task: &Task) -> io::Result<Option<Outcome>> {
    let Ok(mut stream) = UnixStream::connect(data.join(SOCKET)).await else { return Ok(None) };
    write(&mut stream, &serde_json::to_vec(task)?).await?;
    Ok(Some(serde_json::from_slice(&line(&mut stream).await?)?))
}

async fn line(stream: &mut UnixStream) -> io::Result<Vec<u8>> {
    let mut line = Vec::new();
    BufReader::new(stream).take(LINE_BYTES_MAX).read_until(b'\n', &mut line).await?;
    Ok(line)
}

async fn write(stream: &mut UnixStream, line: &[u8]) -> io::Result<()> {
    stream.write_all(line).await?;
    stream.write_all(b"\n").await?;
    stream.flush().await
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.answering.abort();
        // Whoever asks next finds nobody, and does it alone.
        let _ = fs::remove_file(&self.path);
    }
}
