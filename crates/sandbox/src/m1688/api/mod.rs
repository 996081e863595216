//! The APIs behind the gateway, one list.

#![expect(
    clippy::unnecessary_wraps,
    reason = "every API has the form that the list asks for"
)]

mod address;
mod cargo;
mod create;
mod logistics;
mod order;
mod order_list;
mod pay;
mod preview;
mod product;
mod push_pull;
mod refund;
mod small;

pub(super) use address::parse as parse_address;

use super::gateway::{Call, Refused};
use serde_json::Value;

type Run = fn(&mut Call<'_, '_>) -> Result<Value, Refused>;

/// An API.
pub(super) struct Api {
    pub namespace: &'static str,
    pub name: &'static str,
    /// Needs an account's token.
    pub authorised: bool,
    /// Parameters without which the gateway refuses.
    pub required: &'static [&'static str],
    pub run: Run,
}

const TRADE: &str = "com.alibaba.trade";
const LOGISTICS: &str = "com.alibaba.logistics";
const PRODUCT: &str = "com.alibaba.product";
const CROSS: &str = "com.alibaba.fenxiao.crossborder";
const OPEN: &str = "cn.alibaba.open";

const fn api(
    namespace: &'static str,
    name: &'static str,
    required: &'static [&'static str],
    run: Run,
) -> Api {
    Api {
        namespace,
        name,
        authorised: true,
        required,
        run,
    }
}

const fn free(
    namespace: &'static str,
    name: &'static str,
    required: &'static [&'static str],
    run: Run,
) -> Api {
    Api {
        namespace,
        name,
        authorised: false,
        required,
        run,
    }
}

/// Every API.
pub(super) static ALL: &[Api] = &[
    free("system", "currentTime", &[], small::current_time),
    free(
        "system",
        "currentTimeMillis",
        &[],
        small::current_time_millis,
    ),
    api(
        TRADE,
        "alibaba.createOrder.preview",
        &["addressParam", "cargoParamList"],
        preview::run,
    ),
    api(
        TRADE,
        "alibaba.trade.createCrossOrder",
        &["flow", "addressParam", "cargoParamList"],
        create::cross,
    ),
    api(
        TRADE,
        "alibaba.trade.fastCreateOrder",
        &["flow", "addressParam", "cargoParamList"],
        create::fast,
    ),
    api(
        TRADE,
        "alibaba.trade.cancel",
        &["webSite", "tradeID", "cancelReason"],
        order::cancel,
    ),
    api(
        TRADE,
        "alibaba.trade.get.buyerView",
        &["webSite"],
        order::view,
    ),
    api(
        TRADE,
        "alibaba.trade.getBuyerOrderList",
        &[],
        order_list::run,
    ),
    api(TRADE, "alibaba.alipay.url.get", &["orderIdList"], pay::url),
    api(
        TRADE,
        "alibaba.trade.grouppay.url.get",
        &["orderIds"],
        pay::group_url,
    ),
    api(
        TRADE,
        "alibaba.crossBorderPay.url.get",
        &["orderIdList"],
        pay::cross_border_url,
    ),
    api(TRADE, "alibaba.trade.payWay.query", &["orderId"], pay::ways),
    api(
        TRADE,
        "alibaba.trade.pay.protocolPay.isopen",
        &[],
        pay::is_open,
    ),
    api(
        TRADE,
        "alibaba.trade.pay.protocolPay.preparePay",
        &["tradeWithholdPreparePayParam"],
        pay::prepare,
    ),
    api(
        TRADE,
        "alibaba.trade.pay.protocolPay",
        &["orderId"],
        pay::protocol_pay,
    ),
    api(
        LOGISTICS,
        "alibaba.trade.getLogisticsInfos.buyerView",
        &["orderId", "webSite"],
        logistics::infos,
    ),
    api(
        LOGISTICS,
        "alibaba.trade.getLogisticsTraceInfo.buyerView",
        &["orderId", "webSite"],
        logistics::trace,
    ),
    api(
        LOGISTICS,
        "alibaba.logistics.OpQueryLogisticCompanyList",
        &[],
        logistics::companies,
    ),
    api(
        TRADE,
        "alibaba.trade.receiveAddress.get",
        &[],
        address::saved,
    ),
    api(
        TRADE,
        "alibaba.trade.addresscode.parse",
        &["addressInfo"],
        address::parse_text,
    ),
    api(
        TRADE,
        "trade.receivegoods.confirm",
        &["orderId", "orderEntryIds"],
        order::confirm,
    ),
    api(
        TRADE,
        "alibaba.trade.addFeedback",
        &["tradeFeedbackParam"],
        small::feedback,
    ),
    api(
        TRADE,
        "alibaba.order.memoAdd",
        &["orderId", "memo"],
        small::memo,
    ),
    api(
        TRADE,
        "trade.order.buyerdelete",
        &["orderId"],
        small::delete,
    ),
    api(
        PRODUCT,
        "alibaba.cross.productInfo",
        &["productId"],
        product::info,
    ),
    api(
        CROSS,
        "product.search.queryProductDetail",
        &["offerDetailParam"],
        product::detail,
    ),
    api(
        CROSS,
        "product.freight.estimate",
        &["productFreightQueryParamsNew"],
        product::freight_estimate,
    ),
    api(
        TRADE,
        "alibaba.trade.OpQueryMarketingMixConfig",
        &[],
        product::mix,
    ),
    api(
        TRADE,
        "alibaba.trade.getRefundReasonList",
        &["orderId", "orderEntryIds", "goodsStatus"],
        refund::reasons,
    ),
    api(
        TRADE,
        "alibaba.trade.createRefund",
        &[
            "orderId",
            "orderEntryIds",
            "disputeRequest",
            "applyPayment",
            "applyCarriage",
            "applyReasonId",
            "description",
            "goodsStatus",
        ],
        refund::create,
    ),
    api(
        TRADE,
        "alibaba.trade.refund.OpQueryOrderRefund",
        &["refundId"],
        refund::one,
    ),
    api(
        TRADE,
        "alibaba.trade.refund.OpQueryBatchRefundByOrderIdAndStatus",
        &["orderId"],
        refund::of_order,
    ),
    free(OPEN, "push.cursor.messageList", &[], push_pull::cursor),
    free(OPEN, "push.query.messageList", &[], push_pull::query),
    free(
        OPEN,
        "push.message.confirm",
        &["msgIdList"],
        push_pull::confirm,
    ),
];
