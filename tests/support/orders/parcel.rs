//! What leaves the house: the subgraph of an order.

use super::outside::Outside;
use graph_runtime::{BoxError, Ctx, GraphState, Update, graph};

/// A parcel.
#[derive(GraphState, Debug)]
pub struct Parcel {
    /// The number of the parcel.
    round: u32,
    label: String,
    receipt: u32,
}

impl Parcel {
    pub(super) fn sent(&self) -> String {
        format!("sent {} for {}", self.label, self.receipt)
    }
}

fn label(parcel: &Parcel, cx: &Ctx<Outside>) -> Result<impl Update<Parcel> + use<>, BoxError> {
    Outside::run(cx, parcel.round, "ship/label")?;
    Ok(Parcel::update().label(format!("parcel {}", parcel.round)))
}

async fn send(parcel: &Parcel, cx: &Ctx<Outside>) -> Result<impl Update<Parcel> + use<>, BoxError> {
    Outside::run(cx, parcel.round, "ship/send")?;
    Ok(Parcel::update().receipt(Outside::charge(cx, parcel.round).await?))
}

graph! {
    /// Labels and sends.
    pub graph Shipping<Parcel, Outside>;
    node label, send;
    start -> label -> send -> end;
}
