//! What buyers, sellers, carriers and the clock do to an order. Every move checks first and
//! changes everything or nothing.

use super::{Close, Closer, Delivery, Event, EventKind, Order, RefundStatus, Refusal, Status};
use crate::money::yuan_text;
use crate::state::Market;
use world::World;

/// A shipment to be made.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shipment {
    /// Line and pieces; empty = everything not yet shipped.
    pub lines: Vec<(i64, i64)>,
    pub company_no: Option<String>,
    pub tracking: Option<String>,
}

/// Carriers: number, name, telephone.
pub(crate) const CARRIERS: &[(&str, &str, &str)] = &[
    ("ZTO", "中通快递", "95311"),
    ("YTO", "圆通速递", "95554"),
    ("STO", "申通快递", "95543"),
    ("YUNDA", "韵达快递", "95546"),
    ("SF", "顺丰速运", "95338"),
    ("EMS", "中国邮政速递物流", "11183"),
    ("JTSD", "极兔速递", "956025"),
    ("DBKD", "德邦快递", "95353"),
];

impl Market {
    pub(crate) fn order(&self, number: &str) -> Result<&Order, Refusal> {
        self.orders
            .get(number)
            .ok_or_else(|| Refusal::missing(format!("there is no order {number}")))
    }

    pub(super) fn order_mut(&mut self, number: &str) -> Result<&mut Order, Refusal> {
        self.orders
            .get_mut(number)
            .ok_or_else(|| Refusal::missing(format!("there is no order {number}")))
    }

    pub(super) fn tell(&mut self, number: &str, kind: EventKind) {
        self.events.push(Event {
            order: number.to_owned(),
            kind,
        });
    }

    /// The buyer pays.
    pub(crate) fn order_pay(&mut self, number: &str, way: &str, now: i64) -> Result<(), Refusal> {
        let order = self.order_mut(number)?;
        if order.status != Status::Unpaid {
            return Err(Refusal::state(format!(
                "order {number} is {}, only an unpaid one can be paid",
                order.status.word()
            )));
        }
        order.status = Status::Paid;
        order.paid = Some(now);
        order.pay_way = Some(way.to_owned());
        for line in &mut order.lines {
            if line.status == Status::Unpaid {
                line.status = Status::Paid;
            }
        }
        let total = order.total_fen();
        order.touch(now, format!("paid ¥{}", yuan_text(total)));
        self.tell(number, EventKind::Paid);
        Ok(())
    }

    /// The seller ships all that is left, or the given pieces. Gives the delivery's id.
    pub(crate) fn order_ship(
        &mut self,
        number: &str,
        shipment: &Shipment,
        world: &World,
    ) -> Result<String, Refusal> {
        let now = world.now().0;
        let sellers_city = self
            .orders
            .get(number)
            .and_then(|order| self.sellers.get(&order.seller))
            .map_or_else(String::new, |seller| seller.place.1.clone());
        let order = self.order_mut(number)?;
        if order.status != Status::Paid {
            return Err(Refusal::state(format!(
                "order {number} is {}, only a paid one can be shipped",
                order.status.word()
            )));
        }
        let left = |order: &Order, id: i64| {
            order
                .line(id)
                .filter(|line| line.status == Status::Paid)
                .map_or(0, |line| line.quantity - line.shipped)
        };
        let lines: Vec<(i64, i64)> = if shipment.lines.is_empty() {
            order
                .lines
                .iter()
                .map(|line| (line.id, left(order, line.id)))
                .filter(|(_, pieces)| *pieces > 0)
                .collect()
        } else {
            shipment.lines.clone()
        };
        for (id, pieces) in &lines {
            let room = left(order, *id);
            if *pieces <= 0 || *pieces > room {
                return Err(Refusal::value(format!(
                    "line {id}: {pieces} pieces cannot be shipped, {room} are left"
                )));
            }
        }
        if lines.is_empty() {
            return Err(Refusal::state(format!(
                "order {number} has nothing left to ship"
            )));
        }
        let wanted = shipment.company_no.as_deref().unwrap_or("ZTO");
        let carrier = CARRIERS
            .iter()
            .find(|(no, name, _)| no.eq_ignore_ascii_case(wanted) || *name == wanted);
        let (company_no, company) = carrier.map_or_else(
            || (wanted.to_owned(), wanted.to_owned()),
            |(no, name, _)| ((*no).to_owned(), (*name).to_owned()),
        );
        let tracking = match shipment.tracking.as_deref().map(str::trim) {
            Some(tracking) if !tracking.is_empty() => tracking.to_owned(),
            _ => format!(
                "{}{:012}",
                if company_no == "SF" { "SF" } else { "7" },
                world.random.below(1_000_000_000_000)
            ),
        };
        let id = format!("LP{:014}", world.random.below(100_000_000_000_000));
        for (line_id, pieces) in &lines {
            for line in order.lines.iter_mut().filter(|line| line.id == *line_id) {
                line.shipped += pieces;
                if line.shipped == line.quantity {
                    line.status = Status::Shipped;
                }
            }
        }
        order.deliveries.push(Delivery {
            id: id.clone(),
            lines,
            company_no,
            company: company.clone(),
            tracking: tracking.clone(),
            at: now,
            signed_at: None,
            trace: vec![(
                now,
                format!("【{sellers_city}】卖家已发货，{company}已揽收"),
            )],
        });
        let whole = order.lines.iter().all(|line| line.status != Status::Paid);
        if whole {
            order.status = Status::Shipped;
            order.shipped = Some(now);
        }
        // Shipping ends an open money-back wish that was made because nothing had been shipped.
        let mut closed = Vec::new();
        for refund in order
            .refunds
            .iter_mut()
            .filter(|refund| refund.open() && !refund.after_sale)
        {
            refund.status = RefundStatus::Closed;
            refund.changed = now;
            refund.done = Some(now);
            closed.push(refund.id.clone());
        }
        order.touch(
            now,
            format!(
                "{} by {company}, {tracking}",
                if whole { "shipped" } else { "part shipped" }
            ),
        );
        for id in closed {
            self.tell(
                number,
                EventKind::Refund {
                    id,
                    action: "SELLER_SEND_GOODS_CLOSE",
                    operator: "seller",
                },
            );
        }
        self.tell(
            number,
            if whole {
                EventKind::Shipped
            } else {
                EventKind::PartShipped
            },
        );
        self.tell(
            number,
            EventKind::Trace {
                delivery: id.clone(),
                change: "CONSIGN",
            },
        );
        Ok(id)
    }

    /// The carrier changes the waybill of a delivery.
    pub(crate) fn order_tracking(
        &mut self,
        number: &str,
        delivery: &str,
        company_no: &str,
        tracking: &str,
        now: i64,
    ) -> Result<(), Refusal> {
        let tracking = tracking.trim();
        if tracking.is_empty() {
            return Err(Refusal::value("the tracking code is empty"));
        }
        let order = self.order_mut(number)?;
        let Some(row) = order.deliveries.iter_mut().find(|row| row.id == delivery) else {
            return Err(Refusal::missing(format!(
                "order {number} has no delivery {delivery}"
            )));
        };
        let old_tracking = std::mem::replace(&mut row.tracking, tracking.to_owned());
        let old_company_no = row.company_no.clone();
        if let Some((no, name, _)) = CARRIERS
            .iter()
            .find(|(no, _, _)| no.eq_ignore_ascii_case(company_no))
        {
            (*no).clone_into(&mut row.company_no);
            (*name).clone_into(&mut row.company);
        }
        order.touch(
            now,
            format!("tracking code {old_tracking} became {tracking}"),
        );
        self.tell(
            number,
            EventKind::TrackingChanged {
                delivery: delivery.to_owned(),
                old_tracking,
                old_company_no,
            },
        );
        Ok(())
    }

    /// The carrier hands everything that was shipped over.
    pub(crate) fn order_sign(&mut self, number: &str, now: i64) -> Result<(), Refusal> {
        let order = self.order_mut(number)?;
        if !matches!(
            order.status,
            Status::Paid | Status::Collecting | Status::Shipped | Status::Signing
        ) || order.deliveries.iter().all(|d| d.signed_at.is_some())
        {
            return Err(Refusal::state(format!(
                "order {number} is {}, there is nothing on the way to sign for",
                order.status.word()
            )));
        }
        let mut arrived = Vec::new();
        for delivery in order
            .deliveries
            .iter_mut()
            .filter(|d| d.signed_at.is_none())
        {
            delivery.signed_at = Some(now);
            delivery
                .trace
                .push((now, "您的包裹已签收，签收人：仓库".into()));
            arrived.push(delivery.id.clone());
        }
        if order.status != Status::Paid {
            order.status = Status::Signed;
        }
        for line in order
            .lines
            .iter_mut()
            .filter(|line| line.status == Status::Shipped)
        {
            line.status = Status::Signed;
        }
        order.touch(now, "signed for");
        for delivery in arrived {
            self.tell(
                number,
                EventKind::Trace {
                    delivery,
                    change: "SIGN",
                },
            );
        }
        Ok(())
    }

    /// The buyer confirms the receipt of some lines (none named: all).
    pub(crate) fn order_confirm(
        &mut self,
        number: &str,
        lines: &[i64],
        now: i64,
    ) -> Result<(), Refusal> {
        let order = self.order_mut(number)?;
        let ready = |status: Status| {
            matches!(
                status,
                Status::Collecting | Status::Shipped | Status::Signing | Status::Signed
            )
        };
        let chosen: Vec<i64> = if lines.is_empty() {
            order
                .lines
                .iter()
                .filter(|line| ready(line.status))
                .map(|line| line.id)
                .collect()
        } else {
            lines.to_vec()
        };
        for id in &chosen {
            match order.line(*id) {
                None => return Err(Refusal::missing(format!("order {number} has no line {id}"))),
                Some(line) if !ready(line.status) => {
                    return Err(Refusal::state(format!(
                        "line {id} is {}, it cannot be confirmed",
                        line.status.word()
                    )));
                }
                Some(_) => {}
            }
        }
        if chosen.is_empty() {
            return Err(Refusal::state(format!(
                "order {number} is {}, nothing of it can be confirmed",
                order.status.word()
            )));
        }
        for line in order
            .lines
            .iter_mut()
            .filter(|line| chosen.contains(&line.id))
        {
            line.status = Status::Received;
        }
        if order.lines.iter().all(|line| {
            matches!(
                line.status,
                Status::Received | Status::Cancelled | Status::Terminated
            )
        }) {
            order.status = Status::Received;
            order.received = Some(now);
        }
        order.touch(now, "receipt confirmed");
        self.tell(number, EventKind::Received);
        Ok(())
    }

    /// The trade ends well; receipt is confirmed on the way if it was not.
    pub(crate) fn order_complete(&mut self, number: &str, now: i64) -> Result<(), Refusal> {
        let status = self.order(number)?.status;
        if matches!(
            status,
            Status::Collecting | Status::Shipped | Status::Signing | Status::Signed
        ) {
            self.order_confirm(number, &[], now)?;
        }
        let order = self.order_mut(number)?;
        if order.status != Status::Received {
            return Err(Refusal::state(format!(
                "order {number} is {}, only a wholly shipped one can be completed",
                order.status.word()
            )));
        }
        order.status = Status::Success;
        order.completed = Some(now);
        for line in order
            .lines
            .iter_mut()
            .filter(|line| line.status == Status::Received)
        {
            line.status = Status::Success;
        }
        order.touch(now, "completed");
        self.tell(number, EventKind::Completed);
        Ok(())
    }

    /// Somebody closes an unpaid order.
    pub(crate) fn order_close(
        &mut self,
        number: &str,
        close: Close,
        now: i64,
    ) -> Result<(), Refusal> {
        let order = self.order_mut(number)?;
        if order.status != Status::Unpaid {
            return Err(Refusal::state(format!(
                "order {number} is {}, only an unpaid one can be closed; a paid one is refunded",
                order.status.word()
            )));
        }
        let kind = match close.by {
            Closer::Buyer => EventKind::ClosedByBuyer,
            Closer::Seller => EventKind::ClosedBySeller,
            Closer::System => EventKind::ClosedBySystem,
        };
        order.status = Status::Cancelled;
        let mut back = Vec::new();
        for line in order
            .lines
            .iter_mut()
            .filter(|line| line.status == Status::Unpaid)
        {
            line.status = Status::Cancelled;
            line.closed_at = Some(now);
            line.close_reason = Some(close.reason.clone());
            back.push((line.item_id.clone(), line.spec_id.clone(), line.quantity));
        }
        order.touch(now, format!("closed: {}", close.reason));
        order.close = Some(close);
        for (item_id, spec_id, pieces) in back {
            self.stock_move(&item_id, spec_id.as_deref(), pieces);
        }
        self.tell(number, kind);
        Ok(())
    }

    /// Puts an order into any state by hand, for states that nothing else leads to.
    pub(crate) fn order_force(
        &mut self,
        number: &str,
        status: Option<Status>,
        odd_word: Option<String>,
        now: i64,
    ) -> Result<(), Refusal> {
        let order = self.order_mut(number)?;
        if let Some(status) = status {
            order.status = status;
            for line in order.lines.iter_mut().filter(|line| !line.status.ended()) {
                line.status = status;
            }
            order.touch(now, format!("put to {} by hand", status.word()));
        }
        if let Some(word) = odd_word {
            order.touch(now, format!("status word `{word}` set by hand"));
            order.odd_word = (!word.is_empty()).then_some(word);
        }
        Ok(())
    }
}
