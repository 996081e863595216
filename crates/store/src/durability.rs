//! Whether the database keeps what it confirms, for whoever looks after the machine.

use crate::{Error, Store, args, statements};

statements! {
    WEAK = "SELECT 'synchronous = ' || synchronous AS weak FROM pragma_synchronous WHERE synchronous < 2",
      pg = "SELECT name || ' = ' || setting AS weak FROM pg_settings
          WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit') AND setting = 'off' ORDER BY name";
}

/// The database's settings under which a confirmed commit may be forgotten after a power cut; none
/// is how it should be.
pub async fn durability(store: &Store) -> Result<Vec<String>, Error> {
    store.read().await?.all(&WEAK, args![]).await
}
