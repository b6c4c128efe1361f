//! The application on an address of its own.

use std::net::SocketAddr;

use actix_web::dev::Server;
use actix_web::{App, HttpServer, web};
use diesel_doctor_web::Requests;

use crate::{pages, pool};

/// The blog, and the address it listens on.
pub(crate) fn server(listen: &str, requests: &Requests) -> anyhow::Result<(Server, SocketAddr)> {
    let pool = pool::open()?;
    let requests = requests.clone();
    let server = HttpServer::new(move || {
        App::new()
            .app_data(web::Data::new(pool.clone()))
            .wrap(requests.middleware()) // add
            .configure(pages::configure)
    })
    .workers(2)
    .bind(listen)?;
    let address = server.addrs().first().copied().ok_or_else(|| anyhow::anyhow!("no address to listen on"))?;
    Ok((server.run(), address))
}
