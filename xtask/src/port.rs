//! Refusing a taken port before minutes go into building.

use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, TcpListener};
use std::process;

use anyhow::{Context as _, Result, bail};

/// From here on, so many ports are below those that systems have for connections.
const PORT_MIN: u16 = 20_000;
const UNASKED: u16 = 10_000;

/// Checks that nothing on this machine listens on `port`.
///
/// # Errors
///
/// If something does, or this user may not listen there; names the port and the way out.
pub(crate) fn check_free(port: u16) -> Result<()> {
    // A server may listen on one address only; `localhost` reaches each of these.
    let addresses: [IpAddr; 4] = [
        Ipv4Addr::LOCALHOST.into(),
        Ipv4Addr::UNSPECIFIED.into(),
        Ipv6Addr::LOCALHOST.into(),
        Ipv6Addr::UNSPECIFIED.into(),
    ];
    for address in addresses {
        match TcpListener::bind((address, port)).map_err(|error| error.kind()) {
            Err(ErrorKind::AddrInUse) => bail!(
                "port {port} is taken by another program on this machine; stop it, or choose \
                 another port: cargo xtask demo --port {}",
                port.checked_add(1).unwrap_or(4600)
            ),
            Err(ErrorKind::PermissionDenied) => bail!(
                "this user may not listen on port {port}; choose one from 1024 up: \
                 cargo xtask demo --port 4600"
            ),
            // The address family may be absent; that is no conflict.
            Ok(_) | Err(_) => {}
        }
    }
    Ok(())
}

/// A port on which nothing listens now, and which the system gives to nobody unasked: one of those that
/// it has for connections may be taken by the time that it is listened on.
///
/// # Errors
///
/// If there is none.
pub(crate) fn free() -> Result<u16> {
    // Processes at the same time begin at different ports.
    let first = u16::try_from(process::id() % u32::from(UNASKED))?;
    let ports = (0..UNASKED).map(|next| PORT_MIN + (first + next) % UNASKED);
    let found = ports.into_iter().find(|port| check_free(*port).is_ok());
    found.context("no port is free")
}

#[cfg(test)]
mod tests {
    use std::thread;
    use std::time::{Duration, Instant};

    use super::*;

    fn check_taken(address: IpAddr) {
        let Ok(listener) = TcpListener::bind((address, 0)) else { return };
        let port = listener.local_addr().expect("a bound address").port();
        let told = check_free(port).expect_err("taken").to_string();
        assert!(told.contains(&format!("port {port} is taken")), "{told}");
        assert!(told.contains("--port"), "{told}");
        drop(listener);
        // A program that another test starts just now holds a copy until it really runs.
        let freed = Instant::now();
        while let Err(error) = check_free(port) {
            assert!(freed.elapsed() < Duration::from_secs(10), "{error}");
            thread::yield_now();
        }
    }

    #[test]
    fn a_taken_port_is_named_on_any_address() {
        check_taken(Ipv4Addr::LOCALHOST.into());
        check_taken(Ipv4Addr::UNSPECIFIED.into());
        check_taken(Ipv6Addr::UNSPECIFIED.into());
    }
}
