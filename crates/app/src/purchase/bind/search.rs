//! Numbers that people know and that a marketplace cannot be asked for are sought in its listings:
//! newest changes first, a month at a time, one page a turn.

use super::read::{advance, enqueue, turn};
use super::{BindJob, Look, Number, NumberState, step_name};
use crate::activity::{Activity, StepState};
use crate::market::SessionCalls;
use crate::purchase::other_numbers;
use crate::session::{Failure, call_failed, call_succeeded};
use crate::worker::Task;
use crate::{AppError, Ctx, JobEnd, Message};
use marketplaces::{Listing, Page};
use store::Db;
use world::Timestamp;

/// How far back listings are searched.
const DAYS: i64 = 180;
/// One listing covers so many days.
const WINDOW_DAYS: i64 = 30;
const DAY_SECONDS: i64 = 86_400;
/// Most pages that one look reads of one account.
const MOST_PAGES: u32 = 500;

/// How far the listings of an account were searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(in crate::purchase) struct Place {
    /// The newest moment of the listing.
    to: Timestamp,
    /// Its page, from 1.
    page: u32,
    /// Pages read of this account so far.
    read: u32,
    /// Where the search began.
    began: Timestamp,
}

impl Place {
    fn begin(now: Timestamp) -> Self {
        Self {
            // The marketplace's clock may be ahead of ours.
            to: now.plus_seconds(DAY_SECONDS),
            page: 1,
            read: 0,
            began: now,
        }
    }

    fn from(self) -> Timestamp {
        self.to
            .plus_seconds(-WINDOW_DAYS * DAY_SECONDS)
            .max(self.oldest())
    }

    fn oldest(self) -> Timestamp {
        self.began.plus_seconds(-DAYS * DAY_SECONDS)
    }

    /// The next page; none behind the oldest.
    fn after(self, page: &Page) -> Option<Self> {
        let next = if page.more {
            Self {
                page: self.page + 1,
                read: self.read + 1,
                ..self
            }
        } else {
            Self {
                to: self.from(),
                page: 1,
                read: self.read + 1,
                ..self
            }
        };
        (next.to > next.oldest() && next.read < MOST_PAGES).then_some(next)
    }
}

impl Number {
    /// What was typed means this order.
    pub(super) fn means(&mut self, order: String) {
        if self.number != order {
            self.typed = Some(std::mem::replace(&mut self.number, order));
        }
    }
}

/// Enqueues the search of the next account, where a number is still sought; otherwise says that the
/// number is not to be found, and gives `false`.
pub(super) async fn next(
    ctx: &Ctx,
    db: &mut Db,
    run: &mut Activity,
    look: &mut Look,
) -> Result<bool, AppError> {
    let sought = |n: &Number| matches!(n.state, NumberState::Sought);
    if !look.numbers.iter().any(sought) {
        return Ok(false);
    }
    if look.to_search.is_empty() {
        for number in look.numbers.iter_mut().filter(|n| sought(n)) {
            let reason = Message::of("bind-not_found_in_listings")
                .with("number", number.label())
                .with("days", DAYS);
            number.state = NumberState::Refused { reason };
        }
        return Ok(false);
    }
    let payload = BindJob {
        activity: run.row.id,
        number: 0,
        session: look.to_search.remove(0),
        search: Some(Place::begin(ctx.now())),
    };
    say(ctx, db, run, look, &payload).await?;
    enqueue(ctx, db, &payload).await?;
    Ok(true)
}

/// Says how far the search is, with every number that is sought.
async fn say(
    ctx: &Ctx,
    db: &mut Db,
    run: &mut Activity,
    look: &Look,
    job: &BindJob,
) -> Result<(), AppError> {
    let login = store::sessions::by_id(db, job.session)
        .await?
        .map_or_else(String::new, |s| s.login);
    for number in &look.numbers {
        if let (NumberState::Sought, Some(place)) = (&number.state, job.search) {
            let said = Message::of("step-bind_searching")
                .with("number", number.label())
                .with("session", &login)
                .with(
                    "days",
                    (place.began.0 - place.from().0) / 1_000_000 / DAY_SECONDS,
                )
                .with("pages", place.read);
            run.step(&step_name(number), StepState::Running, said, ctx.now());
        }
    }
    Ok(())
}

/// Reads one page of the listings of an account.
///
/// # Errors
/// The database's; marketplace failures put the turn off or go on with another account.
pub(super) async fn run(
    ctx: &Ctx,
    task: Task,
    job: &BindJob,
    place: Place,
    calls: &SessionCalls,
) -> Result<JobEnd, AppError> {
    let page = if calls.session.state == "active" {
        let listing = Listing::Modified {
            from: place.from(),
            to: place.to,
        };
        let asked = calls
            .connector()
            .order_list(&calls.caller(), &listing, place.page)
            .await;
        match asked {
            Ok(page) => Some(page),
            Err(error) => match call_failed(ctx, calls, &error).await? {
                Failure::RetryAt(at) => return Ok(JobEnd::Again(at)),
                Failure::Paused => return Ok(JobEnd::Again(ctx.now().plus_seconds(1))),
                Failure::Final => None,
            },
        }
    } else {
        None
    };
    let (ctx, held, job) = (ctx.clone(), task.held, job.clone());
    ctx.app
        .store
        .clone()
        .write::<_, AppError, _>(move |db| {
            let (ctx, job, page) = (ctx.clone(), job.clone(), page.clone());
            Box::pin(async move {
                let Some((mut run, mut look)) = turn(db, held, job.activity, ctx.now()).await?
                else {
                    return Ok(JobEnd::Settled);
                };
                let next = match &page {
                    Some(page) => {
                        call_succeeded(db, job.session, ctx.now()).await?;
                        take(db, &mut look, job.session, page).await?;
                        place.after(page)
                    }
                    // This account cannot be asked: the next one.
                    None => None,
                };
                let sought = |n: &Number| matches!(n.state, NumberState::Sought);
                match next.filter(|_| look.numbers.iter().any(sought)) {
                    Some(next) => {
                        let job = BindJob {
                            search: Some(next),
                            ..job
                        };
                        say(&ctx, db, &mut run, &look, &job).await?;
                        enqueue(&ctx, db, &job).await?;
                    }
                    None => advance(&ctx, db, &mut run, &mut look).await?,
                }
                run.set_data(&look);
                run.save(db, ctx.now()).await?;
                Ok(JobEnd::Settled)
            })
        })
        .await
}

/// Keeps the numbers of a page; what was sought and stands there is read next.
async fn take(db: &mut Db, look: &mut Look, session: i64, page: &Page) -> Result<(), AppError> {
    for order in &page.orders {
        other_numbers::keep(
            db,
            &look.marketplace,
            session,
            &order.number,
            &order.other_numbers,
        )
        .await?;
        let found = look.numbers.iter_mut().find(|n| {
            matches!(n.state, NumberState::Sought) && order.other_numbers.contains(&n.number)
        });
        if let Some(number) = found {
            number.means(order.number.clone());
            number.sessions = vec![session];
            number.state = NumberState::Reading;
        }
    }
    Ok(())
}
