//! What the model can do: look at the files of one directory, and, if a person allows it, change them and run commands.

use crate::message::Call;
use anyhow::{Context, ensure};
use async_openai::types::chat::{ChatCompletionTool, ChatCompletionTools, FunctionObject};
use schemars::{JsonSchema, schema_for};
use serde::Deserialize;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::fs;
use tokio::process::Command;

/// A tool with its arguments. The model is told what the comments say.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Tool {
    /// Lists the names in a directory; those of directories end in a slash.
    ListFiles {
        /// Its path; `.` is the directory itself.
        path: String,
    },
    /// Reads a text file.
    ReadFile {
        /// Its path.
        path: String,
    },
    /// Writes a text file, in place of the one that is there.
    WriteFile {
        /// Its path.
        path: String,
        /// All that is to be in it.
        content: String,
    },
    /// Runs a command of the shell in the directory, for a minute at most.
    RunCommand {
        /// The command.
        command: String,
    },
}

/// What the model is told of a call that a crash has interrupted.
pub(crate) const UNKNOWN: &str = "interrupted: nobody knows whether this was done; look before you do it again";

/// How many bytes of a result the model gets to see.
const LIMIT: usize = 16 * 1024;

impl Tool {
    fn of(call: &Call) -> anyhow::Result<Tool> {
        let arguments: Value = serde_json::from_str(&call.function.arguments).context("the arguments are not JSON")?;
        serde_json::from_value(json!({ &call.function.name: arguments })).context("no tool takes these arguments")
    }
}

/// What the model is told of its tools: the variants of [`Tool`], as their schema has them.
pub(crate) fn definitions() -> Vec<ChatCompletionTools> {
    let schema = schema_for!(Tool);
    let variants = schema.get("oneOf").and_then(Value::as_array).into_iter().flatten();
    let tools = variants.flat_map(|variant| {
        let description = variant["description"].as_str().map(str::to_owned);
        let tool = variant["properties"].as_object().into_iter().flatten();
        tool.map(move |(name, arguments)| FunctionObject {
            name: name.clone(),
            description: description.clone(),
            parameters: Some(arguments.clone()),
            strict: None,
        })
    });
    tools.map(|function| ChatCompletionTools::Function(ChatCompletionTool { function })).collect()
}

/// Whether a person is to be asked before the call. One that is no call of a tool does nothing.
pub(crate) fn dangerous(call: &Call) -> bool {
    match Tool::of(call) {
        Ok(Tool::WriteFile { .. } | Tool::RunCommand { .. }) => true,
        Ok(Tool::ListFiles { .. } | Tool::ReadFile { .. }) | Err(_) => false,
    }
}

/// Uses a tool. Mistakes are for the model to mend, so they are results too.
pub(crate) async fn run(call: &Call, root: &Path) -> String {
    let result = match Tool::of(call) {
        Ok(Tool::ListFiles { path }) => list(root, &path).await,
        Ok(Tool::ReadFile { path }) => read(root, &path).await,
        Ok(Tool::WriteFile { path, content }) => write(root, &path, &content).await,
        Ok(Tool::RunCommand { command }) => execute(root, &command).await,
        Err(error) => Err(error),
    };
    let mut text = result.unwrap_or_else(|error| format!("error: {error:#}"));
    if text.len() > LIMIT {
        text.truncate(text.floor_char_boundary(LIMIT));
        text.push_str("\n… (cut off)");
    }
    text
}

async fn list(root: &Path, path: &str) -> anyhow::Result<String> {
    let mut entries = fs::read_dir(inside(root, path).await?).await?;
    let mut names = Vec::new();
    while let Some(entry) = entries.next_entry().await? {
        let slash = if entry.file_type().await?.is_dir() { "/" } else { "" };
        names.push(format!("{}{slash}", entry.file_name().display()));
    }
    names.sort_unstable();
    Ok(names.join("\n"))
}

async fn read(root: &Path, path: &str) -> anyhow::Result<String> {
    let path = inside(root, path).await?;
    let file = fs::metadata(&path).await?;
    ensure!(file.is_file() && file.len() <= 1 << 20, "this is no file, or one of more than 1 MiB");
    Ok(fs::read_to_string(path).await?)
}

async fn write(root: &Path, path: &str, content: &str) -> anyhow::Result<String> {
    fs::write(inside(root, path).await?, content).await?;
    Ok(format!("wrote {} bytes", content.len()))
}

/// Where a file is, or will be. What lies outside of the directory is refused, also where a symbolic link leads there.
async fn inside(root: &Path, path: &str) -> anyhow::Result<PathBuf> {
    let path = root.join(path);
    let real = if fs::symlink_metadata(&path).await.is_ok() {
        fs::canonicalize(path).await?
    } else {
        let (parent, name) = path.parent().zip(path.file_name()).context("this is no path")?;
        fs::canonicalize(parent).await?.join(name)
    };
    ensure!(real.starts_with(root), "this lies outside of the directory");
    Ok(real)
}

async fn execute(root: &Path, command: &str) -> anyhow::Result<String> {
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(command).current_dir(root).stdin(Stdio::null()).kill_on_drop(true);
    // What a command prints is read by the model and stored, so it had better not know the key.
    shell.env_remove("OPENAI_API_KEY");
    let output = tokio::time::timeout(Duration::from_mins(1), shell.output()).await.context("it took too long")??;
    let [out, err] = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    Ok(format!("{}\n{out}{err}", output.status))
}
