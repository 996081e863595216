//! Refunds: the buyer asks, the seller agrees or not, goods may go back, money returns.

use super::{Close, Closer, Event, EventKind, Refund, RefundStatus, Refusal, Status};
use crate::state::Market;
use world::World;

/// A refund to be asked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct RefundWish {
    /// Empty = every line.
    pub lines: Vec<i64>,
    /// None = what the lines cost.
    pub goods_fen: Option<i64>,
    pub freight_fen: Option<i64>,
    pub with_return: bool,
    pub reason: String,
    pub description: String,
}

impl Market {
    /// Opens a refund. Before the trade ended it is an in-sale one, afterwards an after-sale one.
    pub(crate) fn refund_open(
        &mut self,
        number: &str,
        wish: RefundWish,
        world: &World,
    ) -> Result<String, Refusal> {
        let now = world.now().0;
        let order = self.order(number)?;
        if matches!(
            order.status,
            Status::Building | Status::Unpaid | Status::Cancelled | Status::Terminated
        ) {
            return Err(Refusal::state(format!(
                "order {number} is {}, there is no money to give back",
                order.status.word()
            )));
        }
        let lines = if wish.lines.is_empty() {
            order
                .lines
                .iter()
                .filter(|line| !matches!(line.status, Status::Cancelled | Status::Terminated))
                .map(|line| line.id)
                .collect()
        } else {
            wish.lines
        };
        for id in &lines {
            if order.line(*id).is_none() {
                return Err(Refusal::missing(format!("order {number} has no line {id}")));
            }
            if order
                .refunds
                .iter()
                .any(|refund| refund.open() && refund.lines.contains(id))
            {
                return Err(Refusal::state(format!(
                    "line {id} already waits for a refund"
                )));
            }
        }
        let cost: i64 = order
            .lines
            .iter()
            .filter(|line| lines.contains(&line.id))
            .map(super::Line::amount_fen)
            .sum();
        let whole = order
            .lines
            .iter()
            .all(|line| lines.contains(&line.id) || line.left_out);
        let goods_fen = wish.goods_fen.unwrap_or(cost);
        let freight_fen = wish.freight_fen.unwrap_or(
            if whole && wish.goods_fen.is_none() && order.deliveries.is_empty() {
                order.freight_fen
            } else {
                0
            },
        );
        if goods_fen < 0
            || freight_fen < 0
            || goods_fen + freight_fen == 0
            || goods_fen > cost
            || freight_fen > order.freight_fen
        {
            return Err(Refusal::value(format!(
                "the refund must be between 0.01 and {} yuan of goods and at most {} yuan of freight",
                crate::money::yuan_text(cost),
                crate::money::yuan_text(order.freight_fen)
            )));
        }
        if order.refunded_fen() + goods_fen + freight_fen > order.total_fen() {
            return Err(Refusal::value("more than the order cost would go back"));
        }
        let after_sale = order.status.ended();
        let id = self.marketplace.refund_number(world);
        let refund = Refund {
            id: id.clone(),
            lines,
            goods_fen,
            freight_fen,
            status: RefundStatus::WaitSellerAgree,
            with_return: wish.with_return,
            after_sale,
            reason: wish.reason,
            description: wish.description,
            made: now,
            changed: now,
            done: None,
        };
        if let Some(order) = self.orders.get_mut(number) {
            order.refunds.push(refund);
            order.touch(
                now,
                format!(
                    "refund {id} asked for: ¥{}",
                    crate::money::yuan_text(goods_fen + freight_fen)
                ),
            );
        }
        self.events.push(Event {
            order: number.to_owned(),
            kind: EventKind::Refund {
                id: id.clone(),
                action: "BUYER_APPLY_REFUND",
                operator: "buyer",
            },
        });
        Ok(id)
    }

    fn refund_step(
        &mut self,
        number: &str,
        id: &str,
        (from, to): (&[RefundStatus], RefundStatus),
        (action, operator): (&'static str, &'static str),
        now: i64,
    ) -> Result<(), Refusal> {
        let Some(order) = self.orders.get_mut(number) else {
            return Err(Refusal::missing(format!("there is no order {number}")));
        };
        let Some(refund) = order.refunds.iter_mut().find(|refund| refund.id == id) else {
            return Err(Refusal::missing(format!(
                "order {number} has no refund {id}"
            )));
        };
        if !from.contains(&refund.status) {
            return Err(Refusal::state(format!(
                "refund {id} does not wait for this step"
            )));
        }
        refund.status = to;
        refund.changed = now;
        if matches!(to, RefundStatus::Success | RefundStatus::Closed) {
            refund.done = Some(now);
        }
        order.touch(now, format!("refund {id}: {action}"));
        self.events.push(Event {
            order: number.to_owned(),
            kind: EventKind::Refund {
                id: id.to_owned(),
                action,
                operator,
            },
        });
        Ok(())
    }

    /// The seller agrees: money goes back at once, or the goods are waited for.
    pub(crate) fn refund_agree(&mut self, number: &str, id: &str, now: i64) -> Result<(), Refusal> {
        let with_return = self
            .order(number)?
            .refunds
            .iter()
            .any(|refund| refund.id == id && refund.with_return);
        if with_return {
            return self.refund_step(
                number,
                id,
                (
                    &[RefundStatus::WaitSellerAgree],
                    RefundStatus::WaitBuyerSend,
                ),
                ("SELLER_AGREE_REFUND_PROCOTOL", "seller"),
                now,
            );
        }
        self.refund_step(
            number,
            id,
            (
                &[RefundStatus::WaitSellerAgree, RefundStatus::WaitBuyerModify],
                RefundStatus::Success,
            ),
            ("SELLER_AGREE_REFUND", "seller"),
            now,
        )?;
        self.refund_paid(number, id, now);
        Ok(())
    }

    /// The seller refuses; the buyer may change the wish.
    pub(crate) fn refund_refuse(
        &mut self,
        number: &str,
        id: &str,
        now: i64,
    ) -> Result<(), Refusal> {
        self.refund_step(
            number,
            id,
            (
                &[RefundStatus::WaitSellerAgree],
                RefundStatus::WaitBuyerModify,
            ),
            ("SELLER_REJECT_REFUND", "seller"),
            now,
        )
    }

    /// The buyer sends the goods back.
    pub(crate) fn refund_sent(&mut self, number: &str, id: &str, now: i64) -> Result<(), Refusal> {
        self.refund_step(
            number,
            id,
            (
                &[RefundStatus::WaitBuyerSend],
                RefundStatus::WaitSellerReceive,
            ),
            ("BUYER_SEND_GOODS", "buyer"),
            now,
        )
    }

    /// The seller has them back and pays.
    pub(crate) fn refund_returned(
        &mut self,
        number: &str,
        id: &str,
        now: i64,
    ) -> Result<(), Refusal> {
        self.refund_step(
            number,
            id,
            (
                &[RefundStatus::WaitSellerReceive, RefundStatus::WaitBuyerSend],
                RefundStatus::Success,
            ),
            ("SELLER_RECEIVE_GOODS", "seller"),
            now,
        )?;
        self.refund_paid(number, id, now);
        Ok(())
    }

    /// The buyer withdraws the wish.
    pub(crate) fn refund_withdraw(
        &mut self,
        number: &str,
        id: &str,
        now: i64,
    ) -> Result<(), Refusal> {
        self.refund_step(
            number,
            id,
            (
                &[
                    RefundStatus::WaitSellerAgree,
                    RefundStatus::WaitBuyerModify,
                    RefundStatus::WaitBuyerSend,
                ],
                RefundStatus::Closed,
            ),
            ("BUYER_CANCEL_REFUND_CLOSE", "buyer"),
            now,
        )
    }

    /// Opens a refund and lets the seller agree at once: "refund this now".
    pub(crate) fn refund_now(
        &mut self,
        number: &str,
        wish: RefundWish,
        world: &World,
    ) -> Result<String, Refusal> {
        let wish = RefundWish {
            with_return: false,
            ..wish
        };
        let id = self.refund_open(number, wish, world)?;
        self.refund_agree(number, &id, world.now().0)?;
        Ok(id)
    }

    /// Money went back: lines that cost nothing any more end, and with the last one the order.
    fn refund_paid(&mut self, number: &str, id: &str, now: i64) {
        let ending = self.marketplace.refunded_status(self);
        let Some(order) = self.orders.get_mut(number) else {
            return;
        };
        let Some(refund) = order.refunds.iter().find(|refund| refund.id == id).cloned() else {
            return;
        };
        if refund.after_sale {
            return;
        }
        let cost: i64 = order
            .lines
            .iter()
            .filter(|line| refund.lines.contains(&line.id))
            .map(super::Line::amount_fen)
            .sum();
        let full = refund.goods_fen == cost;
        let mut back = Vec::new();
        for line in order.lines.iter_mut().filter(|line| {
            full && refund.lines.contains(&line.id)
                && line.status == Status::Paid
                && line.shipped == 0
        }) {
            line.status = ending;
            line.closed_at = Some(now);
            line.close_reason = Some("refund".into());
            back.push((line.item_id.clone(), line.spec_id.clone(), line.quantity));
        }
        let nothing_left = order
            .lines
            .iter()
            .all(|line| matches!(line.status, Status::Terminated | Status::Cancelled));
        let all_returned = order.refunded_fen() >= order.total_fen();
        if (nothing_left || all_returned) && !order.status.ended() {
            order.status = ending;
            for line in order.lines.iter_mut().filter(|line| !line.status.ended()) {
                line.status = ending;
            }
            order.close = Some(Close {
                by: Closer::Seller,
                reason: "refund".into(),
                remark: String::new(),
            });
            order.touch(now, "ended: everything was refunded");
        } else if order.status == Status::Paid
            && order.lines.iter().all(|line| line.status != Status::Paid)
        {
            order.status = Status::Shipped;
            order.shipped = Some(now);
        }
        for (item_id, spec_id, pieces) in back {
            self.stock_move(&item_id, spec_id.as_deref(), pieces);
        }
    }
}
