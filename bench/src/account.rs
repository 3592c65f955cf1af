//! An account in the middle of many spends.

use creditpack::client::{Client, Costs, Input, Kind, NewSpend, Reply};
use creditpack::wire::Snapshot;
use creditpack::{AccountId, Credits, Epoch, OpId, Version};

use super::NOW_MS;

/// A client whose account has `count` spends on their way.
pub(crate) fn with_pending(count: u32) -> Client {
    let account = AccountId::new("bench").expect("an account id");
    let mut client = Client::new(account.clone());
    client.handle(Input::Restored(Vec::new()), NOW_MS);
    client.handle(Input::Catalog(Reply::Body(costs())), NOW_MS);
    client.handle(Input::Snapshot(Reply::Body(snapshot(account))), NOW_MS);
    for at in 0..count {
        let mut random = [0; 10];
        random[..4].copy_from_slice(&at.to_be_bytes());
        let op = OpId::v7(NOW_MS, random);
        let spend = NewSpend { op, kind: Kind::Own, operation: "image".into(), quantity: 1 };
        client.spend(spend, NOW_MS).expect("it can be paid for");
        client.handle(Input::Saved(op), NOW_MS);
    }
    client
}

fn costs() -> Costs {
    let operations = ["image", "draft", "campaign"].map(|id| (id.to_owned(), Credits::ONE));
    Costs { operations: operations.into(), low_at: Credits::ONE }
}

fn snapshot(account: AccountId) -> Snapshot {
    Snapshot {
        account,
        epoch: "01J9ZZZZZZZZZZZZZZZZZZZZZZ".parse::<Epoch>().expect("a ULID"),
        version: Version::new(1).expect("within bounds"),
        settled: 1_000,
        held: Credits::ZERO,
        available: 1_000,
        holds: Vec::new(),
        incoming: Vec::new(),
        receipts: Vec::new(),
        receipts_complete: false,
        server_time_ms: NOW_MS,
    }
}
