//! Runs of operations: what people see of the work.

use crate::db::Db;
use crate::{Error, args, record, statements};
use world::Timestamp;

macro_rules! columns {
    () => {
        "id, request_id, operation, actor, order_id, session_id, title, state, stop_asked, data, steps, counts, version, started_at, changed_at, finished_at"
    };
}

record! {
    /// One run.
    pub struct ActivityRow {
        /// Row id.
        pub id: i64,
        /// Given by the form that started it: the same request is the same run.
        pub request_id: String,
        /// Which operation.
        pub operation: String,
        /// Who started it.
        pub actor: String,
        /// The order from whose page it was started.
        pub order_id: Option<i64>,
        /// The session that it works with, where it is one.
        pub session_id: Option<i64>,
        /// Title, as a message in JSON.
        pub title: String,
        /// `running`, `waiting`, `done`, `partly`, `failed`, `stopped`.
        pub state: String,
        /// A person asked it to stop at the next safe point.
        pub stop_asked: bool,
        /// The operation's own memory, as JSON.
        pub data: String,
        /// Steps, as JSON.
        pub steps: String,
        /// Named counts, as JSON.
        pub counts: String,
        /// Grows with every change.
        pub version: i64,
        /// When it began.
        pub started_at: Timestamp,
        /// When it last changed.
        pub changed_at: Timestamp,
        /// When it ended.
        pub finished_at: Option<Timestamp>,
    }
}

statements! {
    INSERT = "INSERT INTO activities (id, request_id, operation, actor, order_id, session_id, title, state, stop_asked, data, steps, counts, version, started_at, changed_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, 'running', FALSE, $8, '[]', '{}', 1, $9, $9) ON CONFLICT (request_id) DO NOTHING";
    LINK = "INSERT INTO activity_orders (order_id, activity_id) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    BY_REQUEST = "SELECT id FROM activities WHERE request_id = $1";
    BY_ID = concat!("SELECT ", columns!(), " FROM activities WHERE id = $1");
    LOCK = concat!("SELECT ", columns!(), " FROM activities WHERE id = $1"),
      pg = concat!("SELECT ", columns!(), " FROM activities WHERE id = $1 FOR NO KEY UPDATE");
    SAVE = "UPDATE activities SET state = $2, stop_asked = $3, data = $4, steps = $5, counts = $6, version = version + 1, changed_at = $7, finished_at = $8 WHERE id = $1";
    LATEST = concat!("SELECT ", columns!(), " FROM activities WHERE id < $1 ORDER BY id DESC LIMIT $2");
    OF_ORDER = concat!("SELECT ", columns!(), " FROM activities WHERE id IN (SELECT activity_id FROM activity_orders WHERE order_id = $1 AND activity_id < $2 ORDER BY activity_id DESC LIMIT $3) ORDER BY id DESC");
    NEWER = concat!("SELECT ", columns!(), " FROM activities WHERE id > $1 ORDER BY id LIMIT $2");
    OF_ORDER_NEWER = concat!("SELECT ", columns!(), " FROM activities WHERE id IN (SELECT activity_id FROM activity_orders WHERE order_id = $1 AND activity_id > $2 ORDER BY activity_id LIMIT $3) ORDER BY id");
    STATE_OLDER = concat!("SELECT ", columns!(), " FROM activities WHERE state = $1 AND id < $2 ORDER BY id DESC LIMIT $3");
    STATE_NEWER = concat!("SELECT ", columns!(), " FROM activities WHERE state = $1 AND id > $2 ORDER BY id LIMIT $3");
    OPEN_OF_OPERATION = concat!("SELECT ", columns!(), " FROM activities WHERE state IN ('running', 'waiting') AND operation = $1 AND id > $2 ORDER BY id LIMIT $3");
    OPEN = concat!("SELECT * FROM (SELECT ", columns!(), " FROM activities WHERE state = 'running' ORDER BY id DESC LIMIT $1) running
        UNION ALL SELECT * FROM (SELECT ", columns!(), " FROM activities WHERE state = 'waiting' ORDER BY id DESC LIMIT $1) waiting");
    ORDERS_OF = "SELECT order_id FROM activity_orders WHERE activity_id = $1 ORDER BY order_id";
}

/// A run to begin.
#[derive(Clone, Debug)]
pub struct NewActivity {
    /// Row id.
    pub id: i64,
    /// Given by the form that started it.
    pub request_id: String,
    /// Which operation.
    pub operation: &'static str,
    /// Who starts it.
    pub actor: String,
    /// The order from whose page it is started.
    pub order_id: Option<i64>,
    /// The session that it works with.
    pub session_id: Option<i64>,
    /// Title, as a message in JSON.
    pub title: String,
    /// The operation's own memory, as JSON.
    pub data: String,
}

/// Begins a run, unless one with this request exists. Gives its id, and whether it is new.
pub async fn begin(db: &mut Db, new: &NewActivity, now: Timestamp) -> Result<(i64, bool), Error> {
    let fresh = db
        .exec_one(
            &INSERT,
            args![
                new.id,
                &new.request_id,
                new.operation,
                &new.actor,
                new.order_id,
                new.session_id,
                &new.title,
                &new.data,
                now
            ],
        )
        .await?;
    if !fresh {
        return Ok((
            db.one(&BY_REQUEST, args![&new.request_id], "activity")
                .await?,
            false,
        ));
    }
    if let Some(order) = new.order_id {
        touches(db, new.id, order).await?;
    }
    db.signal(crate::Signal::Activity(new.id));
    Ok((new.id, true))
}

/// The run touched this order: it shows there too.
pub async fn touches(db: &mut Db, activity: i64, order: i64) -> Result<(), Error> {
    db.exec(&LINK, args![order, activity]).await?;
    db.signal(crate::Signal::Order(order));
    Ok(())
}

/// Orders that the run touched.
pub async fn orders(db: &mut Db, activity: i64) -> Result<Vec<i64>, Error> {
    db.all(&ORDERS_OF, args![activity]).await
}

/// One run.
pub async fn by_id(db: &mut Db, id: i64) -> Result<Option<ActivityRow>, Error> {
    db.opt(&BY_ID, args![id]).await
}

/// One run, held until the end of the transaction.
pub async fn lock(db: &mut Db, id: i64) -> Result<ActivityRow, Error> {
    db.one(&LOCK, args![id], "activity").await
}

/// Stores what changed in a run held by [`lock`].
pub async fn save(db: &mut Db, row: &ActivityRow, now: Timestamp) -> Result<(), Error> {
    db.exec(
        &SAVE,
        args![
            row.id,
            &row.state,
            row.stop_asked,
            &row.data,
            &row.steps,
            &row.counts,
            now,
            row.finished_at
        ],
    )
    .await?;
    db.signal(crate::Signal::Activity(row.id));
    // The run shows on the page of its order too.
    if let Some(order) = row.order_id {
        db.signal(crate::Signal::Order(order));
    }
    Ok(())
}

/// Runs older than `before`, newest first.
pub async fn latest(db: &mut Db, before: i64, limit: i64) -> Result<Vec<ActivityRow>, Error> {
    db.all(&LATEST, args![before, limit]).await
}

/// Runs that touched an order, older than `before`, newest first.
pub async fn of_order(
    db: &mut Db,
    order: i64,
    before: i64,
    limit: i64,
) -> Result<Vec<ActivityRow>, Error> {
    db.all(&OF_ORDER, args![order, before, limit]).await
}

/// Runs of an operation that are not over, after the id `after`, the oldest first.
pub async fn open_of_operation(
    db: &mut Db,
    operation: &str,
    after: i64,
    limit: i64,
) -> Result<Vec<ActivityRow>, Error> {
    db.all(&OPEN_OF_OPERATION, args![operation, after, limit])
        .await
}

/// Runs that go on or wait for a person, of each at most `limit`, in no order.
pub async fn open(db: &mut Db, limit: i64) -> Result<Vec<ActivityRow>, Error> {
    db.all(&OPEN, args![limit]).await
}

/// Runs newer than `after`, the oldest of them first.
pub async fn newer(db: &mut Db, after: i64, limit: i64) -> Result<Vec<ActivityRow>, Error> {
    db.all(&NEWER, args![after, limit]).await
}

/// Runs that touched an order, newer than `after`, the oldest of them first.
pub async fn of_order_newer(
    db: &mut Db,
    order: i64,
    after: i64,
    limit: i64,
) -> Result<Vec<ActivityRow>, Error> {
    db.all(&OF_ORDER_NEWER, args![order, after, limit]).await
}

/// Runs in `state` older than `before`, newest first.
pub async fn in_state_older(
    db: &mut Db,
    state: &str,
    before: i64,
    limit: i64,
) -> Result<Vec<ActivityRow>, Error> {
    db.all(&STATE_OLDER, args![state, before, limit]).await
}

/// Runs in `state` newer than `after`, the oldest of them first.
pub async fn in_state_newer(
    db: &mut Db,
    state: &str,
    after: i64,
    limit: i64,
) -> Result<Vec<ActivityRow>, Error> {
    db.all(&STATE_NEWER, args![state, after, limit]).await
}
