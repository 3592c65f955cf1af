//! Runs the client's effects and feeds back what came of them.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::rc::Rc;

use creditpack::client::{Client, Declined, Effect, Input, NewSpend, StoredOp, Told};
use creditpack::display::View;
use creditpack::ids::{Epoch, Version};
use creditpack::{AccountId, OpId};
use gloo_timers::callback::Interval;
use js_sys::{Array, Promise};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{AbortController, AbortSignal};

use crate::backoff;
use crate::convert::{FromJs, write};
use crate::host::{Host, now_ms, random_bytes};
use crate::stream::follow;
use crate::transport::Transport;

/// How often the client is told that time has passed.
const TICK_MS: u32 = 1_000;

/// One client with everything it needs to act.
pub(crate) struct Runtime {
    client: RefCell<Client>,
    /// What the page was told of its spends.
    told: RefCell<Told>,
    /// The op that was made last.
    last_op: Cell<Option<OpId>>,
    pub(crate) host: Host,
    pub(crate) transport: Transport,
    pub(crate) account: AccountId,
    pub(crate) currency: Option<String>,
    catalog: RefCell<JsValue>,
    /// What ends the stream, or the poll in its place.
    stream: RefCell<Option<AbortController>>,
    /// What cuts short the waits of requests that failed before.
    waits: RefCell<AbortController>,
    ticking: RefCell<Option<Interval>>,
    started: Cell<bool>,
    closed: Cell<bool>,
}

pub(crate) type Shared = Rc<Runtime>;

impl Runtime {
    pub(crate) fn new(
        endpoint: String,
        account: AccountId,
        currency: Option<String>,
        client: Client,
        host: Host,
    ) -> Result<Shared, JsValue> {
        Ok(Rc::new(Self {
            client: RefCell::new(client),
            told: RefCell::default(),
            last_op: Cell::default(),
            host,
            transport: Transport::new(endpoint)?,
            account,
            currency,
            catalog: RefCell::new(JsValue::UNDEFINED),
            stream: RefCell::default(),
            waits: RefCell::new(AbortController::new()?),
            ticking: RefCell::default(),
            started: Cell::default(),
            closed: Cell::default(),
        }))
    }

    /// Loads what is stored, then begins to ask the backend.
    pub(crate) fn start(self: &Shared) {
        if self.started.replace(true) || self.closed.get() {
            return;
        }
        let this = self.clone();
        *self.ticking.borrow_mut() = Some(Interval::new(TICK_MS, move || this.step(Input::Tick)));
        self.spawn(|this| async move {
            let stored = this.stored_ops().await;
            this.step(Input::Restored(stored));
        });
    }

    pub(crate) fn close(&self) {
        self.closed.set(true);
        self.ticking.take();
        self.close_stream();
        self.transport.close();
        self.waits.borrow().abort();
    }

    /// The page is back: what waits before it tries again need not wait any longer.
    pub(crate) fn hurry(&self) {
        if let (false, Ok(next)) = (self.closed.get(), AbortController::new()) {
            self.waits.replace(next).abort();
        }
    }

    pub(crate) fn hurry_signal(&self) -> AbortSignal {
        self.waits.borrow().signal()
    }

    /// One step of the client, unless the page has closed it.
    pub(crate) fn step(self: &Shared, input: Input) {
        if self.closed.get() {
            return;
        }
        let effects = self.client.borrow_mut().handle(input, now_ms());
        self.run(effects);
    }

    pub(crate) fn spend(self: &Shared, new: NewSpend) -> Result<(), Declined> {
        let effects = self.client.borrow_mut().spend(new, now_ms())?;
        self.run(effects);
        Ok(())
    }

    /// An id for an op, later than those before.
    pub(crate) fn new_op(&self) -> OpId {
        let op = OpId::v7_after(self.last_op.get(), now_ms(), random_bytes());
        self.last_op.set(Some(op));
        op
    }

    pub(crate) fn cancel(self: &Shared, op: OpId) {
        let effects = self.client.borrow_mut().cancel(op);
        self.run(effects);
        // A hold that waits to be sent again is in the way of its release.
        self.hurry();
    }

    pub(crate) fn is_calling_off(&self) -> bool {
        self.client.borrow().is_calling_off()
    }

    pub(crate) fn can_spend(&self, operation: &str, quantity: u64) -> bool {
        self.client.borrow().cost(operation, quantity).is_ok()
    }

    /// What changed since this was last asked for.
    pub(crate) fn view(&self) -> View {
        self.client.borrow().view_since(&mut self.told.borrow_mut(), now_ms())
    }

    pub(crate) fn catalog(&self) -> JsValue {
        self.catalog.borrow().clone()
    }

    /// Puts the catalog's body, as it came, in place of the one before.
    pub(crate) fn set_catalog(&self, body: JsValue) {
        self.catalog.replace(body);
    }

    pub(crate) fn wants_hold(&self, op: OpId) -> bool {
        !self.closed.get() && self.client.borrow().wants_hold(op)
    }

    pub(crate) fn wants_release(&self, op: OpId) -> bool {
        !self.closed.get() && self.client.borrow().wants_release(op)
    }

    pub(crate) const fn is_closed(&self) -> bool {
        self.closed.get()
    }

    /// The account as a query field; every call names it, so that a token of another account is
    /// refused instead of obeyed.
    pub(crate) fn account_query(&self) -> String {
        let account = js_sys::encode_uri_component(self.account.as_str());
        ["account=", &String::from(account)].concat()
    }

    fn run(self: &Shared, effects: Vec<Effect>) {
        for effect in effects {
            self.perform(effect);
        }
        self.host.changed();
    }

    fn perform(self: &Shared, effect: Effect) {
        match effect {
            Effect::Save(stored) => self.save(&stored),
            Effect::Forget(op) => {
                let _ = self.host.forget(&String::from(op)).map(settle_quietly);
            }
            Effect::Hold { op, epoch, attempt } => self.hold(op, epoch, attempt),
            Effect::Release { op, epoch, attempt } => self.release(op, epoch, attempt),
            Effect::Verdicts { ops, epoch, attempt } => self.verdicts(ops, epoch, attempt),
            Effect::Catalog { attempt } => self.catalog_again(attempt),
            Effect::Snapshot { since, attempt } => self.snapshot(since, attempt),
            Effect::OpenStream { epoch, since, attempt } => {
                self.open_stream(epoch, since, attempt);
            }
            Effect::Poll { epoch, since, attempt } => self.poll(epoch, since, attempt),
            Effect::CloseStream => self.close_stream(),
            Effect::Tell(digest) => self.host.tell(write(&digest)),
            Effect::AskTabs => self.host.tell(JsValue::UNDEFINED),
            Effect::Settled(outcome) => self.host.settled(write(&outcome)),
        }
    }

    pub(crate) fn spawn<F: Future<Output = ()> + 'static>(
        self: &Shared,
        task: impl FnOnce(Shared) -> F + 'static,
    ) {
        spawn_local(task(self.clone()));
    }

    async fn stored_ops(&self) -> Vec<StoredOp> {
        let Ok(promise) = self.host.load() else { return Vec::new() };
        let Ok(texts) = JsFuture::from(promise).await else { return Vec::new() };
        Array::from(&texts).iter().filter_map(|text| StoredOp::from_js(&text)).collect()
    }

    fn save(self: &Shared, stored: &StoredOp) {
        let op = stored.op;
        let saving = self.host.save(&String::from(op), &stored.to_text());
        self.spawn(move |this| async move {
            let saved = match saving {
                Ok(promise) => JsFuture::from(promise).await.is_ok(),
                Err(_) => false,
            };
            this.step(if saved { Input::Saved(op) } else { Input::SaveFailed(op) });
        });
    }

    fn open_stream(self: &Shared, epoch: Epoch, since: Version, attempt: u32) {
        let Some(life) = self.begin_stream() else { return };
        self.spawn(move |this| async move {
            backoff::wait(&this.host, &this.transport, attempt, &life.signal()).await;
            if !life.signal().aborted() {
                follow(this, epoch, since, life).await;
            }
        });
    }

    /// Ends the stream or poll before, and returns what ends the one that begins.
    pub(crate) fn begin_stream(&self) -> Option<AbortController> {
        self.close_stream();
        let life = AbortController::new().ok()?;
        self.stream.replace(Some(life.clone()));
        Some(life)
    }

    fn close_stream(&self) {
        if let Some(life) = self.stream.take() {
            life.abort();
        }
    }

    /// The stream or poll that `life` belongs to has ended; nobody cares if another one took its
    /// place.
    pub(crate) fn stream_ended(self: &Shared, life: &AbortController, told: Input) {
        let current = self.stream.borrow().as_ref() == Some(life);
        if current {
            self.stream.take();
            self.step(told);
        }
    }
}

/// Lets a promise fail without anybody hearing of it.
fn settle_quietly(promise: Promise) {
    spawn_local(async move {
        let _ = JsFuture::from(promise).await;
    });
}
