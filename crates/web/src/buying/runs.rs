//! One run: its page, its window, its live events, a person's answers to what it asks.

use super::{WindowAnswer, done, page};
use crate::http::{Fields, Htmx, Live, PageError, Path, go, live};
use crate::live::Topic;
use crate::pages::activities::{person_or_program, state_tag, state_tone};
use crate::pages::order::order_url;
use crate::pages::progress::{
    ActivityPage, Decision, Progress, ProgressBody, ProgressStep, ProgressWindow,
};
use crate::panel::{Panel, Person};
use crate::parts::{Fault, Link};
use app::Message;
use app::activity::{Activity, ActivityState, Step, StepState};
use app::booking::Run;
use app::booking::decide::{Answer, Decide, RefusedLine};
use app::booking::run::{Group, GroupState, Question, step_name};
use app::purchase::bind::{Look, NumberState};
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use domain::ceiling::{AskReason, LineQuestion};
use domain::{Fen, Judgement, Verdict};
use std::collections::BTreeMap;
use world::Timestamp;

/// Refused lines by group and line.
type Refusals = BTreeMap<(usize, usize), RefusedLine>;

/// `GET /activities/{id}`: the run's page, or its window over the page that stands.
pub(crate) async fn show(
    State(panel): State<Panel>,
    person: Person,
    htmx: Htmx,
    Path(id): Path<i64>,
) -> WindowAnswer {
    if htmx.0 {
        return opened(&panel, &person, htmx, id).await;
    }
    let (activity, run) = load(&panel, &person, id).await?;
    let shell = panel
        .shell(&person, run.title.clone(), "/activities")
        .await?;
    Ok(page(ActivityPage {
        tr: person.tr().clone(),
        shell,
        by: person_or_program(&activity.row.actor).to_owned(),
        at: person.fmt.moment(activity.row.started_at),
        run,
    }))
}

/// `GET /activities/{id}/events`
pub(crate) async fn events(
    State(panel): State<Panel>,
    person: Person,
    Path(id): Path<i64>,
) -> Response {
    let changes = panel.watches.watch([Topic::Activity(id)]);
    let stop = panel.stop.clone();
    live(changes, stop, move || {
        let (panel, person) = (panel.clone(), person.now());
        async move {
            let Ok((activity, run)) = load(&panel, &person, id).await else {
                return Live::Gone;
            };
            let body = ProgressBody {
                tr: person.tr().clone(),
                run,
            };
            match body.render() {
                Ok(html) if activity.state().is_over() => Live::Last(html),
                Ok(html) => Live::Now(html),
                Err(_) => Live::Gone,
            }
        }
    })
}

/// `POST /activities/{id}/stop`
pub(crate) async fn stop(
    State(panel): State<Panel>,
    person: Person,
    htmx: Htmx,
    Path(id): Path<i64>,
    fields: Fields,
) -> WindowAnswer {
    fields.request_id()?;
    let activity = app::activity::show(&panel.app, id)
        .await
        .map_err(person.no())?;
    let stopped = if activity.row.operation == "bind" {
        app::purchase::bind::leave(&person.ctx, id).await
    } else {
        app::activity::stop(&person.ctx, id).await
    };
    stopped.map_err(person.no())?;
    Ok(done(htmx, &url(id)))
}

/// `POST /activities/{id}/groups/{group}`: the answer to what a group asks.
pub(crate) async fn answer(
    person: Person,
    htmx: Htmx,
    Path((id, group)): Path<(i64, usize)>,
    fields: Fields,
) -> WindowAnswer {
    fields.request_id()?;
    let asked_at = fields
        .text("asked")
        .parse()
        .map_err(|_| PageError::bad_request())?;
    let answer = parse_answer(fields.text("answer")).ok_or_else(PageError::bad_request)?;
    let request = Decide {
        activity: id,
        group,
        asked_at: Timestamp(asked_at),
        answer,
    };
    app::booking::decide::decide(&person.ctx, request)
        .await
        .map_err(person.no())?;
    Ok(done(htmx, &url(id)))
}

fn parse_answer(text: &str) -> Option<Answer> {
    match text.split_once(':') {
        None if text == "accept" => Some(Answer::Accept),
        None if text == "leave_all" => Some(Answer::LeaveAll),
        Some(("leave", lines)) => {
            let lines: Option<Vec<usize>> =
                lines.split(',').map(|line| line.parse().ok()).collect();
            Some(Answer::LeaveOut(lines?))
        }
        Some(("raise", rest)) => {
            let (line, units) = rest.split_once(':')?;
            Some(Answer::Raise {
                line: line.parse().ok()?,
                units: units.parse().ok()?,
            })
        }
        _ => None,
    }
}

/// The address of a run.
pub(crate) fn url(id: i64) -> String {
    format!("/activities/{id}")
}

/// The window of a begun run, over the page that stands; a plain browser goes to the run's page.
pub(crate) async fn opened(panel: &Panel, person: &Person, htmx: Htmx, id: i64) -> WindowAnswer {
    if !htmx.0 {
        return Ok(go(htmx, &url(id)));
    }
    let (_, run) = load(panel, person, id).await?;
    Ok(page(ProgressWindow {
        tr: person.tr().clone(),
        run,
    }))
}

/// The window of a run as text, for a page that comes with it open.
pub(crate) async fn window_text(panel: &Panel, person: &Person, id: i64) -> Option<String> {
    let (_, run) = load(panel, person, id).await.ok()?;
    ProgressWindow {
        tr: person.tr().clone(),
        run,
    }
    .render()
    .ok()
}

async fn load(panel: &Panel, person: &Person, id: i64) -> Result<(Activity, Progress), PageError> {
    let activity = app::activity::show(&panel.app, id)
        .await
        .map_err(person.no())?;
    let numbers = app::activity::order_numbers(&panel.app, std::slice::from_ref(&activity))
        .await
        .map_err(person.no())?;
    let order = activity
        .row
        .order_id
        .and_then(|id| numbers.get(&id))
        .cloned();
    let book: Option<Run> = (activity.row.operation == "book")
        .then(|| activity.data().ok())
        .flatten();
    let refusals = match &book {
        Some(run) => app::booking::decide::refused_lines(&panel.app, run)
            .await
            .map_err(person.no())?,
        None => BTreeMap::new(),
    };
    let progress = progress(
        panel,
        person,
        &activity,
        order.as_deref(),
        book.as_ref(),
        &refusals,
    );
    Ok((activity, progress))
}

fn progress(
    panel: &Panel,
    person: &Person,
    activity: &Activity,
    order: Option<&str>,
    book: Option<&Run>,
    refusals: &Refusals,
) -> Progress {
    let (fmt, tr, row, state) = (&person.fmt, person.tr(), &activity.row, activity.state());
    let (done, of) = extent(activity, book);
    let stoppable = match row.operation.as_str() {
        "bind" => !state.is_over(),
        "book" | "cancel" | "unbind" | "synchronize" | "pay_by_api" => {
            state == ActivityState::Running && !row.stop_asked
        }
        _ => false,
    };
    let wants_window = row.operation == "bind" && state == ActivityState::Waiting;
    Progress {
        id: row.id,
        title: fmt.say(&activity.title()),
        orders: order
            .map(|n| Link::to(super::tab_url(n), n))
            .into_iter()
            .collect(),
        state: state_tag(tr, state),
        running: !state.is_over(),
        step: if of > 0 {
            tr.progress_step(done, of)
        } else {
            String::new()
        },
        done,
        of,
        elapsed: fmt.elapsed(row.started_at, row.finished_at),
        seconds: row
            .finished_at
            .unwrap_or(fmt.now())
            .seconds_since(row.started_at)
            .max(0),
        counts: counts(person, activity),
        steps: steps(person, activity, book, refusals),
        window: order
            .filter(|_| wants_window)
            .map(|n| Link::to(format!("{}/bind/{}", order_url(n), row.id), tr.bind_see())),
        stop: stoppable.then(|| format!("/activities/{}/stop", row.id)),
        stop_note: (stoppable && row.operation == "book").then(|| tr.stop_run_note().to_owned()),
        request_id: panel.request_id(),
    }
}

/// Steps done, and steps there are; nobody knows how many when that is 0.
fn extent(activity: &Activity, book: Option<&Run>) -> (u32, u32) {
    let over = activity.state().is_over();
    let count = |name: &str| activity.counts.get(name).copied().unwrap_or(0);
    let (done, of) = match (activity.row.operation.as_str(), book) {
        // Each order: previewed, sent, read back.
        (_, Some(run)) => {
            let done = run.groups.iter().map(|group| match group.state {
                GroupState::Planned => 0,
                GroupState::Asking => 1,
                GroupState::Booking { .. } => 2,
                GroupState::Ended { .. } => 3,
            });
            (1 + done.sum::<i64>(), 1 + 3 * length(run.groups.len()))
        }
        ("synchronize", _) => {
            let of_sessions = |s: &&Step| s.name.starts_with("session-");
            let listed = activity.steps.iter().filter(of_sessions);
            let finished = listed
                .clone()
                .filter(|s| s.state != StepState::Running)
                .count();
            let reads = count("purchases_of_order") + count("to_read");
            (
                length(finished) + count("read") + count("failed"),
                length(listed.count()) + reads,
            )
        }
        ("bind", _) => match activity.data::<Look>() {
            Ok(look) => {
                let read = |n: &&app::purchase::bind::Number| {
                    !matches!(n.state, NumberState::Reading | NumberState::Sought)
                };
                (
                    length(look.numbers.iter().filter(read).count()),
                    length(look.numbers.len()),
                )
            }
            Err(_) => (0, 0),
        },
        _ => (0, i64::from(over)),
    };
    let (done, of) = if over {
        (of.max(1), of.max(1))
    } else {
        (done.min(of), of)
    };
    (
        u32::try_from(done).unwrap_or(0),
        u32::try_from(of).unwrap_or(0),
    )
}

fn length(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// `placed 2 · refused 0 · waiting 1`.
fn counts(person: &Person, activity: &Activity) -> String {
    const ALWAYS: [&str; 5] = [
        "placed",
        "refused",
        "purchases_of_order",
        "marketplace_orders",
        "read",
    ];
    const ORDER: [&str; 15] = [
        "placed",
        "refused",
        "unknown",
        "waiting",
        "left_out",
        "purchases_of_order",
        "marketplace_orders",
        "read",
        "failed",
        "unknown_orders",
        "found",
        "adopted",
        "units",
        "cancelled",
        "paid",
    ];
    ORDER
        .iter()
        .filter_map(|name| {
            let n = activity.counts.get(*name).copied()?;
            let shown = n > 0 || (ALWAYS.contains(name) && activity.row.operation != "bind");
            let text = person
                .tr()
                .say(&format!("count-{name}"), [("n", n.to_string().as_str())]);
            text.filter(|_| shown)
        })
        .collect::<Vec<_>>()
        .join(" · ")
}

const fn tone(state: StepState) -> &'static str {
    match state {
        StepState::Running => state_tone(ActivityState::Running),
        StepState::Done => state_tone(ActivityState::Done),
        StepState::Warning => state_tone(ActivityState::Partly),
        StepState::Error => state_tone(ActivityState::Failed),
        StepState::Waiting => state_tone(ActivityState::Waiting),
    }
}

fn steps(
    person: &Person,
    activity: &Activity,
    book: Option<&Run>,
    refusals: &Refusals,
) -> Vec<ProgressStep> {
    let over = activity.state().is_over();
    activity
        .steps
        .iter()
        .map(|step| {
            let mut view = step_view(person, activity, step, over);
            let asked = book.and_then(|run| {
                let groups = run.groups.iter().enumerate();
                let mut named =
                    groups.filter(|(index, _)| step_name(*index, "question") == step.name);
                let (index, group) = named.next()?;
                Some((index, group, group.question.as_ref()?))
            });
            if let Some((index, group, question)) = asked {
                ask(person, &mut view, (index, group), question, refusals);
                view.answer = format!("/activities/{}/groups/{index}", activity.row.id);
            }
            view
        })
        .collect()
}

fn step_view(person: &Person, activity: &Activity, step: &Step, over: bool) -> ProgressStep {
    let fmt = &person.fmt;
    let wrong = step.state == StepState::Error || step.message.code.is_some();
    let (text, fault, next) = if wrong {
        (
            String::new(),
            Some(fmt.fault(&step.message, step.hint.as_ref())),
            None,
        )
    } else {
        (
            fmt.say(&step.message),
            None,
            step.hint.as_ref().map(|hint| fmt.say(hint)),
        )
    };
    ProgressStep {
        tone: tone(step.state),
        running: step.state == StepState::Running && !over,
        text,
        next,
        fault,
        at: fmt.offset(activity.row.started_at, step.at),
        ..ProgressStep::default()
    }
}

/// What a group asks, with the buttons that answer.
fn ask(
    person: &Person,
    view: &mut ProgressStep,
    (index, group): (usize, &Group),
    question: &Question,
    refusals: &Refusals,
) {
    let tr = person.tr();
    let (refused, whole, questions, freight) = match &question.judgement {
        Judgement::AsExpected { .. } => return,
        Judgement::Ask { questions, freight } => (&[][..], None, questions, freight),
        Judgement::Refused {
            lines,
            whole,
            questions,
            freight,
        } => (&lines[..], whole.as_ref(), questions, freight),
    };
    view.asked = question.at.0.to_string();
    let several = group.planned.lines.len() > 1;
    if let Some(verdict) = whole {
        let fault = Some(person.fmt.fault(&Message::verdict(verdict), None));
        view.decisions.push(Decision {
            fault,
            ..Decision::default()
        });
    }
    for refusal in refused {
        let known = refusals.get(&(index, refusal.line));
        let raise = known.and_then(|known| known.raise).map(|units| {
            let wanted = group
                .planned
                .lines
                .get(refusal.line)
                .map_or(0, domain::plan::PlannedLine::wanted);
            (
                tr.raise_to(units - wanted, units),
                format!("raise:{}:{units}", refusal.line),
            )
        });
        let verdict = known.map_or(&refusal.verdict, |known| &known.verdict);
        view.decisions.push(Decision {
            fault: Some(refused_line(person, group, refusal.line, verdict)),
            raise,
            leave: several.then(|| format!("leave:{}", refusal.line)),
            ..Decision::default()
        });
    }
    for asked in questions {
        view.decisions.push(Decision {
            text: format!(
                "{}: {}",
                line_name(group, asked.line),
                question_text(person, asked)
            ),
            leave: several.then(|| format!("leave:{}", asked.line)),
            ..Decision::default()
        });
    }
    if let Some(freight) = freight {
        let text = match freight.accepted {
            Some(accepted) => {
                tr.ask_freight_again(accepted.to_string(), freight.quoted.to_string())
            }
            None => tr.ask_freight(freight.limit.to_string(), freight.quoted.to_string()),
        };
        view.decisions.push(Decision {
            text,
            ..Decision::default()
        });
    }
    let can_accept = refused.is_empty() && whole.is_none();
    // A price that nobody named needs an amount; a yes would only ask again.
    let answerable = questions.iter().all(|q| q.reason.proposed().is_some());
    if can_accept && answerable {
        let total = Fen(question.goods.0.saturating_add(question.freight.0)).to_string();
        view.accept_all = Some(match (questions.as_slice(), freight) {
            ([only], None) => tr.accept_price(
                only.reason
                    .proposed()
                    .map_or(total, |price| price.to_string()),
            ),
            ([], Some(freight)) => tr.accept_price(freight.quoted.to_string()),
            _ => tr.accept_prices(total),
        });
    }
    if !refused.is_empty() && refused.len() < group.planned.lines.len() {
        let lines: Vec<String> = refused.iter().map(|r| r.line.to_string()).collect();
        view.go_on = Some((
            tr.go_on_without(refused.len()),
            format!("leave:{}", lines.join(",")),
        ));
    }
    view.leave_all = Some(
        if several {
            tr.leave_all()
        } else {
            tr.leave_out()
        }
        .to_owned(),
    );
}

/// `№ 53-4, № 53-6`.
fn line_name(group: &Group, line: usize) -> String {
    group
        .planned
        .lines
        .get(line)
        .map_or_else(String::new, |line| {
            line.parts
                .iter()
                .map(|part| part.number.as_str())
                .collect::<Vec<_>>()
                .join(", ")
        })
}

fn refused_line(person: &Person, group: &Group, line: usize, verdict: &Verdict) -> Fault {
    let mut fault = person.fmt.fault(&Message::verdict(verdict), None);
    let units = group
        .planned
        .lines
        .get(line)
        .map_or(0, domain::plan::PlannedLine::units);
    fault.text = person
        .tr()
        .ask_refused(line_name(group, line), units, fault.text.as_str());
    fault
}

fn question_text(person: &Person, asked: &LineQuestion) -> String {
    let tr = person.tr();
    match asked.reason {
        AskReason::PriceRose {
            expected, quoted, ..
        } => tr.ask_rose(
            expected.to_string(),
            quoted.to_string(),
            rise(person, expected, quoted),
        ),
        AskReason::NothingExpected { quoted } => tr.ask_nothing_expected(quoted.to_string()),
        AskReason::PriceNotTold {
            expected: Some(expected),
        } => tr.ask_not_told_expected(expected.to_string()),
        AskReason::PriceNotTold { expected: None } => tr.ask_not_told().to_owned(),
        AskReason::RoseAgain { accepted, quoted } => tr.ask_rose_again(
            accepted.to_string(),
            quoted.to_string(),
            rise(person, accepted, quoted),
        ),
    }
}

fn rise(person: &Person, from: Fen, to: Fen) -> String {
    let drift = domain::margin::drift(Some(from), Some(to));
    drift.map_or_else(
        || "—".to_owned(),
        |hundredths| person.fmt.per_mille(hundredths / 10),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_answers_of_our_buttons_are_understood() {
        assert_eq!(parse_answer("accept"), Some(Answer::Accept));
        assert_eq!(parse_answer("leave_all"), Some(Answer::LeaveAll));
        assert_eq!(
            parse_answer("leave:0,2"),
            Some(Answer::LeaveOut(vec![0, 2]))
        );
        assert_eq!(
            parse_answer("raise:1:10"),
            Some(Answer::Raise { line: 1, units: 10 })
        );
        for bad in [
            "", "yes", "leave:", "leave:a", "raise:1", "raise::2", "accept:1",
        ] {
            assert_eq!(parse_answer(bad), None, "{bad}");
        }
    }
}
