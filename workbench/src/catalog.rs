//! A whole catalog: what is wrong with it, what could be better, and who is offered what.

use creditpack::catalog::{Problem, Refused, refused_by};
use creditpack::experiment::{self, Assignment};
use creditpack::money::Currency;
use creditpack::{AccountId, Catalog, advice};
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;

use crate::convert::{Unreadable, read, write};
use crate::refusal::{of_rule, unreadable};

/// A rule that a catalog breaks.
#[derive(Serialize)]
struct Finding {
    place: String,
    rule: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<&'static str>,
}

impl From<Problem> for Finding {
    fn from(problem: Problem) -> Self {
        let Problem { place, rule, remedy } = problem;
        Self { place, rule: rule.into(), remedy: Some(remedy) }
    }
}

impl From<Unreadable> for Finding {
    fn from(Unreadable { path: place, rule }: Unreadable) -> Self {
        // `packs[0].expires` is in the list of packs, `expires` in the catalog itself.
        let table = place.split_once('[').map_or("catalog", |(list, _)| list);
        match refused_by(table, &rule) {
            Some(Refused { rule, remedy }) => Self { place, rule, remedy: Some(remedy) },
            None => Self { place, rule, remedy: None },
        }
    }
}

/// An account's variant of one experiment.
#[derive(Serialize, Deserialize)]
struct Assigned {
    experiment: String,
    variant: String,
}

impl From<Assigned> for Assignment {
    fn from(assigned: Assigned) -> Self {
        Self { experiment: assigned.experiment, variant: assigned.variant }
    }
}

impl From<Assignment> for Assigned {
    fn from(assignment: Assignment) -> Self {
        Self { experiment: assignment.experiment, variant: assignment.variant }
    }
}

#[wasm_bindgen]
pub fn problems(catalog: &JsValue) -> JsValue {
    let found: Vec<Finding> = match read::<Catalog>(catalog) {
        Ok(catalog) => catalog.problems().into_iter().map(Finding::from).collect(),
        Err(unreadable) => vec![unreadable.into()],
    };
    write(&found)
}

#[wasm_bindgen]
pub fn advise(catalog: &JsValue) -> Result<JsValue, JsValue> {
    Ok(write(&advice::advise(&whole(catalog)?)))
}

#[wasm_bindgen(js_name = publicCatalog)]
pub fn public_catalog(
    catalog: &JsValue,
    currency: Option<String>,
    assignments: &JsValue,
) -> Result<JsValue, JsValue> {
    let catalog = whole(catalog)?;
    let assignments = assignments_of(assignments)?;
    let currency = currency.map_or(Ok(catalog.currency), |code| Currency::new(&code));
    let public =
        currency.and_then(|it| catalog.varied(&assignments).public(it, "workbench".into()));
    public.map(|public| write(&public)).map_err(|error| of_rule(&error))
}

/// The variant of `experiment` that `account` is in, if it is in one.
#[wasm_bindgen]
pub fn variant(
    catalog: &JsValue,
    experiment: &str,
    account: &str,
    kept: &JsValue,
) -> Result<Option<String>, JsValue> {
    let catalog = whole(catalog)?;
    let account = named(account)?;
    let experiment = catalog.experiments.iter().find(|known| known.id == experiment);
    let kept = kept.as_string();
    let found = experiment.and_then(|it| experiment::variant(it, &account, kept.as_deref()));
    Ok(found.map(|variant| variant.id.clone()))
}

/// The variants that `account` is in, of every experiment that runs.
#[wasm_bindgen]
pub fn assignments(catalog: &JsValue, account: &str) -> Result<JsValue, JsValue> {
    let assignments = whole(catalog)?.assignments(&named(account)?, &[]);
    Ok(write(&assignments.into_iter().map(Assigned::from).collect::<Vec<_>>()))
}

/// A catalog as the config file has it.
pub(crate) fn whole(catalog: &JsValue) -> Result<Catalog, JsValue> {
    read(catalog).map_err(|error| unreadable("catalog", &error))
}

/// The assignments that a page names; none where it names none.
pub(crate) fn assignments_of(assignments: &JsValue) -> Result<Vec<Assignment>, JsValue> {
    if assignments.is_undefined() {
        return Ok(Vec::new());
    }
    let read: Vec<Assigned> =
        read(assignments).map_err(|error| unreadable("assignments", &error))?;
    Ok(read.into_iter().map(Assignment::from).collect())
}

fn named(account: &str) -> Result<AccountId, JsValue> {
    AccountId::new(account).map_err(|error| of_rule(&error))
}
