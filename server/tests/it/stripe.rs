//! A real backend that takes its payments at a stand-in for Stripe, and short words for both.

use std::time::Duration;

use creditpackd::clock::Clock;
use creditpackd::config::{Config, DEFAULT, Environment};
use creditpackd::payments::stripe::signature::sign;
use creditpackd::secret::Secret;
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::backend::{Answer, Backend, NOW_MS, SECRET_KEY, SITE, WEBHOOK_SECRETS, new_data, send};
use crate::checkouts::checkout;
use crate::patience::eventually;
use crate::stripe_fake::{KEY, StripeFake};

/// How long an answer of the stand-in may take: the ones that hang take longer.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(2);

/// How long it may take to look around.
const PATIENCE: Duration = Duration::from_secs(30);

/// A backend and where it is paid.
pub(crate) struct Shop {
    pub(crate) backend: Backend,
    pub(crate) fake: StripeFake,
    edit: fn(String) -> String,
}

/// The starter config as `edit` leaves it, with payments at the stand-in.
pub(crate) fn config(fake: &StripeFake, edit: fn(String) -> String) -> Config {
    let environment = Environment {
        allowed_origins: Some(SITE.to_owned()),
        stripe_secret_key: Some(Secret::new(KEY)),
        stripe_webhook_secret: Some(Secret::new(WEBHOOK_SECRETS.join(","))),
        stripe_api_base: Some(fake.url()),
        ..Environment::default()
    };
    let text = edit(DEFAULT.replacen("mode = \"test\"", "", 1));
    let mut config = Config::parse("shop.toml", &text, &environment).unwrap();
    config.stripe.as_mut().unwrap().timeout = TIMEOUT;
    config
}

impl Shop {
    pub(crate) async fn open() -> Self {
        Self::open_with(|text| text).await
    }

    pub(crate) async fn open_with(edit: fn(String) -> String) -> Self {
        let fake = StripeFake::start(Clock::standing_at(NOW_MS)).await;
        Self::on(fake, edit, new_data()).await
    }

    pub(crate) async fn on(fake: StripeFake, edit: fn(String) -> String, data: TempDir) -> Self {
        let backend = Backend::start_with(config(&fake, edit), data).await;
        let shop = Self { backend, fake, edit };
        // It looks around once it has started. What is told it later, it hears from the tests alone.
        let looked_around = async || (shop.counted("sweeps").await > 0).then_some(());
        eventually(PATIENCE, "it looks around", looked_around).await;
        shop
    }

    /// How often that happened to payments.
    pub(crate) async fn counted(&self, what: &str) -> u64 {
        let metrics = self.backend.get("/metrics", SECRET_KEY).await.ok(200).text;
        let name = format!("creditpack_payments_total{{what=\"{what}\"}} ");
        let line = metrics.lines().find_map(|line| line.strip_prefix(&name));
        line.unwrap_or_else(|| panic!("no {what} in {metrics}")).parse().unwrap()
    }

    /// Stops the backend and starts it again on the same data.
    pub(crate) async fn restart(self) -> Self {
        let Self { backend, fake, edit } = self;
        Self::on(fake, edit, backend.stop().await).await
    }

    /// Lets both clocks go on.
    pub(crate) fn wait(&self, by_ms: u64) {
        self.backend.clock.advance(by_ms);
        self.fake.world().clock.advance(by_ms);
    }

    /// Orders five credits for 4 dollars, or whatever that answers.
    pub(crate) async fn order(&self, account: &str) -> Answer {
        self.backend.post("/v1/checkouts", SECRET_KEY, &checkout(account, "c_1")).await
    }

    /// Orders five credits for 4 dollars; the session they are paid in.
    pub(crate) async fn session(&self, account: &str) -> String {
        let made = self.order(account).await.ok(201);
        let url = made.get("url").as_str().unwrap().to_owned();
        url.rsplit('/').next().unwrap().to_owned()
    }

    /// Orders and pays, and has the webhook tell so; the payment.
    pub(crate) async fn paid(&self, account: &str) -> String {
        let session = self.session(account).await;
        let paid = self.fake.tell("pay", &session);
        self.deliver(&paid).await.ok(200);
        self.fake.payment_of(&session)
    }

    /// Delivers an event as Stripe does.
    pub(crate) async fn deliver(&self, event: &Value) -> Answer {
        let body = event.to_string();
        let secret = Secret::new(WEBHOOK_SECRETS[0]);
        let signature = sign(body.as_bytes(), &secret, self.backend.clock.now_ms());
        let request = self.backend.request(Method::POST, "/v1/webhooks/stripe", "");
        send(request.header("stripe-signature", signature).body(body)).await
    }

    /// Looks at the checkout, as the landing page does.
    pub(crate) async fn look(&self, account: &str) -> Answer {
        self.backend.get(&format!("/v1/checkouts/c_1?account={account}"), SECRET_KEY).await
    }

    /// The checkout's status, as the landing page sees it.
    pub(crate) async fn status(&self, account: &str) -> String {
        self.look(account).await.ok(200).get("status").as_str().unwrap().to_owned()
    }

    /// What the account owns.
    pub(crate) async fn settled(&self, account: &str) -> i64 {
        self.backend.balance(account).await.1
    }

    /// Its entries, oldest first, each as its kind and the credits it gave or took.
    pub(crate) async fn entries(&self, account: &str) -> Vec<(String, u64)> {
        let mut entries: Vec<_> = self.history(account).await.iter().map(line).collect();
        entries.reverse();
        entries
    }

    /// Its entries, newest first.
    pub(crate) async fn history(&self, account: &str) -> Vec<Value> {
        let path = format!("/v1/account/history?account={account}&limit=100");
        let page = self.backend.get(&path, SECRET_KEY).await.ok(200);
        page.get("entries").as_array().unwrap().clone()
    }

    /// Spends so many credits at once.
    pub(crate) async fn spend(&self, account: &str, credits: u64) {
        for number in 0..credits {
            let op = crate::backend::op(number);
            let hold = crate::backend::hold(account, &op);
            self.backend.post("/v1/holds", SECRET_KEY, &hold).await.ok(201);
            let path = format!("/v1/holds/{op}/capture");
            self.backend.post(&path, SECRET_KEY, &json!({ "account": account })).await.ok(200);
        }
    }
}

fn line(entry: &Value) -> (String, u64) {
    (entry["kind"].as_str().unwrap().to_owned(), entry["credits"].as_u64().unwrap())
}
