//! The example `service`, run as a user would: stopped, killed, started again, and asked over HTTP.

#![cfg(unix)]

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Lines, Read};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Longer than any machine needs.
const PATIENCE: Duration = Duration::from_mins(2);
/// A pace at which no node ends while the test looks.
const STILL: u32 = 600_000;

fn store() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// A service at work.
struct Service {
    process: Child,
    printed: Lines<BufReader<ChildStdout>>,
    url: String,
    client: ureq::Agent,
}

impl Service {
    /// `pace` is how many milliseconds a node takes.
    fn start(store: &TempDir, pace: u32) -> Service {
        let mut process = command(store, pace).stdout(Stdio::piped()).spawn().unwrap();
        let mut printed = BufReader::new(process.stdout.take().unwrap()).lines();
        let listening = printed.next().expect("the service listens").unwrap();
        let url = listening.strip_prefix("Listening at ").expect(&listening).to_owned();
        let client = ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(PATIENCE));
        Service { process, printed, url, client: client.build().new_agent() }
    }

    fn get(&self, path: &str) -> (u16, Value) {
        let mut response = self.client.get(format!("{}{path}", self.url)).call().unwrap();
        (response.status().as_u16(), response.body_mut().read_json().unwrap())
    }

    fn post(&self, path: &str, body: &Value, key: Option<&str>) -> (u16, Value) {
        let request = self.client.post(format!("{}{path}", self.url));
        let request = key.into_iter().fold(request, |request, key| request.header("Idempotency-Key", key));
        let mut response = request.send_json(body).unwrap();
        (response.status().as_u16(), response.body_mut().read_json().unwrap())
    }

    /// Starts the report `bees`.
    fn order(&self) {
        let (status, job) = self.post("/jobs", &json!({ "topic": "Bees" }), Some("bees"));
        assert_eq!((status, &job["topic"]), (202, &json!("Bees")), "{job}");
    }

    fn review(&self, review: &Value) -> (u16, Value) {
        self.post("/jobs/bees/reply", &json!({ "review": review, "by": "ada" }), None)
    }

    /// Asks for the report `bees` until it has this status.
    fn until(&self, status: &str) -> Value {
        let began = Instant::now();
        loop {
            let (_, job) = self.get("/jobs/bees");
            if job["status"] == status {
                return job;
            }
            assert!(began.elapsed() < PATIENCE, "it should be {status}: {job}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// What happens to the report `bees`, from its snapshot on.
    fn events(&self) -> impl Iterator<Item = (String, Value)> + use<> {
        let response = self.client.get(format!("{}/jobs/bees/events", self.url)).call().unwrap();
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        told(response.into_body().into_reader())
    }

    /// Asks it to stop, and waits until it has.
    fn stop(mut self) -> (ExitStatus, Vec<String>) {
        let id = rustix::process::Pid::from_child(&self.process);
        rustix::process::kill_process(id, rustix::process::Signal::TERM).unwrap();
        let status = self.process.wait().unwrap();
        (status, self.printed.by_ref().map(Result::unwrap).collect())
    }

    fn kill(mut self) {
        self.process.kill().unwrap();
        assert!(!self.process.wait().unwrap().success(), "it was killed");
    }
}

/// A test that fails leaves no service behind.
impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn command(store: &TempDir, pace: u32) -> Command {
    let mut service = Command::new(env!("CARGO_BIN_EXE_service"));
    service.env_remove("RUST_BACKTRACE").env_remove("RUST_LIB_BACKTRACE");
    service.arg("--db").arg(store.path().join("db")).args(["--listen", "127.0.0.1:0", "--pace", &pace.to_string()]);
    service
}

/// The events in a stream of them: their names, and their data.
fn told(stream: impl Read) -> impl Iterator<Item = (String, Value)> {
    let mut lines = BufReader::new(stream).lines().map(Result::unwrap);
    std::iter::from_fn(move || {
        let name = lines.by_ref().find_map(|line| line.strip_prefix("event: ").map(str::to_owned))?;
        let data = lines.by_ref().find_map(|line| line.strip_prefix("data: ").map(str::to_owned))?;
        Some((name, serde_json::from_str(&data).unwrap()))
    })
}

#[test]
fn a_report_is_written_reviewed_and_published() {
    let store = store();
    let service = Service::start(&store, 1);
    service.order();
    let job = service.until("Paused");
    assert_eq!(job["chapters"].as_array().unwrap().len(), 3, "{job}");
    assert_eq!(job["waiting"][0]["node"], "review");
    let question = job["waiting"][0]["asks"].as_str().unwrap();
    assert_eq!(question.lines().next(), Some("Bees: Yesterday is a wide field."));

    let waiting = json!({ "waiting": job["waiting"][0]["id"], "review": { "again": "More flowers" }, "by": "ada" });
    assert_eq!(service.post("/jobs/bees/reply", &waiting, None).0, 202);
    let job = service.until("Paused");
    assert_eq!(job["chapters"][3], "More flowers is a wide field.", "{job}");
    assert_eq!(service.review(&json!("publish")).0, 202);
    let job = service.until("Finished");
    assert_eq!((&job["published"], job["chapters"].as_array().unwrap().len()), (&json!(true), 4), "{job}");
}

#[test]
fn a_stop_lets_steps_end_and_a_start_goes_on() {
    let store = store();
    // Slow enough to be stopped in the middle, and fast enough to be waited for.
    let service = Service::start(&store, 2_000);
    service.order();
    let (status, printed) = service.stop();
    assert_eq!((status.code(), printed), (Some(0), vec!["Stopped".to_owned()]));

    // At this pace nothing moves, so this is how the first process has left it: in the middle, at the end of a step.
    let service = Service::start(&store, STILL);
    let (_, job) = service.get("/jobs/bees");
    let steps = job["step"].as_u64().unwrap();
    assert_eq!(job["status"], "Running", "{job}");
    assert!((1..4).contains(&steps), "{job}");
    assert_eq!(job["chapters"].as_array().unwrap().len() as u64, steps - 1, "{job}");
    service.kill();

    let service = Service::start(&store, 300);
    let mut events = service.events();
    if events.next().unwrap().1["status"] == "Running" {
        let waits = |(name, news): (String, Value)| name == "checkpoint" && news["status"] == "Paused";
        assert!(events.any(waits), "what goes on is told as what was asked for");
    }
    let job = service.until("Paused");
    assert_eq!((job["step"].as_u64(), job["chapters"].as_array().unwrap().len()), (Some(4), 3), "{job}");
}

#[test]
fn what_was_accepted_survives_a_kill() {
    let store = store();
    // Killed right after it said so, in the middle of the first step.
    let service = Service::start(&store, STILL);
    service.order();
    service.kill();
    let service = Service::start(&store, 1);
    let job = service.until("Paused");
    assert_eq!((&job["topic"], job["step"].as_u64()), (&json!("Bees"), Some(4)), "{job}");
    service.stop();

    // And so does a reply.
    let service = Service::start(&store, STILL);
    assert_eq!(service.review(&json!("publish")).0, 202);
    service.kill();
    let service = Service::start(&store, 1);
    assert_eq!(service.until("Finished")["published"], true);
}

#[test]
fn the_same_request_starts_one_report() {
    let store = store();
    let service = Service::start(&store, 1);
    let order = json!({ "topic": "Bees" });
    // All at once: each is accepted, or told to come again while the first is being stored.
    std::thread::scope(|scope| {
        let deliveries: Vec<_> =
            (0..8).map(|_| scope.spawn(|| service.post("/jobs", &order, Some("bees")).0)).collect();
        let answers: Vec<_> = deliveries.into_iter().map(|delivery| delivery.join().unwrap()).collect();
        assert!(answers.contains(&202), "{answers:?}");
        assert!(answers.iter().all(|answer| [202, 409].contains(answer)), "{answers:?}");
    });
    assert_eq!(service.until("Paused")["step"], 4);
    service.review(&json!("publish"));
    service.until("Finished");
    // Also when it is finished, and in another process.
    service.stop();
    let service = Service::start(&store, 1);
    let (status, job) = service.post("/jobs", &order, Some("bees"));
    assert_eq!((status, &job["status"], &job["step"]), (202, &json!("Finished"), &json!(6)), "{job}");
    let (status, refused) = service.post("/jobs", &json!({ "topic": "Wasps" }), Some("bees"));
    assert_eq!(status, 422, "{refused}");
    assert_eq!(refused["error"], "the key `bees` was used for another topic; use a new one");
    let (_, jobs) = service.get("/jobs");
    assert_eq!(jobs.as_array().unwrap().len(), 1, "{jobs}");
}

#[test]
fn without_a_key_each_request_is_a_report_of_its_own() {
    let store = store();
    let service = Service::start(&store, STILL);
    for topic in ["Bees", "Wasps"] {
        assert_eq!(service.post("/jobs", &json!({ "topic": topic }), None).0, 202);
    }
    let (_, jobs) = service.get("/jobs?status=Running");
    let topic = |job: &Value| service.get(&format!("/jobs/{}", job["id"].as_str().unwrap())).1["topic"].clone();
    let topics: Vec<_> = jobs.as_array().unwrap().iter().map(topic).collect();
    assert_eq!(topics, ["Bees", "Wasps"], "in the order in which they came");
    assert_eq!(service.get("/jobs?status=Paused").1, json!([]));
}

#[test]
fn events_begin_with_how_it_stands_and_follow_it_over_all_its_runs() {
    let store = store();
    let service = Service::start(&store, 1);
    service.order();
    service.until("Paused");
    let mut events = service.events();
    let (name, job) = events.next().unwrap();
    assert_eq!((name.as_str(), &job["status"]), ("snapshot", &json!("Paused")));

    service.review(&json!({ "again": "Honey" }));
    // The store knows that it waits a moment before the listeners do, so they may hear of that again.
    let mut events = events.skip_while(|(name, _)| name != "step");
    let mut next = |until: &str| {
        let mut names = Vec::new();
        while names.last().is_none_or(|name| name != until) {
            names.push(events.next().expect("it goes on").0);
        }
        names
    };
    let mut expected = vec!["step", "checkpoint"]; // the reply
    expected.extend(["step", "checkpoint"]); // the outline
    expected.extend(["step", "sentence", "checkpoint"].repeat(4));
    expected.push("paused");
    assert_eq!(next("paused"), expected);
    service.review(&json!("publish"));
    assert_eq!(next("finished"), ["step", "checkpoint", "step", "checkpoint", "finished"]);
    assert_eq!(events.next(), None, "nothing more will happen");

    let late: Vec<_> = service.events().collect();
    assert_eq!((late.len(), &late[0].1["status"]), (1, &json!("Finished")), "{late:?}");
}

#[test]
fn a_listener_does_not_hold_up_a_stop() {
    let store = store();
    let service = Service::start(&store, 1);
    service.order();
    service.until("Paused");
    let mut events = service.events();
    assert_eq!(events.next().unwrap().0, "snapshot");
    let (status, _) = service.stop();
    assert_eq!(status.code(), Some(0));
    // It may hear again that it waits; then it comes to an end.
    assert!(events.all(|(name, _)| name == "checkpoint" || name == "paused"));
}

#[test]
fn what_cannot_be_done_is_refused_with_a_status_and_a_reason() {
    let store = store();
    let service = Service::start(&store, STILL);
    let refused = |(status, body): (u16, Value)| (status, body["error"].as_str().expect("a reason").to_owned());
    assert_eq!(refused(service.get("/jobs/bees")), (404, "there is no job `bees`".to_owned()));
    assert_eq!(refused(service.get("/jobs/bees/events")).0, 404);
    assert_eq!(refused(service.get("/jobs?status=Lost")).0, 400);
    assert_eq!(refused(service.review(&json!("publish"))).0, 404);
    assert_eq!(refused(service.post("/jobs", &json!({ "topic": 7 }), None)).0, 422);
    assert_eq!(refused(service.post("/jobs", &json!({ "topic": "Bees" }), Some("no/slash"))).0, 400);
    service.order();
    let (status, error) = refused(service.review(&json!("publish")));
    assert_eq!(status, 409);
    assert!(error.starts_with("thread `bees` does not wait at `review` (Running)"), "{error}");
    service.kill();

    let service = Service::start(&store, 1);
    let id = service.until("Paused")["waiting"][0]["id"].clone();
    let reply = |id: &Value| json!({ "waiting": id, "review": "publish", "by": "ada" });
    assert_eq!(refused(service.review(&json!("burn"))).0, 422);
    assert_eq!(refused(service.post("/jobs/bees/reply", &reply(&json!("review@1.0")), None)).0, 404);
    assert_eq!(service.post("/jobs/bees/reply", &reply(&id), None).0, 202);
    let (status, error) = refused(service.post("/jobs/bees/reply", &reply(&id), None));
    assert_eq!(status, 409);
    assert!(error.contains("has its reply"), "{error}");
}

#[test]
fn a_second_service_on_the_same_store_is_refused() {
    let store = store();
    let service = Service::start(&store, 1);
    let refused = command(&store, 1).output().unwrap();
    assert!(!refused.status.success());
    let told = String::from_utf8(refused.stderr).unwrap();
    assert!(told.contains(&format!("is in use by process {}", service.process.id())), "{told}");
}
