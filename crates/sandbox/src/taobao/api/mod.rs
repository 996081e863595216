//! The APIs behind the gateway, one list.

mod create;
mod goods;
mod logistics;
mod pay;
mod product;
mod query;
mod refund;
mod render;

pub(super) use create::by_hand;
pub(super) use goods::{field, freight_shares};

use super::gateway::{Call, Done};
use super::shape::Shape;

/// An API.
pub(super) struct Api {
    /// Behind `/rest`.
    pub path: &'static str,
    pub shape: Shape,
    /// Parameters without which the gateway refuses.
    pub required: &'static [&'static str],
    pub post_only: bool,
    pub run: fn(&mut Call<'_, '_>) -> Done,
}

const fn api(
    path: &'static str,
    shape: Shape,
    required: &'static [&'static str],
    run: fn(&mut Call<'_, '_>) -> Done,
) -> Api {
    Api {
        path,
        shape,
        required,
        post_only: matches!(shape, Shape::Create),
        run,
    }
}

/// Every API.
pub(super) static ALL: &[Api] = &[
    api("/product/get", Shape::Flat, &["item_id"], product::get),
    api(
        "/traffic/item/get",
        Shape::Biz,
        &["item_resource", "item_id"],
        product::content,
    ),
    api(
        "/purchase/order/render",
        Shape::Result,
        &[
            "need_supplychain_service",
            "render_item_List",
            "receiver_address",
        ],
        render::run,
    ),
    api(
        "/purchase/order/create",
        Shape::Create,
        &[
            "outer_purchase_id",
            "purchase_amount",
            "order_line_list",
            "receiver",
        ],
        create::run,
    ),
    api("/purchase/orders/query", Shape::Flat, &[], query::run),
    api(
        "/purchase/order/batch/pay",
        Shape::Flat,
        &["purchaseOrderIdList"],
        pay::batch,
    ),
    api(
        "/purchase/order/asyn/cancel",
        Shape::Flat,
        &["purchase_id", "cancel_reason"],
        pay::cancel,
    ),
    api(
        "/logistics/detail/get",
        Shape::Result,
        &["purchase_order_line_id"],
        logistics::run,
    ),
    api(
        "/order/refund/query",
        Shape::Result,
        &["refundId"],
        refund::run,
    ),
];
