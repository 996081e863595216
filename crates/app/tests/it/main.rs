//! What the operations do, on both databases.

mod desk;
mod import;
mod items;
mod ledger;
mod lists;
mod orders;
mod parcels;
