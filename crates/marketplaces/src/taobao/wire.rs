//! How a call reaches the gateway and how its answer is taken apart: addresses, envelopes, gateway
//! errors. What the fields inside mean is `convert`'s business.

use super::error;
use super::sign::{SIGNATURE, call_signature};
use crate::exchange::{Form, clipped, post_form, scrubbed};
use crate::json::{Gap, Node};
use crate::{Caller, Deadline, ErrorKind, MarketError, Once, Response};
use http::HeaderMap;
use secrecy::ExposeSecret;
use serde_json::Value;
use world::Timestamp;

/// An interface of the gateway, by its path after `/rest`.
#[derive(Clone, Copy)]
pub(super) struct Api(pub &'static str);

/// A login's code for tokens.
pub(super) const TOKEN_CREATE: Api = Api("/auth/token/create");
/// A refresh token for new tokens.
pub(super) const TOKEN_REFRESH: Api = Api("/auth/token/refresh");
/// An offer with the ids under which it is ordered.
pub(super) const PRODUCT: Api = Api("/product/get");
/// What a basket would cost.
pub(super) const RENDER: Api = Api("/purchase/order/render");
/// Makes orders.
pub(super) const CREATE: Api = Api("/purchase/order/create");
/// Pays orders.
pub(super) const PAY: Api = Api("/purchase/order/batch/pay");
/// Begins to cancel an order.
pub(super) const CANCEL: Api = Api("/purchase/order/asyn/cancel");
/// Orders by number, reference or time.
pub(super) const ORDERS: Api = Api("/purchase/orders/query");
/// Parcels of one line.
pub(super) const LOGISTICS: Api = Api("/logistics/detail/get");

impl Api {
    fn url(self, caller: &Caller<'_>) -> Result<url::Url, MarketError> {
        let mut url = caller.addresses.gateway.clone();
        url.path_segments_mut()
            .map_err(|()| MarketError::new(ErrorKind::NotSent, "the gateway's address is no base"))?
            .pop_if_empty()
            .push("rest")
            .extend(self.0.split('/').filter(|part| !part.is_empty()));
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

    /// What the answer is about. Some calls wrap it in `result`, some do not; the four envelopes
    /// differ in nothing else but the names of the words beside it ([`said`]).
    pub(super) fn data(&self) -> Node<'_> {
        let wrapped = self.node().at("result").at("data");
        if wrapped.is_there() {
            wrapped
        } else {
            self.node().at("data")
        }
    }

    /// The levels at which an answer may say no.
    pub(super) fn levels(&self) -> [Node<'_>; 3] {
        [self.data(), self.node().at("result"), self.node()]
    }

    /// A server that says it failed is never believed when it says no.
    pub(super) const fn server_failed(&self) -> bool {
        self.status >= 500
    }

    pub(super) fn request_id(&self) -> Option<String> {
        self.node()
            .any(&["request_id", "_trace_id_"])
            .text()
            .map(|id| clipped(&id))
    }

    /// The answer lacks what it must hold.
    pub(super) fn gap(&self, gap: &Gap) -> MarketError {
        MarketError {
            kind: ErrorKind::Unclear,
            code: Some(self.status.to_string()),
            text: format!("the answer has no readable `{}`", gap.0),
            request_id: self.request_id(),
        }
    }

    /// `said` as an error of `kind`; a failing server's no is unclear.
    pub(super) fn error(&self, said: &Said, kind: ErrorKind) -> MarketError {
        MarketError {
            kind: if self.server_failed() {
                ErrorKind::Unclear
            } else {
                kind
            },
            code: said
                .code
                .clone()
                .or_else(|| self.server_failed().then(|| self.status.to_string())),
            text: if said.text.is_empty() {
                "the marketplace gave no reason".to_owned()
            } else {
                said.text.clone()
            },
            request_id: self.request_id(),
        }
    }
}

/// Sends a signed call and gives what `reader` makes of the answer.
async fn exchange<T>(
    caller: &Caller<'_>,
    deadline: Deadline,
    api: Api,
    form: Form,
    once: Option<Once>,
    reader: impl FnOnce(&Response) -> Result<T, MarketError> + Send,
) -> Result<T, MarketError> {
    let secret = caller.app.secret.expose_secret();
    let form = form
        .with("app_key", &caller.app.key)
        .with("timestamp", caller.clock.now().millis().to_string())
        .with("sign_method", "sha256");
    let signature = call_signature(api.0, form.pairs(), secret);
    let form = form.with(SIGNATURE, signature);
    let url = api.url(caller)?;
    let response = post_form(caller, deadline, api.0, url, &form, once).await?;
    reader(&response).map_err(|e| without_secrets(e, caller, &form))
}

/// A signed call without an account whose answer `reader` takes apart.
pub(super) async fn call_with<T>(
    caller: &Caller<'_>,
    api: Api,
    form: Form,
    reader: impl FnOnce(&Response) -> Result<T, MarketError> + Send,
) -> Result<T, MarketError> {
    exchange(caller, caller.deadline, api, form, None, reader).await
}

/// A signed call without an account.
pub(super) async fn call(caller: &Caller<'_>, api: Api, form: Form) -> Result<Answer, MarketError> {
    let now = caller.clock.now();
    call_with(caller, api, form, |response| read(response, now)).await
}

/// A signed call in the name of the account.
pub(super) async fn account_call(
    caller: &Caller<'_>,
    deadline: Deadline,
    api: Api,
    form: Form,
    once: Option<Once>,
) -> Result<Answer, MarketError> {
    let now = caller.clock.now();
    account_call_with(caller, deadline, api, form, once, |r| read(r, now)).await
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
    exchange(caller, deadline, api, form, once, reader).await
}

/// Hides the app's secret and every secret parameter of `form` in what the gateway answered.
fn without_secrets(error: MarketError, caller: &Caller<'_>, form: &Form) -> MarketError {
    const NAMES: [&str; 4] = ["access_token", "refresh_token", "code", SIGNATURE];
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
    let unclear = |text: String| MarketError {
        kind: ErrorKind::Unclear,
        code: Some(response.status.to_string()),
        text,
        request_id: None,
    };
    let body: Value = serde_json::from_slice(&response.body).map_err(|_| {
        // Error pages say little beyond their first words.
        let start = String::from_utf8_lossy(&response.body[..response.body.len().min(120)]);
        unclear(format!("the answer is no JSON: {}", clipped(&start)))
    })?;
    Ok(Answer {
        status: response.status,
        headers: response.headers.clone(),
        body,
    })
}

/// Takes an answer apart. The gateway answers 200 whatever happened; a `code` other than `0` is its
/// own refusal, and business refusals stand beside a `code` of `0`.
pub(super) fn read(response: &Response, now: Timestamp) -> Result<Answer, MarketError> {
    let answer = parse(response)?;
    let node = answer.node();
    if !node.is_object() {
        return Err(answer.gap(&Gap("code".to_owned())));
    }
    let Some(code) = node.at("code").text().filter(|code| !is_fine(code)) else {
        return Ok(answer);
    };
    let text = node.any(&["message", "msg"]).text().unwrap_or_default();
    let said = Said {
        success: Some(false),
        code: Some(clipped(&code)),
        text: clipped(&text),
    };
    // What a service behind the gateway says under a code of the gateway came after execution.
    let kind = if node.at("type").text().as_deref() == Some("ISP") {
        ErrorKind::Unclear
    } else {
        error::gateway(&code, &text, now)
    };
    Err(answer.error(&said, kind))
}

/// Codes that stand beside good answers.
fn is_fine(code: &str) -> bool {
    matches!(
        code.trim().to_ascii_lowercase().as_str(),
        "" | "0" | "null" | "success"
    )
}

/// The words of a business answer, wherever its envelope puts them.
#[derive(Clone, Debug, Default)]
pub(super) struct Said {
    pub success: Option<bool>,
    pub code: Option<String>,
    pub text: String,
}

/// What one level of an envelope, or an entry of a list, says.
pub(super) fn said(level: Node<'_>) -> Said {
    const CODES: [&str; 4] = [
        "error_code",
        "errorCode",
        "biz_error_code",
        "detail_error_code",
    ];
    const TEXTS: [&str; 9] = [
        "error_msg",
        "error_message",
        "errorMessage",
        "errorMsg",
        "biz_error_msg",
        "inner_error_msg",
        "reason",
        "message",
        "detail_error_msg",
    ];
    Said {
        success: level.at("success").flag(),
        code: CODES
            .iter()
            .filter_map(|name| level.at(name).text())
            .find(|code| !is_fine(code))
            .map(|code| clipped(&code)),
        text: level
            .any_text(&TEXTS)
            .map(|text| clipped(&text))
            .unwrap_or_default(),
    }
}

impl Said {
    /// A readable no. A code beside success is a remark, not a refusal.
    pub(super) fn is_no(&self) -> bool {
        match self.success {
            Some(success) => !success,
            None => self.code.is_some(),
        }
    }
}

/// The loudest no of an answer: one with a code before one without.
pub(super) fn loudest(levels: &[Node<'_>]) -> Option<Said> {
    let mut noes: Vec<Said> = levels
        .iter()
        .filter(|level| level.is_object())
        .map(|level| said(*level))
        .filter(Said::is_no)
        .collect();
    noes.sort_by_key(|said| (said.code.is_none(), said.text.is_empty()));
    noes.into_iter().next()
}

/// The error of a read that was answered with a readable no.
pub(super) fn refuse_no(answer: &Answer) -> Result<(), MarketError> {
    let [_, result, root] = answer.levels();
    match loudest(&[result, root]) {
        Some(no) => Err(answer.error(&no, error::read_kind(&no))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(body: &str) -> (Option<String>, Option<Said>) {
        let answer = Answer {
            status: 200,
            headers: HeaderMap::new(),
            body: serde_json::from_str(body).unwrap(),
        };
        let data = answer.data();
        let what = data.at("x").text().or_else(|| data.text());
        (what, loudest(&answer.levels()))
    }

    #[test]
    fn all_four_envelopes_are_opened() {
        for body in [
            r#"{"code":"0","success":"true","error_code":"","error_msg":null,"data":{"x":5},"_trace_id_":"t"}"#,
            r#"{"code":"0","result":{"success":true,"error_code":"0","inner_error_msg":"","data":{"x":"5"}}}"#,
            r#"{"code":"0","biz_error_code":null,"biz_error_msg":null,"data":{"x":5}}"#,
            r#"{"success":1,"data":"5","errorMsg":null}"#,
        ] {
            let (what, no) = told(body);
            assert_eq!(what.as_deref(), Some("5"), "{body}");
            assert!(no.is_none(), "{body}");
        }
        for body in [
            r#"{"code":"0","success":"false","error_code":7,"error_msg":"why"}"#,
            r#"{"code":"0","result":{"success":false,"error_code":"7","inner_error_msg":"why"}}"#,
            r#"{"code":"0","biz_error_code":"7","biz_error_msg":"why","data":null}"#,
            r#"{"code":"0","success":true,"data":{"success":false,"error_code":"7","error_message":"why"}}"#,
        ] {
            let no = told(body).1.unwrap_or_default();
            assert_eq!(
                (no.code.as_deref(), no.text.as_str()),
                (Some("7"), "why"),
                "{body}"
            );
        }
        let no = told(r#"{"success":false,"data":null,"errorMsg":"why"}"#).1;
        assert_eq!(
            no.map(|no| (no.code, no.text)),
            Some((None, "why".to_owned()))
        );
    }
}
