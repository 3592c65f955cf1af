//! A page that is told only what changed of its spends.

use std::collections::BTreeMap;

use creditpack::client::Told;

use crate::world::World;

#[test]
fn what_changed_adds_up_to_the_view() {
    let mut world = World::settled(20);
    let ops: Vec<_> = (0..12).map(|_| world.spend_one()).collect();
    let (mut told, mut kept) = (Told::default(), BTreeMap::new());
    for step in 0..400 {
        if step == 30 {
            world.cancel(ops[3]);
            world.cancel(ops[11]);
        }
        if !world.parcels.is_empty() {
            world.deliver(0);
        } else if !world.read_stream() {
            break;
        }
        let news = world.client.view_since(&mut told, world.now_ms);
        for op in &news.over {
            assert!(kept.remove(op).is_some(), "{op:?} was told of before");
        }
        kept.extend(news.spends.into_iter().map(|spend| (spend.op, spend)));
        assert_eq!(kept.values().cloned().collect::<Vec<_>>(), world.view().spends);
    }
    assert_eq!(kept.len(), 10, "two were called off");
    assert!(world.client.view_since(&mut told, world.now_ms).spends.is_empty());
}
