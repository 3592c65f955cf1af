//! What JavaScript sees: thin wrappers, nothing else.

use creditpack::client::{Client as Mirror, Input, Kind, NewSpend, Role};
use creditpack::{AccountId, Entry, display, pricing};
use js_sys::Promise;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;

use crate::convert::{
    Catalog, FromJs, count, field, integer, json, to_number, whole_credits, write,
};
use crate::failure::{coded, invalid, of_declined, of_rule};
use crate::host::Host;
use crate::runtime::{Runtime, Shared};
use crate::transport::Asked;

#[wasm_bindgen]
pub struct Client(Shared);

#[wasm_bindgen]
impl Client {
    #[wasm_bindgen(constructor)]
    pub fn new(config: &JsValue, host: Host) -> Result<Client, JsValue> {
        let text = |name| field(config, name).ok_or_else(|| invalid(name, "must be a text"));
        let account: String = text("account")?;
        let account = AccountId::new(&account).map_err(|error| of_rule(&error))?;
        let currency = field::<Option<String>>(config, "currency").flatten();
        let client = if field(config, "memoryOnly").unwrap_or(false) {
            Mirror::in_memory(account.clone())
        } else {
            Mirror::new(account.clone())
        };
        let offline: Option<_> = field(config, "offlineCredits");
        let offline = offline.ok_or_else(|| invalid("offlineCredits", "must be whole credits"))?;
        let client = client.with_offline_credits(offline);
        Runtime::new(text("endpoint")?, account, currency, client, host).map(Client)
    }

    pub fn start(&self) {
        self.0.start();
    }

    pub fn spend(&self, operation: String, quantity: f64) -> Result<String, JsValue> {
        self.begin(Kind::Own, operation, quantity)
    }

    pub fn announce(&self, operation: String, quantity: f64) -> Result<String, JsValue> {
        self.begin(Kind::Announced, operation, quantity)
    }

    pub fn cancel(&self, op: &str) {
        if let Ok(op) = op.parse() {
            self.0.cancel(op);
        }
    }

    #[wasm_bindgen(js_name = isCallingOff)]
    pub fn is_calling_off(&self) -> bool {
        self.0.is_calling_off()
    }

    #[wasm_bindgen(js_name = canSpend)]
    pub fn can_spend(&self, operation: &str, quantity: f64) -> bool {
        count(quantity, "quantity").is_ok_and(|quantity| self.0.can_spend(operation, quantity))
    }

    /// The view; of the spends those that changed since the last one, and in `over` those that ended.
    pub fn view(&self) -> JsValue {
        write(&self.0.view())
    }

    pub fn catalog(&self) -> JsValue {
        self.0.catalog()
    }

    /// Not an `async` method: that would borrow the client until the answer, and keep it from being
    /// freed.
    pub fn request(&self, method: String, path: String, body: &JsValue) -> Promise {
        let runtime = self.0.clone();
        let body = json(body);
        future_to_promise(async move {
            let asked = Asked::new(&method, &path, body.as_deref());
            runtime.transport.send(&runtime.host, &asked, None).await?.into_result()
        })
    }

    pub fn refresh(&self) {
        self.0.step(Input::Refresh);
    }

    pub fn online(&self, yes: bool) {
        if yes {
            self.0.hurry();
        }
        self.0.step(Input::Online(yes));
    }

    pub fn visible(&self, yes: bool) {
        if yes {
            self.0.hurry();
        }
        self.0.step(Input::Visible(yes));
    }

    /// What this tab is to the others: 0 alone, 1 leading, 2 following.
    pub fn role(&self, role: u8) {
        let role = [Role::Alone, Role::Leading, Role::Following].get(usize::from(role)).copied();
        self.0.step(Input::Role(role.unwrap_or_default()));
    }

    /// What another tab told, or `undefined` if it asks.
    pub fn told(&self, digest: &JsValue) {
        if digest.is_undefined() {
            self.0.step(Input::AskedByTab);
        } else if let Some(digest) = FromJs::from_js(digest) {
            self.0.step(Input::Told(digest));
        }
    }

    #[wasm_bindgen(js_name = leaderHeard)]
    pub fn leader_heard(&self) {
        self.0.step(Input::LeaderHeard);
    }

    pub fn close(&self) {
        self.0.close();
    }

    fn begin(&self, kind: Kind, operation: String, quantity: f64) -> Result<String, JsValue> {
        if self.0.is_closed() {
            return Err(coded("closed", "the client is closed"));
        }
        let quantity = count(quantity, "quantity")?;
        let op = self.0.new_op();
        let new = NewSpend { op, kind, operation, quantity };
        self.0.spend(new).map_err(of_declined)?;
        Ok(op.into())
    }
}

#[wasm_bindgen(js_name = priceTable)]
pub fn price_table(catalog: &JsValue) -> Result<JsValue, JsValue> {
    Ok(write(&pricing::price_table(&read_catalog(catalog)?.offers)))
}

/// The cheapest packs that grant at least `credits`, or `undefined` if nothing is sold.
#[wasm_bindgen]
pub fn cover(catalog: &JsValue, credits: f64) -> Result<JsValue, JsValue> {
    let Catalog { offers, currency, .. } = read_catalog(catalog)?;
    let credits = whole_credits(credits, "credits")?;
    let cover = pricing::cover(&offers, currency, credits).map_err(|error| of_rule(&error))?;
    Ok(cover.map_or(JsValue::UNDEFINED, |cover| write(&cover)))
}

/// What `credits` buy of each operation.
#[wasm_bindgen]
pub fn buys(catalog: &JsValue, credits: f64) -> Result<JsValue, JsValue> {
    let costs = read_catalog(catalog)?.costs.operations;
    let credits = whole_credits(credits, "credits")?;
    let operations = costs.iter().map(|(operation, each)| (operation.as_str(), *each));
    Ok(write(&pricing::buys(credits, operations)))
}

/// How many credits to buy so that they last.
#[wasm_bindgen(js_name = topUp)]
pub fn top_up(spent: f64, days: f64, last_days: f64, available: f64) -> Result<f64, JsValue> {
    let spent = whole_credits(spent, "spent")?;
    let (days, last_days) = (count(days, "spentDays")?, count(last_days, "lastDays")?);
    let available = integer(available, "available")?;
    let missing = pricing::top_up(spent, days, last_days, available);
    missing.map(to_number).map_err(|error| of_rule(&error))
}

fn read_catalog(catalog: &JsValue) -> Result<Catalog, JsValue> {
    Catalog::from_js(catalog).ok_or_else(|| invalid("catalog", "must be a body of GET /v1/catalog"))
}

#[wasm_bindgen]
pub fn stories(entries: &JsValue) -> Result<JsValue, JsValue> {
    let entries: Vec<Entry> = FromJs::from_js(entries)
        .ok_or_else(|| invalid("entries", "must be entries of GET /v1/account/history"))?;
    Ok(write(&display::stories(&entries)))
}
