//! The steps that lead a newcomer to an app key. Their texts are found by the marketplace's word, so
//! that another marketplace brings texts and nothing else.

use crate::Tr;
use crate::panel::Panel;
use crate::parts::Link;
use app::MarketHandle;

/// Every step, in order.
const STEPS: [&str; 8] = [
    "account", "app", "access", "redirect", "push", "network", "key", "login",
];

/// One step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// What is done.
    pub text: String,
    /// Where.
    pub link: Option<Link>,
    /// What is copied from here to there.
    pub copy: Option<String>,
    /// The window in which it is done here.
    pub window: Option<Link>,
    /// The page on which it is done here.
    pub page: Option<Link>,
}

/// The steps of a marketplace.
pub(crate) fn steps(panel: &Panel, tr: &Tr, market: &MarketHandle) -> Vec<Step> {
    let code = market.connector.code();
    let push = market.connector.capabilities().push;
    STEPS
        .into_iter()
        .filter(|step| *step != "push" || push)
        .filter_map(|step| {
            let (text, link) = texts(tr, code, step)?;
            Some(Step {
                text: text.to_owned(),
                link: link
                    .or((step == "account").then(|| market.connector.registration_url()))
                    .map(|address| Link::to(address, host(address))),
                copy: match step {
                    "redirect" => Some(app::session::redirect_url(&panel.app, code).to_string()),
                    "push" => Some(app::push::callback_url(&panel.app, code).to_string()),
                    _ => None,
                },
                window: (step == "key").then(|| {
                    Link::to(
                        format!("/settings/apps/new?marketplace={code}"),
                        tr.apps_guide_enter(),
                    )
                }),
                page: (step == "login").then(|| Link::to("/sessions", tr.sessions_title())),
            })
        })
        .collect()
}

/// The text of a step and its link: the marketplace's own, else what holds for any.
fn texts<'a>(tr: &'a Tr, code: &str, step: &str) -> Option<(&'a str, Option<&'a str>)> {
    let find = |end: &str| tr.find("guide-", &format!("{code}-{step}{end}"));
    let text = find("").or_else(|| tr.find("guide-", &format!("any-{step}")))?;
    Some((text, find("-link")))
}

/// `open.1688.com`
fn host(address: &str) -> &str {
    address.trim_start_matches("https://").trim_end_matches('/')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_marketplace_has_its_steps_and_a_new_one_those_of_any() {
        let tr = Tr::english();
        for code in marketplaces::all()
            .iter()
            .map(|market| market.code())
            .chain(["taobao", "tomorrow"])
        {
            let missing: Vec<&str> = STEPS
                .into_iter()
                .filter(|step| *step != "network" && texts(&tr, code, step).is_none())
                .collect();
            assert_eq!(missing, Vec::<&str>::new(), "{code}");
            for step in STEPS {
                if let Some((_, Some(link))) = texts(&tr, code, step) {
                    assert_eq!(
                        url::Url::parse(link).map(|url| url.scheme().to_owned()),
                        Ok("https".to_owned())
                    );
                }
            }
        }
        let own = texts(&tr, "taobao", "account").unwrap();
        assert_eq!(host(own.1.unwrap()), "distributor.taobao.global");
        assert_eq!(texts(&tr, "tomorrow", "key").unwrap().0, tr.guide_any_key());
    }
}
