//! Changing what an unpaid order costs: its price, its freight, its lines.

use super::{Close, Closer, EventKind, Order, Refusal, Status};
use crate::money::yuan_text;
use crate::state::Market;

/// What the seller changes at an unpaid order.
#[derive(Clone, Debug, Default)]
pub(crate) struct PriceChange {
    /// New sum of all goods.
    pub goods_fen: Option<i64>,
    /// New freight.
    pub freight_fen: Option<i64>,
    /// Added to the goods' sum; negative = a reduction.
    pub discount_fen: Option<i64>,
    /// New sum of single lines.
    pub lines: Vec<(i64, i64)>,
}

impl Market {
    /// The seller changes the price before payment.
    pub(crate) fn order_price(
        &mut self,
        number: &str,
        change: &PriceChange,
        now: i64,
    ) -> Result<(), Refusal> {
        let order = self.order_mut(number)?;
        if order.status != Status::Unpaid {
            return Err(Refusal::state(format!(
                "order {number} is {}, the price of a paid or closed order stands",
                order.status.word()
            )));
        }
        let negative = |fen: Option<i64>| fen.is_some_and(|fen| fen < 0);
        if negative(change.goods_fen)
            || negative(change.freight_fen)
            || change.lines.iter().any(|(_, fen)| *fen < 0)
        {
            return Err(Refusal::value("a price cannot be below 0"));
        }
        if change.goods_fen.is_none()
            && change.freight_fen.is_none()
            && change.discount_fen.is_none()
            && change.lines.is_empty()
        {
            return Err(Refusal::value(
                "nothing to change: give goods_fen, freight_fen, discount_fen or lines",
            ));
        }
        let before = order.goods_fen();
        let mut wanted = change.goods_fen.unwrap_or(before);
        for (id, _) in &change.lines {
            if !order
                .lines
                .iter()
                .any(|line| line.id == *id && line.status == Status::Unpaid)
            {
                return Err(Refusal::missing(format!(
                    "order {number} has no open line {id}"
                )));
            }
        }
        for (id, fen) in &change.lines {
            for line in order.lines.iter_mut().filter(|line| line.id == *id) {
                line.discount_fen = fen - line.price_fen * line.quantity;
            }
        }
        if !change.lines.is_empty() && change.goods_fen.is_none() {
            wanted = order.goods_fen();
        }
        wanted += change.discount_fen.unwrap_or(0);
        if wanted < 0 {
            return Err(Refusal::value(
                "the reduction is larger than the price of the goods",
            ));
        }
        spread(order, wanted);
        order.discount_fen = order
            .lines
            .iter()
            .filter(|line| !line.left_out)
            .map(|line| line.discount_fen)
            .sum();
        if let Some(freight) = change.freight_fen {
            order.freight_fen = freight;
        }
        let (goods, freight) = (order.goods_fen(), order.freight_fen);
        order.touch(
            now,
            format!(
                "price changed: goods ¥{}, freight ¥{}",
                yuan_text(goods),
                yuan_text(freight)
            ),
        );
        self.tell(number, EventKind::PriceChanged);
        Ok(())
    }

    /// Somebody takes one line out of an unpaid order; the last one closes it.
    pub(crate) fn order_close_line(
        &mut self,
        number: &str,
        line_id: i64,
        by: Closer,
        reason: &str,
        now: i64,
    ) -> Result<(), Refusal> {
        let order = self.order_mut(number)?;
        if order.status != Status::Unpaid {
            return Err(Refusal::state(format!(
                "order {number} is {}, a line is closed before payment only",
                order.status.word()
            )));
        }
        let open = order
            .lines
            .iter()
            .filter(|line| line.status == Status::Unpaid)
            .count();
        let Some(line) = order
            .lines
            .iter_mut()
            .find(|line| line.id == line_id && line.status == Status::Unpaid)
        else {
            return Err(Refusal::missing(format!(
                "order {number} has no open line {line_id}"
            )));
        };
        if open == 1 {
            return self.order_close(
                number,
                Close {
                    by,
                    reason: reason.to_owned(),
                    remark: String::new(),
                },
                now,
            );
        }
        line.status = Status::Cancelled;
        line.left_out = true;
        line.closed_at = Some(now);
        line.close_reason = Some(reason.to_owned());
        let back = (line.item_id.clone(), line.spec_id.clone(), line.quantity);
        order.discount_fen = order
            .lines
            .iter()
            .filter(|line| !line.left_out)
            .map(|line| line.discount_fen)
            .sum();
        order.touch(now, format!("line {line_id} closed: {reason}"));
        self.stock_move(&back.0, back.1.as_deref(), back.2);
        self.tell(number, EventKind::LineClosed);
        Ok(())
    }
}

/// Spreads the new sum of the goods over the open lines, by their share; the last one takes what
/// rounding leaves.
fn spread(order: &mut Order, wanted: i64) {
    let before = order.goods_fen();
    let open: Vec<usize> = order
        .lines
        .iter()
        .enumerate()
        .filter(|(_, line)| line.status == Status::Unpaid)
        .map(|(at, _)| at)
        .collect();
    let mut left = wanted;
    for (step, at) in open.iter().enumerate() {
        let last = step + 1 == open.len();
        if let Some(line) = order.lines.get_mut(*at) {
            let amount = if last {
                left
            } else if before == 0 {
                0
            } else {
                i64::try_from(
                    i128::from(line.amount_fen()) * i128::from(wanted) / i128::from(before),
                )
                .unwrap_or(0)
            };
            line.discount_fen = amount - line.price_fen * line.quantity;
            left -= amount;
        }
    }
}
