//! The example `chat`, run as a user would, with a model that plays what was recorded.

#![cfg(unix)]

mod server;

use server::{Play, Request, Server};
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use tempfile::TempDir;

const KEY: &str = "sk-never-to-be-found-in-a-store";
const NOTES: &str = "Water the fern.\nIt is thirsty.\n";

const LOOK: Play = Play::Says(200, include_str!("look.json"));
const ANSWER: Play = Play::Says(200, include_str!("answer.json"));
const WRITE: Play = Play::Says(200, include_str!("write.json"));
const WRITTEN: Play = Play::Says(200, include_str!("written.json"));
const COMMANDS: Play = Play::Says(200, include_str!("commands.json"));
const SLOW: Play = Play::Says(200, include_str!("slow.json"));
const MISTAKES: Play = Play::Says(200, include_str!("mistakes.json"));
const UNAVAILABLE: Play = Play::Says(500, include_str!("unavailable.json"));
const REFUSED: Play = Play::Says(401, include_str!("refused.json"));

/// A directory to work in, a store beside it, and a model.
struct Scene {
    dir: TempDir,
    model: Server,
}

impl Scene {
    fn new(script: &[Play]) -> Scene {
        let scene = Scene { dir: tempfile::tempdir().unwrap(), model: Server::play(script) };
        fs::create_dir_all(scene.path("sub")).unwrap();
        fs::write(scene.path("notes.md"), NOTES).unwrap();
        scene
    }

    /// A file that the tools may reach.
    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join("desk").join(name)
    }

    /// A file whose writer waits for a reader, and the other way round.
    fn pipe(&self, name: &str) {
        assert!(Command::new("mkfifo").arg(self.path(name)).status().unwrap().success());
    }

    fn command<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Command {
        let mut chat = Command::new(env!("CARGO_BIN_EXE_chat"));
        chat.env_remove("RUST_BACKTRACE").env_remove("RUST_LIB_BACKTRACE").env("NO_PROXY", "*");
        chat.env("OPENAI_API_KEY", KEY).env("OPENAI_BASE_URL", &self.model.url);
        chat.arg("--db").arg(self.dir.path().join("store")).arg("--dir").arg(self.path(""));
        chat.args(arguments);
        chat
    }

    fn output<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// What is printed by a call that succeeds.
    fn chat<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> String {
        let output = self.output(arguments);
        assert!(output.status.success(), "{}", told(&output));
        String::from_utf8(output.stdout).unwrap()
    }

    fn spawn<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Child {
        self.command(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn kill(mut process: Child) {
    process.kill().unwrap();
    assert!(!process.wait().unwrap().success(), "the process was killed");
}

/// The ids that wait, as a person reads them.
fn ids(printed: &str) -> Vec<&str> {
    printed.lines().filter_map(|line| line.trim().strip_prefix("--allow '")?.split('\'').next()).collect()
}

/// The results of tools in a request: whose they are, and what they say.
fn results(request: &Request) -> Vec<(&str, &str)> {
    let tools = request.messages().iter().filter(|message| message["role"] == "tool");
    tools.map(|tool| (tool["tool_call_id"].as_str().unwrap(), tool["content"].as_str().unwrap())).collect()
}

/// All that is in a directory.
fn bytes(dir: &Path) -> Vec<u8> {
    let files = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    files.flat_map(|path| if path.is_dir() { bytes(&path) } else { fs::read(path).unwrap() }).collect()
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[test]
fn tools_run_and_the_model_answers() {
    let scene = Scene::new(&[LOOK, ANSWER]);
    let printed = scene.chat(["What do my notes say?"]);
    let (tools, answer) = printed.split_once("model: Your").unwrap();
    assert_eq!(answer, " notes say to water the fern.\n");
    let mut tools: Vec<_> = tools.lines().collect();
    assert_eq!(tools[0], "model: …");
    tools[1..].sort_unstable();
    let expected = [
        "← list_files: notes.md …",
        "← read_file: Water the fern. …",
        "→ list_files {\"path\":\".\"}",
        "→ read_file {\"path\":\"notes.md\"}",
    ];
    assert_eq!(tools[1..], expected);

    let [first, second] = &scene.model.asked()[..] else { panic!("the model is asked twice") };
    for request in [first, second] {
        assert_eq!(request.line, "POST /v1/chat/completions HTTP/1.1");
        assert_eq!(request.key, format!("Bearer {KEY}"));
        let offered = request.body["tools"].as_array().unwrap().iter().map(|tool| tool["function"]["name"].clone());
        assert_eq!(offered.collect::<Vec<_>>(), ["list_files", "read_file", "write_file", "run_command"]);
    }
    let read = &first.body["tools"][1]["function"];
    assert_eq!(read["description"], "Reads a text file.");
    assert_eq!(read["parameters"]["properties"]["path"]["description"], "Its path.");
    assert_eq!(read["parameters"]["required"].as_array().unwrap(), &["path"]);
    assert_eq!(first.roles(), "system user");
    assert_eq!(first.messages()[1]["content"], "What do my notes say?");
    assert_eq!(second.roles(), "system user assistant tool tool");
    let recorded: serde_json::Value = serde_json::from_str(include_str!("look.json")).unwrap();
    assert_eq!(second.messages()[2]["tool_calls"], recorded["choices"][0]["message"]["tool_calls"]);
    assert_eq!(results(second), [("call_ls", "notes.md\nsub/"), ("call_read", NOTES)]);
}

#[test]
fn a_message_comes_after_all_that_was_said_before() {
    let scene = Scene::new(&[LOOK, ANSWER, WRITTEN, ANSWER]);
    scene.chat(["What do my notes say?"]);
    scene.chat(["Thanks."]);
    let url = scene.model.url.clone();
    let mut other = scene.command(["--thread", "other", "--base-url", &url, "--model", "small", "Who are you?"]);
    let output = other.env_remove("OPENAI_BASE_URL").env_remove("OPENAI_API_KEY").output().unwrap();
    assert!(output.status.success(), "{}", told(&output));
    let asked = scene.model.asked();
    assert_eq!(asked[2].roles(), "system user assistant tool tool assistant user");
    assert_eq!(asked[2].messages()[..5], *asked[1].messages(), "what was said stays as it was");
    assert_eq!(asked[2].messages()[6]["content"], "Thanks.");
    assert_eq!(asked[3].roles(), "system user", "another thread is another conversation");
    assert_eq!((asked[3].body["model"].as_str(), asked[3].key.as_str()), (Some("small"), "Bearer"), "no key is needed");
    let history = r#"
you: What do my notes say?
model: …
→ list_files {"path":"."}
→ read_file {"path":"notes.md"}
← list_files: notes.md …
← read_file: Water the fern. …
model: Your notes say to water the fern.
you: Thanks.
model: It is in todo.md.
"#;
    assert_eq!(scene.chat(["--history"]), history.trim_start());
}

#[test]
fn the_same_words_are_said_twice_if_the_first_were_answered() {
    let scene = Scene::new(&[ANSWER, ANSWER]);
    scene.chat(["Go on."]);
    scene.chat(["Go on."]);
    assert_eq!(scene.model.asked()[1].roles(), "system user assistant user");
}

#[test]
fn a_server_that_fails_is_asked_again() {
    let scene = Scene::new(&[UNAVAILABLE, UNAVAILABLE, ANSWER]);
    let output = scene.output(["What do my notes say?"]);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "model: Your notes say to water the fern.\n");
    assert_eq!(told(&output).matches("Trying again: ").count(), 2, "{}", told(&output));
    let asked = scene.model.asked();
    assert_eq!(asked.len(), 3);
    assert!(asked.iter().all(|request| request.body == asked[0].body));
}

#[test]
fn a_key_that_is_refused_is_an_error_and_the_same_command_goes_on() {
    let scene = Scene::new(&[REFUSED, ANSWER]);
    let refused = scene.output(["What do my notes say?"]);
    assert!(!refused.status.success());
    assert!(told(&refused).contains("401 Unauthorized invalid_request_error: Incorrect API key"), "{}", told(&refused));
    assert_eq!(scene.model.asked().len(), 1, "nothing was tried again");
    scene.chat(["What do my notes say?"]);
    assert_eq!(scene.model.asked()[0].roles(), "system user");
}

#[test]
fn what_is_dangerous_waits_until_it_is_allowed() {
    let scene = Scene::new(&[WRITE, WRITTEN]);
    let printed = scene.chat(["Make a list."]);
    assert!(printed.starts_with("model: I write that down.\n→ read_file"), "{printed}");
    assert!(printed.contains("← read_file: Water the fern. …\n? write_file {\"path\":\"todo.md\","), "{printed}");
    assert!(!scene.path("todo.md").exists());

    // Another process finds what waits, and says nothing in between.
    let history = scene.chat(["--history"]);
    let ids = ids(&history);
    assert_eq!(ids.len(), 1, "{history}");
    let refused = scene.output(["Hurry up."]);
    assert!(told(&refused).contains("thread `chat` waits for an answer"), "{}", told(&refused));
    assert_eq!(scene.model.asked().len(), 1);

    let printed = scene.chat(["--allow", ids[0]]);
    let expected = r#"
→ write_file {"path":"todo.md","content":"Water the fern.\n"}
← write_file: wrote 16 bytes
model: It is in todo.md.
"#;
    assert_eq!(printed, expected.trim_start());
    assert_eq!(fs::read_to_string(scene.path("todo.md")).unwrap(), "Water the fern.\n");
    let asked = scene.model.asked();
    assert_eq!(asked.len(), 1);
    assert_eq!(results(&asked[0]), [("call_again", NOTES), ("call_write", "wrote 16 bytes")]);

    let again = scene.output(["--allow", ids[0]]);
    assert!(!again.status.success());
    assert!(told(&again).contains("has its reply"), "{}", told(&again));
}

#[test]
fn what_is_refused_is_not_done_and_the_model_learns_why() {
    let scene = Scene::new(&[WRITE, ANSWER]);
    let printed = scene.chat(["Make a list."]);
    scene.chat(["--refuse", ids(&printed)[0], "--because", "I have one."]);
    assert!(!scene.path("todo.md").exists());
    let expected = [("call_again", NOTES), ("call_write", "refused by the user: I have one.")];
    assert_eq!(results(&scene.model.asked()[1]), expected);
}

#[test]
fn an_answer_that_was_stored_is_used_by_the_next_call() {
    let scene = Scene::new(&[WRITE, WRITTEN, ANSWER]);
    let printed = scene.chat(["Make a list."]);
    // The first answer is stored when the second one fails.
    let failed = scene.output(["--allow", ids(&printed)[0], "--allow", "act[7]@7.0"]);
    assert!(told(&failed).contains("has no pause `act[7]@7.0`"), "{}", told(&failed));
    assert!(!scene.path("todo.md").exists());
    assert_eq!(ids(&scene.chat(["--history"])), [""; 0]);
    let printed = scene.chat(["What do my notes say?"]);
    assert!(printed.ends_with("model: It is in todo.md.\nmodel: Your notes say to water the fern.\n"), "{printed}");
    assert_eq!(scene.model.asked()[2].roles(), "system user assistant tool tool assistant user");
}

#[test]
fn each_call_has_its_own_answer() {
    let scene = Scene::new(&[COMMANDS, ANSWER]);
    fs::write(scene.path("pipe"), "as it was").unwrap();
    let printed = scene.chat(["Say two."]);
    let [one, two] = ids(&printed)[..] else { panic!("two commands wait: {printed}") };
    // One answer: the other call still waits.
    let printed = scene.chat(["--refuse", two]);
    assert_eq!(ids(&printed), [one]);
    assert_eq!(scene.model.asked().len(), 1);
    scene.chat(["--allow", one]);
    let expected = [("call_two", "refused by the user"), ("call_one", "exit status: 0\nas it was")];
    assert_eq!(results(&scene.model.asked()[0]), expected);
}

#[test]
fn calls_that_are_allowed_together_run_side_by_side() {
    let scene = Scene::new(&[COMMANDS, ANSWER]);
    // The one reads what the other writes, and neither ends before the other has begun.
    scene.pipe("pipe");
    let printed = scene.chat(["Say two."]);
    let [one, two] = ids(&printed)[..] else { panic!("two commands wait: {printed}") };
    scene.chat(["--allow", two, "--allow", one]);
    let expected = [("call_one", "exit status: 0\ntwo\n"), ("call_two", "exit status: 0\n")];
    assert_eq!(results(&scene.model.asked()[1]), expected);
}

#[test]
fn a_killed_command_is_not_run_again_nor_the_model_asked() {
    let scene = Scene::new(&[SLOW, ANSWER]);
    scene.pipe("began");
    scene.pipe("over");
    let printed = scene.chat(["Run it."]);
    let process = scene.spawn(["--allow", ids(&printed)[0]]);
    // The command writes into the pipe when it has begun, and waits before its end until somebody reads the other one.
    assert_eq!(fs::read_to_string(scene.path("began")).unwrap(), "begun\n");
    kill(process);
    assert_eq!(scene.model.asked().len(), 1);

    let printed = scene.chat([""; 0]);
    assert_eq!(fs::read_to_string(scene.path("over")).unwrap(), "over\n", "the command outlived the program");
    assert!(printed.starts_with("← run_command: interrupted: "), "{printed}");
    assert!(printed.ends_with("\nmodel: Your notes say to water the fern.\n"), "{printed}");
    let asked = scene.model.asked();
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].roles(), "system user assistant tool tool");
    assert_eq!(results(&asked[0])[0], ("call_look", NOTES));
    assert!(results(&asked[0])[1].1.starts_with("interrupted"));
}

#[test]
fn a_command_that_was_killed_can_be_given_again() {
    let scene = Scene::new(&[LOOK, Play::Hangs, ANSWER, WRITTEN]);
    let process = scene.spawn(["What do my notes say?"]);
    assert_eq!(scene.model.next().roles(), "system user");
    let lost = scene.model.next();
    kill(process);
    scene.chat(["What do my notes say?"]);
    scene.chat(["Thanks."]);
    let asked = scene.model.asked();
    assert_eq!(asked[0].body, lost.body, "the tools did not run again, and the words were not said twice");
    assert_eq!(asked[1].roles(), "system user assistant tool tool assistant user");
}

#[test]
fn another_message_waits_for_what_a_kill_has_left() {
    let scene = Scene::new(&[Play::Hangs, ANSWER, WRITTEN]);
    let process = scene.spawn(["What do my notes say?"]);
    scene.model.next();
    kill(process);
    let printed = scene.chat(["Write them down."]);
    assert_eq!(printed, "model: Your notes say to water the fern.\nmodel: It is in todo.md.\n");
    let asked = scene.model.asked();
    assert_eq!((asked[0].roles().as_str(), asked[1].roles().as_str()), ("system user", "system user assistant user"));
    assert_eq!(asked[1].messages()[3]["content"], "Write them down.");
}

#[test]
fn mistakes_of_the_model_are_its_own_to_mend() {
    let scene = Scene::new(&[MISTAKES, ANSWER]);
    fs::write(scene.dir.path().join("secret.md"), "secret").unwrap();
    std::os::unix::fs::symlink("../secret.md", scene.path("link.md")).unwrap();
    scene.chat(["Look around."]);
    let asked = scene.model.asked();
    let expected = [
        ("call_up", "error: this lies outside of the directory"),
        ("call_root", "error: this lies outside of the directory"),
        ("call_link", "error: this lies outside of the directory"),
        ("call_none", "error: No such file or directory (os error 2)"),
        ("call_what", "error: no tool takes these arguments: unknown variant `launch`"),
        ("call_args", "error: no tool takes these arguments: missing field `path`"),
        ("call_json", "error: the arguments are not JSON: EOF while parsing a string"),
    ];
    assert_eq!(results(&asked[1]).len(), expected.len());
    for (result, (call, text)) in results(&asked[1]).into_iter().zip(expected) {
        assert!(result.0 == call && result.1.starts_with(text), "{result:?} is not {text}");
    }
}

#[test]
fn the_model_gets_a_last_word_after_sixteen_rounds() {
    let scene = Scene::new(&[LOOK; 18]);
    scene.chat(["What do my notes say?"]);
    let asked = scene.model.asked();
    assert_eq!(asked.len(), 17);
    let free = asked.iter().take_while(|request| request.body.get("tool_choice").is_none()).count();
    assert_eq!(free, 16);
    assert_eq!(asked[16].body["tool_choice"], "none");
}

#[test]
fn the_key_is_nowhere_in_the_store() {
    let scene = Scene::new(&[UNAVAILABLE, WRITE, REFUSED, ANSWER]);
    let printed = scene.chat(["Make a list."]);
    assert!(!scene.output(["--allow", ids(&printed)[0]]).status.success());
    scene.chat([""; 0]);
    let stored = bytes(&scene.dir.path().join("store"));
    for said in ["Make a list.", "It is thirsty.", "Your notes say"] {
        assert!(contains(&stored, said), "the store hides nothing: {said}");
    }
    assert!(!contains(&stored, KEY));
}
