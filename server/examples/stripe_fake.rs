//! The stand-in for Stripe of the integration tests as a program of its own, for tests in other
//! languages. It prints where it listens, and ends with its standard input.

#[allow(dead_code, reason = "the integration tests look at more of it")]
#[allow(clippy::unwrap_used, reason = "a stand-in that cannot go on has failed")]
#[path = "../tests/it/stripe_fake/mod.rs"]
mod stripe_fake;

use std::io::Read as _;

use creditpackd::clock::Clock;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let fake = stripe_fake::StripeFake::start(Clock::system()).await;
    println!("stripe stand-in listening on {}", fake.url());
    tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new())).await??;
    Ok(())
}
