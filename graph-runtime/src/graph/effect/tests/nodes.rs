//! The forms of closures that a node may use, with a future that crosses threads.

use super::*;

struct Order {
    items: Vec<String>,
    total: u64,
}

struct Bank;

impl Bank {
    async fn charge(&self, items: &[String], total: u64, key: &str) -> Result<u64, std::num::TryFromIntError> {
        assert_eq!(key.len(), 32);
        yield_now().await;
        u64::try_from(items.len()).map(|count| count * total)
    }

    async fn look_up(&self, _: IdempotencyKey) -> Result<u64, String> {
        yield_now().await;
        Err("it is closed".to_owned())
    }
}

async fn pay(order: &Order, bank: &Bank, effects: &Effects) -> Result<u64, BoxError> {
    let task = task();
    let block = effects.once(site(&task, "block"), &order.items, |key| async move {
        let key = key.to_string();
        bank.charge(&order.items, order.total, &key).await
    });
    let block = block.await?;
    let closure = effects.once(site(&task, "closure"), "text", async |key| {
        Ok::<_, BoxError>(bank.charge(&order.items, order.total, key.as_str()).await? + 1)
    });
    let closure: u64 = closure.await?;
    let (items, total) = (&order.items, order.total);
    let wire = effects
        .at_most_once(
            site(&task, "wire"),
            &(items, total),
            async |key| bank.charge(items, total, key.as_ref()).await,
            |key| bank.look_up(key),
        )
        .await?;
    Ok(block + closure + wire)
}

#[test]
fn nodes_may_borrow_from_the_state() {
    fn crosses<T: Send>(future: T) -> T {
        future
    }
    let order = Order { items: vec!["a".into(), "b".into()], total: 5 };
    assert_eq!(block_on(crosses(pay(&order, &Bank, &Effects::default()))).unwrap(), 31);
}
