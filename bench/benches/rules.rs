//! The rules, natively. `cargo xtask bench rules` runs the same cases in Wasm too, and compares.

use creditpack_bench::{Case, NAMES};
use criterion::{Criterion, criterion_group, criterion_main};

fn rules(criterion: &mut Criterion) {
    for name in NAMES {
        let case = Case::named(name).expect("a case");
        criterion.bench_function(name, |bencher| bencher.iter(|| case.run(1)));
    }
}

criterion_group!(benches, rules);
criterion_main!(benches);
