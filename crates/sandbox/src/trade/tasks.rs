//! What happens to an order some time later and without anybody's doing: its making ends, a
//! cancelling or a payment that was asked for is carried out, failed lines are tried again.

use super::{Close, Closer, EventKind, Order, Refusal, Status};
use crate::state::Market;
use serde::{Deserialize, Serialize};

/// How long after an unsuccessful attempt a task is tried again.
const AGAIN_MICROS: i64 = 1_000_000;

/// Why the platform could not order a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Failure {
    pub code: String,
    pub text: String,
    pub detail: String,
}

/// What will be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Task {
    /// The making ends; these lines fail. `whole`: with one of them all do.
    Build {
        failures: Vec<(i64, Failure)>,
        whole: bool,
    },
    /// The buyer's cancelling is carried out; no lines = the order.
    Cancel { lines: Vec<i64>, reason: String },
    /// The buyer's payment goes through.
    Pay { way: String },
    /// Lines that failed are tried again, so many more times, so many seconds apart.
    Revive { left: u32, gap_s: i64 },
}

impl Market {
    /// Plans a task.
    pub(crate) fn order_task(&mut self, number: &str, at: i64, task: Task) {
        if let Some(order) = self.orders.get_mut(number) {
            order.tasks.push((at, task));
        }
    }

    /// Does what is due.
    pub(crate) fn tasks_due(&mut self, now: i64) {
        let due = |order: &Order| order.tasks.iter().any(|(at, _)| *at <= now);
        for number in self.orders.keys_where(due) {
            self.tasks_of(&number, now);
        }
    }

    /// Does what is due for an order.
    pub(crate) fn tasks_of(&mut self, number: &str, now: i64) {
        let Some(order) = self.orders.get_mut(number) else {
            return;
        };
        let (ready, later) = std::mem::take(&mut order.tasks)
            .into_iter()
            .partition(|(at, _)| *at <= now);
        order.tasks = later;
        let ready: Vec<(i64, Task)> = ready;
        for (_, task) in ready {
            self.task(number, task, now);
        }
    }

    fn task(&mut self, number: &str, task: Task, now: i64) {
        let Some(status) = self.orders.get(number).map(|order| order.status) else {
            return;
        };
        match task {
            Task::Build { failures, whole } => self.built(number, &failures, whole, now),
            // What is still being made is cancelled or paid when it is made.
            waits @ (Task::Cancel { .. } | Task::Pay { .. }) if status == Status::Building => {
                self.order_task(number, now + AGAIN_MICROS, waits);
            }
            // What is no longer unpaid by then stays as it is: the task came too late.
            Task::Cancel { lines, reason } if lines.is_empty() => {
                let close = Close {
                    by: Closer::Buyer,
                    reason,
                    remark: String::new(),
                };
                let _ = self.order_close(number, close, now);
            }
            Task::Cancel { lines, reason } => {
                for line in lines {
                    let _ = self.order_close_line(number, line, Closer::Buyer, &reason, now);
                }
            }
            Task::Pay { way } => {
                let _ = self.order_pay(number, &way, now);
            }
            Task::Revive { left, gap_s } => {
                if !self.revived(number, now) && left > 1 {
                    let again = Task::Revive {
                        left: left - 1,
                        gap_s,
                    };
                    self.order_task(number, now + gap_s * 1_000_000, again);
                }
            }
        }
    }

    /// The making of an order ends now and not when it would.
    pub(crate) fn order_build(&mut self, number: &str, now: i64) -> Result<(), Refusal> {
        let order = self.order_mut(number)?;
        if order.status != Status::Building {
            return Err(Refusal::state(format!(
                "order {number} is {}, it is made already",
                order.status.word()
            )));
        }
        let (build, rest) = std::mem::take(&mut order.tasks)
            .into_iter()
            .partition(|(_, task)| matches!(task, Task::Build { .. }));
        order.tasks = rest;
        let build: Vec<(i64, Task)> = build;
        match build.into_iter().next() {
            Some((_, task)) => self.task(number, task, now),
            None => self.built(number, &[], false, now),
        }
        Ok(())
    }

    fn built(&mut self, number: &str, failures: &[(i64, Failure)], whole: bool, now: i64) {
        let Some(order) = self.orders.get_mut(number) else {
            return;
        };
        if order.status != Status::Building {
            return;
        }
        let (mut back, mut fallen) = (Vec::new(), 0);
        let all_fall = whole && !failures.is_empty();
        for line in order
            .lines
            .iter_mut()
            .filter(|line| line.status == Status::Building)
        {
            let failure = failures.iter().find(|(id, _)| *id == line.id);
            if failure.is_none() && !all_fall {
                line.status = Status::Unpaid;
                continue;
            }
            line.status = Status::Cancelled;
            line.left_out = true;
            line.closed_at = Some(now);
            line.failure = failure.map(|(_, failure)| failure.clone());
            line.close_reason = Some(failure.map_or_else(
                || "BUILD_FAILED".into(),
                |(_, failure)| failure.text.clone(),
            ));
            fallen += 1;
            // What failed by itself had not taken any goods.
            if failure.is_none() {
                back.push((line.item_id.clone(), line.spec_id.clone(), line.quantity));
            }
        }
        let lives = order.lines.iter().any(|line| line.status == Status::Unpaid);
        if lives {
            order.status = Status::Unpaid;
            order.touch(
                now,
                if fallen == 0 {
                    "made by the platform".to_owned()
                } else {
                    format!("made by the platform, {fallen} lines failed")
                },
            );
        } else {
            order.status = Status::Cancelled;
            order.close = Some(Close {
                by: Closer::System,
                reason: "BUILD_FAILED".into(),
                remark: String::new(),
            });
            order.touch(now, "the platform could not make it");
        }
        for (item_id, spec_id, pieces) in back {
            self.stock_move(&item_id, spec_id.as_deref(), pieces);
        }
        self.tell(
            number,
            if lives {
                EventKind::Built
            } else {
                EventKind::ClosedBySystem
            },
        );
    }

    /// Failed lines come alive again, if the goods are there by now. `true` = nothing is left to
    /// be tried.
    fn revived(&mut self, number: &str, now: i64) -> bool {
        let Some(order) = self.orders.get(number) else {
            return true;
        };
        if order.status == Status::Building {
            return false;
        }
        let over = match order.status {
            Status::Unpaid => false,
            Status::Cancelled => order
                .close
                .as_ref()
                .is_none_or(|close| close.reason != "BUILD_FAILED"),
            _ => true,
        };
        let lost: Vec<(i64, String, Option<String>, i64)> = order
            .lines
            .iter()
            .filter(|line| line.left_out && line.failure.is_some())
            .map(|line| {
                (
                    line.id,
                    line.item_id.clone(),
                    line.spec_id.clone(),
                    line.quantity,
                )
            })
            .collect();
        if over || lost.is_empty() {
            return true;
        }
        let in_stock = |market: &Self, item: &str, spec: Option<&str>, pieces: i64| {
            market.offers.get(item).is_some_and(|offer| {
                offer.tradable
                    && spec.map_or(Some(offer.stock), |id| {
                        offer.specification(id).map(|spec| spec.stock)
                    }) >= Some(pieces)
            })
        };
        let mut alive = Vec::new();
        for (id, item, spec, pieces) in &lost {
            if in_stock(self, item, spec.as_deref(), *pieces) {
                self.stock_move(item, spec.as_deref(), -pieces);
                alive.push(*id);
            }
        }
        if alive.is_empty() {
            return false;
        }
        if let Some(order) = self.orders.get_mut(number) {
            order.status = Status::Unpaid;
            order.close = None;
            for line in order
                .lines
                .iter_mut()
                .filter(|line| alive.contains(&line.id))
            {
                line.status = Status::Unpaid;
                line.left_out = false;
                line.failure = None;
                line.closed_at = None;
                line.close_reason = None;
            }
            order.touch(now, "the platform tried again: failed lines came alive");
        }
        self.tell(number, EventKind::Built);
        alive.len() == lost.len()
    }

    /// Takes an order away as if it had never been stored; its goods go back.
    pub(crate) fn order_forget(&mut self, number: &str) {
        let Some(order) = self.orders.remove(number) else {
            return;
        };
        let failed = |id: i64| {
            order.tasks.iter().any(|(_, task)| {
                matches!(task, Task::Build { failures, .. } if failures.iter().any(|(failed, _)| *failed == id))
            })
        };
        for line in order.lines.iter().filter(|line| !failed(line.id)) {
            self.stock_move(&line.item_id, line.spec_id.as_deref(), line.quantity);
        }
        if let Some(reference) = &order.reference {
            self.reference_mut(&order.account, reference)
                .orders
                .retain(|known| known != number);
        }
        self.events.retain(|event| event.order != number);
    }
}
