//! A recorder that keeps what it is given.

use metrics::{
    Counter, CounterFn, Gauge, GaugeFn, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder, SharedString, Unit,
};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// What one metric with its labels was given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Series {
    pub(crate) kind: &'static str,
    pub(crate) labels: Vec<(String, String)>,
    /// What a counter or a gauge stands at, or how many values a histogram has.
    pub(crate) value: i64,
    /// The largest that it ever was.
    pub(crate) most: i64,
}

type Kept = Arc<Mutex<BTreeMap<(String, String), Series>>>;

#[derive(Default)]
pub(crate) struct Keeper {
    kept: Kept,
    /// The names that were described.
    pub(crate) described: Mutex<Vec<String>>,
}

struct Handle(Kept, (String, String));

impl Handle {
    fn add(&self, value: i64) {
        let mut kept = self.0.lock().unwrap();
        let series = kept.get_mut(&self.1).expect("it was registered");
        series.value += value;
        series.most = series.most.max(series.value);
    }
}

impl CounterFn for Handle {
    fn increment(&self, value: u64) {
        self.add(i64::try_from(value).unwrap());
    }

    fn absolute(&self, _: u64) {
        panic!("nothing counts so");
    }
}

impl GaugeFn for Handle {
    fn increment(&self, value: f64) {
        assert!((value - 1.0).abs() < f64::EPSILON);
        self.add(1);
    }

    fn decrement(&self, value: f64) {
        assert!((value - 1.0).abs() < f64::EPSILON);
        self.add(-1);
    }

    fn set(&self, _: f64) {
        panic!("nothing is set");
    }
}

impl HistogramFn for Handle {
    fn record(&self, value: f64) {
        assert!(value >= 0.0);
        self.add(1);
    }
}

impl Keeper {
    fn register(&self, key: &Key, kind: &'static str) -> Arc<Handle> {
        let labels: Vec<_> = key.labels().map(|label| (label.key().to_owned(), label.value().to_owned())).collect();
        let name = (key.name().to_owned(), format!("{labels:?}"));
        let series = Series { kind, labels, ..Series::default() };
        self.kept.lock().unwrap().entry(name.clone()).or_insert(series);
        Arc::new(Handle(Arc::clone(&self.kept), name))
    }

    /// Everything that was given, by name.
    pub(crate) fn kept(&self) -> Vec<(String, Series)> {
        self.kept.lock().unwrap().iter().map(|((name, _), series)| (name.clone(), series.clone())).collect()
    }
}

impl Recorder for Keeper {
    fn describe_counter(&self, key: KeyName, _: Option<Unit>, _: SharedString) {
        self.described.lock().unwrap().push(key.as_str().to_owned());
    }

    fn describe_gauge(&self, key: KeyName, _: Option<Unit>, _: SharedString) {
        self.described.lock().unwrap().push(key.as_str().to_owned());
    }

    fn describe_histogram(&self, key: KeyName, _: Option<Unit>, _: SharedString) {
        self.described.lock().unwrap().push(key.as_str().to_owned());
    }

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(self.register(key, "counter"))
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::from_arc(self.register(key, "gauge"))
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::from_arc(self.register(key, "histogram"))
    }
}
