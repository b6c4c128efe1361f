//! Free ports.

use std::net::{Ipv4Addr, TcpListener};

/// A port of the loopback interface that nobody listened on a moment ago.
///
/// Another process can take it before the server does: who uses it must be ready to try again.
pub(super) fn free() -> std::io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_free_port_can_be_listened_on() {
        let port = free().unwrap();
        assert!(port >= 1024);
        TcpListener::bind((Ipv4Addr::LOCALHOST, port)).unwrap();
    }

    #[test]
    fn a_port_in_use_is_not_free() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let taken = listener.local_addr().unwrap().port();
        assert!((0..20).all(|_| free().unwrap() != taken));
    }
}
