//! An SMTP server that keeps what it is given, and refuses what it is told to.

use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex};

use mailin::response::{INTERNAL_ERROR, NO_MAILBOX, OK};
use mailin::{Action, Handler, Response, SessionBuilder};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// What goes wrong with one mail.
#[derive(Clone, Copy)]
pub(crate) enum SmtpFault {
    /// It is refused for now.
    Later,
    /// There is no such mailbox.
    Never,
}

#[derive(Default)]
struct Known {
    faults: VecDeque<SmtpFault>,
    mails: Vec<Vec<u8>>,
}

/// It, while it runs.
#[derive(Clone)]
pub(crate) struct SmtpFake {
    pub(crate) url: String,
    known: Arc<Mutex<Known>>,
}

impl SmtpFake {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("smtp://{}", listener.local_addr().unwrap());
        let fake = Self { url, known: Arc::default() };
        let serving = fake.clone();
        tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                tokio::spawn(serve(connection, serving.clone()));
            }
        });
        fake
    }

    /// What goes wrong with the next mails, in this order.
    pub(crate) fn fail(&self, faults: impl IntoIterator<Item = SmtpFault>) {
        self.known.lock().unwrap().faults.extend(faults);
    }

    /// Every mail that it has.
    pub(crate) fn mails(&self) -> Vec<Vec<u8>> {
        self.known.lock().unwrap().mails.clone()
    }
}

async fn serve(connection: TcpStream, fake: SmtpFake) -> io::Result<()> {
    let (read, mut write) = connection.into_split();
    let mut lines = BufReader::new(read);
    let session = SessionBuilder::new("mail.example");
    let receiving = Receiving { fake, mail: Vec::new() };
    let mut session = session.build(IpAddr::V4(Ipv4Addr::LOCALHOST), receiving);
    write.write_all(&session.greeting().buffer()?).await?;
    loop {
        let mut line = Vec::new();
        if lines.read_until(b'\n', &mut line).await? == 0 {
            return Ok(());
        }
        let answer = session.process(&line);
        if answer.action != Action::NoReply {
            write.write_all(&answer.buffer()?).await?;
        }
        if answer.action == Action::Close {
            return Ok(());
        }
    }
}

struct Receiving {
    fake: SmtpFake,
    mail: Vec<u8>,
}

impl Handler for Receiving {
    fn rcpt(&mut self, _to: &str) -> Response {
        match self.fake.known.lock().unwrap().faults.pop_front() {
            None => OK,
            Some(SmtpFault::Later) => INTERNAL_ERROR,
            Some(SmtpFault::Never) => NO_MAILBOX,
        }
    }

    fn data(&mut self, buf: &[u8]) -> io::Result<()> {
        self.mail.extend_from_slice(buf);
        Ok(())
    }

    fn data_end(&mut self) -> Response {
        self.fake.known.lock().unwrap().mails.push(std::mem::take(&mut self.mail));
        OK
    }
}
