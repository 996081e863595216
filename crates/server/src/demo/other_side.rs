//! The other side of the trade, asked in process: offers, knobs, what sellers and buyers do, and a
//! person who logs in and consents in a browser.

use anyhow::{Context as _, bail};
use app::apps::AppNew;
use bytes::Bytes;
use sandbox::Sandbox;
use serde_json::Value;
use url::Url;

/// Password of every buyer of the sandbox.
const PASSWORD: &str = "demo1688";

/// A marketplace of the sandbox as this program uses it.
#[derive(Clone, Copy)]
pub struct OtherSide<'a> {
    /// The sandbox.
    pub sandbox: &'a Sandbox,
    /// The marketplace's code.
    pub market: &'a str,
}

impl OtherSide<'_> {
    /// Asks the machine interface.
    ///
    /// # Errors
    /// When the sandbox answers with an error.
    pub async fn control(&self, method: &str, path: &str, body: &Value) -> anyhow::Result<Value> {
        let body = if body.is_null() {
            Bytes::new()
        } else {
            Bytes::from(body.to_string())
        };
        let request = http::Request::builder()
            .method(method)
            .uri(format!("http://127.0.0.1/control{path}"))
            .header("host", "127.0.0.1")
            .header("content-type", "application/json")
            .body(body)?;
        let answer = self.sandbox.call(request).await?;
        let text = String::from_utf8_lossy(answer.body()).into_owned();
        if !answer.status().is_success() {
            bail!("{method} /control{path}: {} {text}", answer.status());
        }
        Ok(serde_json::from_str(&text)?)
    }

    /// Turns knobs.
    ///
    /// # Errors
    /// When the sandbox refuses them.
    pub async fn knobs(&self, knobs: Value) -> anyhow::Result<()> {
        let path = format!("/{}/knobs", self.market);
        self.control("PUT", &path, &knobs).await.map(|_| ())
    }

    /// Does something to an order.
    ///
    /// # Errors
    /// When the order may not do that now.
    pub async fn act(&self, number: &str, action: &str, body: Value) -> anyhow::Result<Value> {
        let path = format!("/{}/orders/{number}/{action}", self.market);
        self.control("POST", &path, &body).await
    }

    /// Every order of the marketplace.
    ///
    /// # Errors
    /// When the sandbox does not answer.
    pub async fn orders(&self) -> anyhow::Result<Vec<Value>> {
        let path = format!("/{}/orders", self.market);
        let orders = self.control("GET", &path, &Value::Null).await?;
        orders["orders"].as_array().cloned().context("orders")
    }

    /// The marketplace's catalogue.
    ///
    /// # Errors
    /// When the sandbox does not answer.
    pub async fn offers(&self) -> anyhow::Result<Value> {
        let path = format!("/{}/offers", self.market);
        self.control("GET", &path, &Value::Null).await
    }

    /// For how long the marketplace makes an order, where it takes any time there.
    ///
    /// # Errors
    /// When the sandbox does not answer.
    pub async fn building_seconds(&self) -> anyhow::Result<Option<i64>> {
        let path = format!("/{}/knobs", self.market);
        let knobs = self.control("GET", &path, &Value::Null).await?;
        Ok(knobs["building_s"].as_i64())
    }

    /// Logins of the marketplace's buyers.
    ///
    /// # Errors
    /// When the sandbox does not answer.
    pub async fn accounts(&self) -> anyhow::Result<Vec<String>> {
        let path = format!("/{}/accounts", self.market);
        let told = self.control("GET", &path, &Value::Null).await?;
        let rows = told["accounts"].as_array().context("accounts")?;
        Ok(rows
            .iter()
            .filter_map(|row| row["account"].as_str().map(str::to_owned))
            .collect())
    }

    /// The marketplace's first app, as it is entered in the panel.
    ///
    /// # Errors
    /// When there is none.
    pub async fn app(&self) -> anyhow::Result<AppNew> {
        let apps = self.control("GET", "/apps", &Value::Null).await?;
        let app = apps
            .as_array()
            .into_iter()
            .flatten()
            .find(|app| app["marketplace"] == self.market)
            .context("the sandbox has no app of this marketplace")?;
        let text = |field: &str| app[field].as_str().map(str::to_owned).context("no text");
        Ok(AppNew {
            marketplace: self.market.to_owned(),
            key: text("app_key")?,
            secret: text("app_secret")?.into(),
            label: "Sandbox".to_owned(),
            daily_quota: None,
        })
    }

    /// Logs in and consents on the page at `authorize`, as a person's browser does; gives the
    /// address that the browser is sent back to.
    ///
    /// # Errors
    /// When a page refuses.
    pub async fn consent(&self, authorize: &Url, account: &str) -> anyhow::Result<Url> {
        let asked: Vec<(String, String)> = authorize.query_pairs().into_owned().collect();
        let (cookie, _) = self
            .form(
                authorize,
                &asked,
                &[
                    ("step", "login"),
                    ("account", account),
                    ("password", PASSWORD),
                ],
                None,
            )
            .await?;
        let cookie = cookie.context("the login page let nobody in")?;
        let (_, back) = self
            .form(authorize, &asked, &[("step", "consent")], Some(&cookie))
            .await?;
        Ok(Url::parse(
            &back.context("the consent page sent nobody back")?,
        )?)
    }

    async fn form(
        &self,
        page: &Url,
        asked: &[(String, String)],
        fields: &[(&str, &str)],
        cookie: Option<&str>,
    ) -> anyhow::Result<(Option<String>, Option<String>)> {
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(asked)
            .extend_pairs(fields)
            .finish();
        let origin = page.origin().ascii_serialization();
        let mut request = http::Request::builder()
            .method("POST")
            .uri(format!("{origin}{}", page.path()))
            .header("host", page.authority())
            .header("origin", origin)
            .header("content-type", "application/x-www-form-urlencoded");
        if let Some(cookie) = cookie {
            request = request.header("cookie", cookie);
        }
        let answer = self.sandbox.call(request.body(Bytes::from(body))?).await?;
        if answer.status() != 303 && answer.status() != 302 {
            bail!(
                "{}: {} {}",
                page.path(),
                answer.status(),
                String::from_utf8_lossy(answer.body())
            );
        }
        let header = |name: &str| {
            answer
                .headers()
                .get(name)
                .and_then(|value| value.to_str().ok())
        };
        let cookie = header("set-cookie")
            .and_then(|value| value.split(';').next())
            .map(str::to_owned);
        Ok((cookie, header("location").map(str::to_owned)))
    }
}
