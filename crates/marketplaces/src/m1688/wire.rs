//! How a call reaches the 1688 gateway and how its answer is taken apart: addresses, envelope,
//! gateway errors. What the fields inside mean is `convert`'s business.

use super::error;
use super::sign::{SIGNATURE, call_signature};
use crate::exchange::{Form, clipped, post_form, scrubbed};
use crate::json::{Gap, Node};
use crate::{Caller, Deadline, ErrorKind, MarketError, Once, Response};
use http::HeaderMap;
use secrecy::ExposeSecret;
use serde_json::Value;

/// An interface of the gateway.
#[derive(Clone, Copy)]
pub(super) struct Api {
    pub namespace: &'static str,
    pub name: &'static str,
}

macro_rules! apis {
    ($($(#[$doc:meta])* $constant:ident = $namespace:literal : $name:literal;)*) => {
        $($(#[$doc])* pub(super) const $constant: Api = Api { namespace: $namespace, name: $name };)*
    };
}

apis! {
    /// The gateway's clock; needs no account.
    CURRENT_TIME = "system": "currentTime";
    /// A code or a refresh token for an access token; never signed.
    GET_TOKEN = "system.oauth2": "getToken";
    /// A new refresh token in the last thirty days of the old one.
    POSTPONE_TOKEN = "system.oauth2": "postponeToken";
    /// An offer, for apps of the cross-border solution.
    PRODUCT_DETAIL = "com.alibaba.fenxiao.crossborder": "product.search.queryProductDetail";
    /// An offer, for apps that listed it before.
    PRODUCT_INFO = "com.alibaba.product": "alibaba.cross.productInfo";
    /// What a basket would cost.
    PREVIEW = "com.alibaba.trade": "alibaba.createOrder.preview";
    /// Makes an order.
    CREATE = "com.alibaba.trade": "alibaba.trade.createCrossOrder";
    /// One order, whole.
    ORDER = "com.alibaba.trade": "alibaba.trade.get.buyerView";
    /// Orders by page.
    ORDERS = "com.alibaba.trade": "alibaba.trade.getBuyerOrderList";
    /// Cancels an unpaid order.
    CANCEL = "com.alibaba.trade": "alibaba.trade.cancel";
    /// The cashier's page for several orders.
    PAY_LINK = "com.alibaba.trade": "alibaba.alipay.url.get";
    /// Shipments of an order.
    LOGISTICS = "com.alibaba.logistics": "alibaba.trade.getLogisticsInfos.buyerView";
    /// Saved addresses.
    ADDRESSES = "com.alibaba.trade": "alibaba.trade.receiveAddress.get";
}

impl Api {
    /// The part of the path that is signed.
    fn path(self, key: &str) -> String {
        format!("param2/1/{}/{}/{key}", self.namespace, self.name)
    }

    fn url(self, caller: &Caller<'_>, protocol: &str) -> Result<url::Url, MarketError> {
        let mut url = caller.addresses.gateway.clone();
        url.path_segments_mut()
            .map_err(|()| MarketError::new(ErrorKind::NotSent, "the gateway's address is no base"))?
            .pop_if_empty()
            .extend([
                "openapi",
                protocol,
                "1",
                self.namespace,
                self.name,
                caller.app.key.as_str(),
            ]);
        Ok(url)
    }
}

/// A readable answer: JSON, and no error of the gateway.
#[derive(Debug)]
pub(super) struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Answer {
    pub(super) const fn node(&self) -> Node<'_> {
        Node::of(&self.body)
    }

    /// A server that says it failed is never believed when it says no.
    pub(super) const fn server_failed(&self) -> bool {
        self.status >= 500
    }

    /// The answer lacks what it must hold.
    pub(super) fn gap(&self, gap: &Gap) -> MarketError {
        MarketError {
            kind: ErrorKind::Unclear,
            code: Some(self.status.to_string()),
            text: format!("the answer has no readable `{}`", gap.0),
            request_id: None,
        }
    }
}

/// Sends a signed call and gives the answer as it came. The optional `_aop_timestamp` stays away: no
/// interface used here asks for it, and how far a clock may be off is not known.
async fn send(
    caller: &Caller<'_>,
    deadline: Deadline,
    api: Api,
    form: Form,
    once: Option<Once>,
) -> Result<(Response, Form), MarketError> {
    let secret = caller.app.secret.expose_secret();
    let signature = call_signature(&api.path(&caller.app.key), form.pairs(), secret);
    let form = form.with(SIGNATURE, signature);
    let url = api.url(caller, "param2")?;
    let response = post_form(caller, deadline, api.name, url, &form, once).await?;
    Ok((response, form))
}

/// A signed call without an account.
pub(super) async fn call(caller: &Caller<'_>, api: Api, form: Form) -> Result<Answer, MarketError> {
    let (response, form) = send(caller, caller.deadline, api, form, None).await?;
    read(&response).map_err(|e| without_secrets(e, caller, &form))
}

/// A signed call in the name of the account.
pub(super) async fn account_call(
    caller: &Caller<'_>,
    deadline: Deadline,
    api: Api,
    form: Form,
    once: Option<Once>,
) -> Result<Answer, MarketError> {
    account_call_with(caller, deadline, api, form, once, read).await
}

/// A signed call in the name of the account whose answer `reader` takes apart.
pub(super) async fn account_call_with<T>(
    caller: &Caller<'_>,
    deadline: Deadline,
    api: Api,
    form: Form,
    once: Option<Once>,
    reader: impl FnOnce(&Response) -> Result<T, MarketError> + Send,
) -> Result<T, MarketError> {
    let Some(token) = caller.access_token else {
        return Err(MarketError::new(
            ErrorKind::Token,
            "the account has no access token; nothing was sent",
        ));
    };
    let form = form.with("access_token", token.expose_secret());
    let (response, form) = send(caller, deadline, api, form, once).await?;
    reader(&response).map_err(|e| without_secrets(e, caller, &form))
}

/// A call that carries the secret itself and is not signed.
pub(super) async fn token_call(
    caller: &Caller<'_>,
    api: Api,
    form: Form,
) -> Result<Answer, MarketError> {
    let url = api.url(caller, "param2")?;
    let response = post_form(caller, caller.deadline, api.name, url, &form, None).await?;
    read(&response).map_err(|e| without_secrets(e, caller, &form))
}

/// Hides the app's secret and every secret parameter of `form` in what the gateway answered.
fn without_secrets(error: MarketError, caller: &Caller<'_>, form: &Form) -> MarketError {
    const NAMES: [&str; 5] = [
        "access_token",
        "refresh_token",
        "client_secret",
        "code",
        SIGNATURE,
    ];
    let mut secrets = vec![caller.app.secret.expose_secret()];
    secrets.extend(
        form.pairs()
            .iter()
            .filter(|(name, _)| NAMES.contains(&name.as_str()))
            .map(|(_, value)| value.as_str()),
    );
    scrubbed(error, &secrets)
}

/// The answer's JSON, whatever it says.
pub(super) fn parse(response: &Response) -> Result<Answer, MarketError> {
    let body: Value = serde_json::from_slice(&response.body).map_err(|_| {
        // Error pages say little beyond their first words.
        let start = String::from_utf8_lossy(&response.body[..response.body.len().min(120)]);
        unclear(
            response,
            format!("the answer is no JSON: {}", clipped(&start)),
        )
    })?;
    Ok(Answer {
        status: response.status,
        headers: response.headers.clone(),
        body,
    })
}

fn unclear(response: &Response, text: String) -> MarketError {
    MarketError {
        kind: ErrorKind::Unclear,
        code: Some(response.status.to_string()),
        text,
        request_id: None,
    }
}

/// Takes an answer apart. The body decides, whatever the HTTP status says: the gateway reports its
/// own refusals with 400 or 401, business refusals with 200.
pub(super) fn read(response: &Response) -> Result<Answer, MarketError> {
    let answer = parse(response)?;
    let node = answer.node();
    if let Some(code) = node.at("error_code").text() {
        let text = node
            .any(&["error_message", "exception"])
            .text()
            .unwrap_or_default();
        return Err(MarketError {
            kind: error::gateway(&code),
            code: Some(clipped(&code)),
            text: clipped(&text),
            request_id: node.at("request_id").text().map(|id| clipped(&id)),
        });
    }
    if response.status >= 300 && !node.is_object() {
        return Err(unclear(
            response,
            "the answer is an error without a reason".to_owned(),
        ));
    }
    Ok(answer)
}

/// The words of a business answer, wherever its envelope puts them.
#[derive(Clone, Debug, Default)]
pub(super) struct Said {
    pub success: Option<bool>,
    pub code: Option<String>,
    pub text: String,
}

/// What one level of an envelope says.
pub(super) fn said(level: Node<'_>) -> Said {
    Said {
        success: level.any(&["success", "isSuccess"]).flag(),
        code: level
            .any(&["errorCode", "code", "resultCode"])
            .text()
            .map(|code| clipped(&code)),
        text: level
            .any(&[
                "errorMessage",
                "errorMsg",
                "erroMsg",
                "errorInfo",
                "message",
                "extErrorMessage",
            ])
            .text()
            .map(|text| clipped(&text))
            .unwrap_or_default(),
    }
}

impl Said {
    /// A readable no. A text without a code beside success is a remark, not a refusal.
    pub(super) fn is_no(&self) -> bool {
        match self.success {
            Some(success) => !success,
            None => self
                .code
                .as_deref()
                .is_some_and(|code| !error::is_fine(code)),
        }
    }

    pub(super) fn error(&self, kind: ErrorKind) -> MarketError {
        MarketError {
            kind,
            code: self.code.clone(),
            text: if self.text.is_empty() {
                "the marketplace gave no reason".to_owned()
            } else {
                self.text.clone()
            },
            request_id: None,
        }
    }
}
