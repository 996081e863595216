//! The queue: work that must be done, claimed under a lease that a dead worker loses.
//!
//! A job is enqueued in the transaction of the change that needs it. A job that is lost costs
//! time, never truth. Finished jobs leave the table.

use crate::db::{Db, Record};
use crate::{Error, args, record, statements};
use world::Timestamp;

record! {
    /// A claimed job.
    pub struct Job {
        /// Row id.
        pub id: i64,
        /// What to do.
        pub kind: String,
        /// With what, as JSON.
        pub payload: String,
        /// The session whose pace and pauses it follows.
        pub session_id: Option<i64>,
        /// The activity that it belongs to.
        pub activity_id: Option<i64>,
        /// How often it was claimed, this time included.
        pub attempts: i64,
        /// Fences a worker that lost its lease.
        pub lease_epoch: i64,
        /// When it was due.
        pub run_at: Timestamp,
        /// The moment for which its calls were reserved when it was put off for them.
        pub slot_at: Option<Timestamp>,
    }
}

/// A job to enqueue.
#[derive(Clone, Debug)]
pub struct NewJob {
    /// Row id.
    pub id: i64,
    /// What to do.
    pub kind: &'static str,
    /// Jobs of one key are one job: enqueuing again moves a waiting one forward, and lets a running
    /// one begin anew, with the new payload, once this run of it is over.
    pub dedupe: Option<String>,
    /// With what, as JSON.
    pub payload: String,
    /// The session whose pace and pauses it follows.
    pub session_id: Option<i64>,
    /// The activity that it belongs to.
    pub activity_id: Option<i64>,
    /// Not before.
    pub run_at: Timestamp,
}

statements! {
    ENQUEUE = "INSERT INTO jobs (id, kind, dedupe, payload, session_id, activity_id, state, run_at, again, attempts, lease_epoch, made_at)
        VALUES ($1, $2, $3, $4, $5, $6, 'ready', $7, FALSE, 0, 0, $8)
        ON CONFLICT (dedupe) DO UPDATE SET
          run_at = CASE WHEN jobs.state = 'ready' AND excluded.run_at < jobs.run_at THEN excluded.run_at ELSE jobs.run_at END,
          payload = CASE WHEN jobs.state = 'running' THEN excluded.payload ELSE jobs.payload END,
          again = (jobs.again OR jobs.state = 'running')";
    CLAIM = "WITH due AS MATERIALIZED (
          SELECT id FROM jobs
          WHERE state = 'ready' AND run_at <= $3
            AND NOT EXISTS (SELECT 1 FROM sessions s WHERE s.id = jobs.session_id AND s.paused_until_at > $3)
          ORDER BY run_at, id LIMIT $4)
        UPDATE jobs SET state = 'running', lease_owner = $1, lease_until_at = $2, lease_epoch = lease_epoch + 1, attempts = attempts + 1
        WHERE id IN (SELECT id FROM due)
        RETURNING id, kind, payload, session_id, activity_id, attempts, lease_epoch, run_at, slot_at",
      pg = "WITH due AS MATERIALIZED (
          SELECT id FROM jobs
          WHERE state = 'ready' AND run_at <= $3
            AND NOT EXISTS (SELECT 1 FROM sessions s WHERE s.id = jobs.session_id AND s.paused_until_at > $3)
          ORDER BY run_at, id LIMIT $4 FOR UPDATE SKIP LOCKED)
        UPDATE jobs SET state = 'running', lease_owner = $1, lease_until_at = $2, lease_epoch = lease_epoch + 1, attempts = attempts + 1
        WHERE id IN (SELECT id FROM due)
        RETURNING id, kind, payload, session_id, activity_id, attempts, lease_epoch, run_at, slot_at";
    DUE = "SELECT count(*) AS n FROM (SELECT 1 AS one FROM jobs WHERE (state = 'ready' AND run_at <= $1
            AND NOT EXISTS (SELECT 1 FROM sessions s WHERE s.id = jobs.session_id AND s.paused_until_at > $1)) LIMIT 1) AS due";
    EXPIRED = "SELECT count(*) AS n FROM jobs WHERE state = 'running' AND lease_until_at <= $1";
    RECLAIM = "UPDATE jobs SET state = 'ready', lease_owner = NULL, lease_until_at = NULL, lease_epoch = lease_epoch + 1 WHERE state = 'running' AND lease_until_at <= $1";
    RECLAIM_ALL = "UPDATE jobs SET state = 'ready', lease_owner = NULL, lease_until_at = NULL, lease_epoch = lease_epoch + 1 WHERE state = 'running'";
    MADE_BEFORE = "SELECT count(*) AS n FROM jobs WHERE session_id = $1 AND kind = $2 AND made_at <= $3";
    FINISH = "DELETE FROM jobs WHERE id = $1 AND lease_epoch = $2 AND state = 'running' AND again = FALSE";
    FINISH_AGAIN = "UPDATE jobs SET state = 'ready', again = FALSE, run_at = $3, attempts = 0, lease_owner = NULL, lease_until_at = NULL WHERE id = $1 AND lease_epoch = $2 AND state = 'running' AND again";
    POSTPONE = "UPDATE jobs SET state = 'ready', run_at = $3, lease_owner = NULL, lease_until_at = NULL, last_error = $4, payload = CASE WHEN again THEN payload ELSE COALESCE($5, payload) END, again = FALSE, attempts = attempts - $6, slot_at = $7 WHERE id = $1 AND lease_epoch = $2 AND state = 'running'";
    ENQUEUE_NEW = "INSERT INTO jobs (id, kind, dedupe, payload, session_id, activity_id, state, run_at, again, attempts, lease_epoch, made_at)
        VALUES ($1, $2, $3, $4, $5, $6, 'ready', $7, FALSE, 0, 0, $8) ON CONFLICT (dedupe) DO NOTHING";
    NEXT = "SELECT run_at FROM jobs WHERE state = 'ready' AND NOT EXISTS (SELECT 1 FROM sessions s WHERE s.id = jobs.session_id AND s.paused_until_at > $1) ORDER BY run_at LIMIT 1";
    NEXT_PAUSE_END = "SELECT paused_until_at FROM sessions WHERE paused_until_at > $1 ORDER BY paused_until_at LIMIT 1";
    EXISTS = "SELECT count(*) AS n FROM jobs WHERE dedupe = $1";
    COUNT_STATE = "SELECT count(*) AS n FROM jobs WHERE state = $1";
    WAKE_SESSION = "UPDATE jobs SET run_at = $2 WHERE session_id = $1 AND state = 'ready' AND run_at > $2";
    OF_ACTIVITY = "SELECT count(*) AS n FROM jobs WHERE activity_id = $1";
    STUCK = "SELECT kind, attempts, COALESCE(last_error, '') AS last_error FROM jobs WHERE attempts >= $1 ORDER BY attempts DESC, id LIMIT 20";
}

record! {
    /// A job that keeps failing.
    pub struct StuckJob {
        /// What it does.
        pub kind: String,
        /// How often it was tried.
        pub attempts: i64,
        /// The last error.
        pub last_error: String,
    }
}

/// A job as its worker holds it: the right to finish it, while the lease lasts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Held {
    /// Row id.
    pub id: i64,
    /// Epoch of the lease.
    pub epoch: i64,
}

impl Job {
    /// The right to finish this job.
    #[must_use]
    pub const fn held(&self) -> Held {
        Held {
            id: self.id,
            epoch: self.lease_epoch,
        }
    }
}

/// Puts a job into the queue and wakes the workers once the transaction is committed.
pub async fn enqueue(db: &mut Db, job: &NewJob, now: Timestamp) -> Result<(), Error> {
    db.exec(
        &ENQUEUE,
        args![
            job.id,
            job.kind,
            &job.dedupe,
            &job.payload,
            job.session_id,
            job.activity_id,
            job.run_at,
            now
        ],
    )
    .await?;
    db.signal(crate::Signal::Work);
    Ok(())
}

/// Takes up to `limit` due jobs for `owner`. Jobs of a paused session wait.
pub async fn claim(
    db: &mut Db,
    owner: &str,
    now: Timestamp,
    lease_until: Timestamp,
    limit: i64,
) -> Result<Vec<Job>, Error> {
    let mut jobs: Vec<Job> = db
        .all(&CLAIM, args![owner, lease_until, now, limit])
        .await?;
    jobs.sort_by_key(|job| (job.run_at, job.id));
    Ok(jobs)
}

/// Is anything due? Asked before a claim, so that an idle worker writes nothing.
pub async fn any_due(db: &mut Db, now: Timestamp) -> Result<bool, Error> {
    Ok(db.one::<i64>(&DUE, args![now], "count").await? > 0)
}

/// Is there a job whose worker has lost its lease?
pub async fn any_expired(db: &mut Db, now: Timestamp) -> Result<bool, Error> {
    Ok(db.one::<i64>(&EXPIRED, args![now], "count").await? > 0)
}

/// Gives back the jobs of workers that have lost their lease; gives their number.
pub async fn reclaim_expired(db: &mut Db, now: Timestamp) -> Result<u64, Error> {
    db.exec(&RECLAIM, args![now]).await
}

/// Gives back every running job. Only for a single process that has just started and holds the
/// lock of its database: nobody else can be working.
pub async fn reclaim_all(db: &mut Db) -> Result<u64, Error> {
    db.exec(&RECLAIM_ALL, args![]).await
}

/// The job is done. `false` when the lease was lost: then somebody else has it.
pub async fn finish(db: &mut Db, held: Held, now: Timestamp) -> Result<bool, Error> {
    if db.exec_one(&FINISH, args![held.id, held.epoch]).await? {
        return Ok(true);
    }
    db.exec_one(&FINISH_AGAIN, args![held.id, held.epoch, now])
        .await
}

/// How a job is put off.
#[derive(Clone, Debug, Default)]
pub struct Postpone {
    /// Not before.
    pub run_at: Timestamp,
    /// Why, for whoever looks after the machine.
    pub error: Option<String>,
    /// A new payload, where the job has come further.
    pub payload: Option<String>,
    /// This try does not count as a failure.
    pub free: bool,
    /// Its calls are reserved for this moment.
    pub slot_at: Option<Timestamp>,
}

/// The job goes back into the queue. `false` when the lease was lost.
pub async fn postpone(db: &mut Db, held: Held, how: &Postpone) -> Result<bool, Error> {
    db.exec_one(
        &POSTPONE,
        args![
            held.id,
            held.epoch,
            how.run_at,
            &how.error,
            &how.payload,
            i64::from(how.free),
            how.slot_at
        ],
    )
    .await
}

/// Puts a job into the queue unless one of its key is there: one that waits for a better moment
/// keeps that moment. `false` when it was there.
pub async fn enqueue_new(db: &mut Db, job: &NewJob, now: Timestamp) -> Result<bool, Error> {
    let fresh = db
        .exec_one(
            &ENQUEUE_NEW,
            args![
                job.id,
                job.kind,
                &job.dedupe,
                &job.payload,
                job.session_id,
                job.activity_id,
                job.run_at,
                now
            ],
        )
        .await?;
    if fresh {
        db.signal(crate::Signal::Work);
    }
    Ok(fresh)
}

/// Is a job of this key in the queue, waiting or running?
pub async fn exists(db: &mut Db, dedupe: &str) -> Result<bool, Error> {
    Ok(db.one::<i64>(&EXISTS, args![dedupe], "count").await? > 0)
}

/// Is a job of this kind of a session in the queue that was put there by `before`?
pub async fn any_made_before(
    db: &mut Db,
    session: i64,
    kind: &str,
    before: Timestamp,
) -> Result<bool, Error> {
    Ok(db
        .one::<i64>(&MADE_BEFORE, args![session, kind, before], "count")
        .await?
        > 0)
}

/// When to look for due jobs again, if there is anything to wait for: the next waiting job that no
/// pause holds back, or the next end of a pause.
pub async fn next_at(db: &mut Db, now: Timestamp) -> Result<Option<Timestamp>, Error> {
    let job = db.opt::<i64>(&NEXT, args![now]).await?;
    let pause = db
        .opt::<i64>(&NEXT_PAUSE_END, args![now])
        .await?
        .filter(|at| *at < i64::MAX);
    Ok(job.into_iter().chain(pause).min().map(Timestamp))
}

/// How many jobs are in `state` (`ready` or `running`).
pub async fn count(db: &mut Db, state: &str) -> Result<i64, Error> {
    db.one(&COUNT_STATE, args![state], "count").await
}

/// How many jobs an activity still has.
pub async fn count_of_activity(db: &mut Db, activity: i64) -> Result<i64, Error> {
    db.one(&OF_ACTIVITY, args![activity], "count").await
}

/// Lets the waiting jobs of a session run from `now` on.
pub async fn wake_session(db: &mut Db, session: i64, now: Timestamp) -> Result<(), Error> {
    db.exec(&WAKE_SESSION, args![session, now]).await?;
    db.signal(crate::Signal::Work);
    Ok(())
}

/// Jobs that were tried at least `attempts` times, the worst twenty.
pub async fn stuck(db: &mut Db, attempts: i64) -> Result<Vec<StuckJob>, Error> {
    db.all(&STUCK, args![attempts]).await
}

/// A moment as a row of one column.
impl Record for Timestamp {
    fn read(row: &crate::db::Row) -> Result<Self, Error> {
        <i64 as Record>::read(row).map(Timestamp)
    }
}
