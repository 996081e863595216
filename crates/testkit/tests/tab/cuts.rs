//! A gateway that breaks off at every stage of a create, with the whole application before it: no
//! booking is ever sent twice.

use crate::front::{Front, Stage};
use crate::office::{ACCOUNT, Office};
use store::temporary::Temporary;
use testkit::whole::Setup;

#[tokio::test]
async fn wherever_a_create_breaks_off_it_is_sent_once_and_its_outcome_is_found() {
    for database in Temporary::both().await.unwrap() {
        let front = Front::open().await;
        let setup = Setup {
            before_gateway: Some(front.address),
            call_seconds: Some(1),
            ..Setup::default()
        };
        let mut office = Office::without_account(database, setup).await;
        let front = front.serve(office.whole.market);
        let mut me = office.operator().await;
        me.connect(&office, ACCOUNT).await;
        let order = |n: usize| format!("ORD-{:09}", n + 1);

        for (n, stage) in Stage::ALL.into_iter().enumerate() {
            me.order = order(n);
            let goods = office.one();
            office.order_of(&me.order, &[goods]).await;
            front.cut(stage);
            me.book().await;
            office.whole.run_jobs().await.unwrap();
            assert_eq!(front.creates(), n + 1, "{stage:?}");
            me.tab().await.unknown();
        }
        front.cut(Stage::Open);
        office.run_for(300).await;
        assert_eq!(front.creates(), Stage::ALL.len(), "nothing was sent again");

        let made = Stage::ALL.iter().filter(|stage| stage.is_made()).count();
        assert_eq!(office.orders().await.len(), made);
        for (n, stage) in Stage::ALL.into_iter().enumerate() {
            me.order = order(n);
            if stage.is_made() {
                assert_eq!(me.tab().await.purchase().lines.len(), 1, "{stage:?}");
                continue;
            }
            me.release().await;
            me.book().await;
        }
        office.run_for(60).await;
        assert_eq!(
            office.orders().await.len(),
            Stage::ALL.len(),
            "one order each"
        );
        assert_eq!(front.creates(), 2 * Stage::ALL.len() - made);
        for n in 0..Stage::ALL.len() {
            me.order = order(n);
            assert_eq!(me.tab().await.purchase().lines.len(), 1);
        }
        office.end(&mut me).await;
    }
}
