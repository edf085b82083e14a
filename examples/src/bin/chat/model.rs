//! The model, at an endpoint that speaks as `OpenAI`'s does.

use crate::message::{Answer, Call, Message};
use crate::tools;
use anyhow::Context;
use async_openai::Client;
use async_openai::config::OpenAIConfig;
use async_openai::error::OpenAIError;
use async_openai::middleware::ReqwestService;
use async_openai::types::chat::{
    ChatCompletionMessageToolCall, ChatCompletionMessageToolCalls, ChatCompletionRequestAssistantMessage,
    ChatCompletionRequestMessage, ChatCompletionRequestSystemMessage, ChatCompletionRequestToolMessage,
    ChatCompletionRequestUserMessage, ChatCompletionToolChoiceOption, CreateChatCompletionRequest, FunctionCall,
    ToolChoiceOptions,
};
use serde::Deserialize;
use std::fmt;

/// What the model is told before everything else.
const TASK: &str = "You help with the files of one directory. Use your tools instead of guessing, paths are relative to the \
                    directory. Answer in a few words.";

/// Who is asked. It has the key, so it belongs to the graph's context, and no store ever sees it.
pub(crate) struct Model {
    client: Client<OpenAIConfig>,
    name: String,
}

/// What a server must say; they differ in what they say beside it.
#[derive(Deserialize)]
struct Completion {
    choices: Vec<Choice>,
}

#[derive(Deserialize)]
struct Choice {
    message: Answer,
}

/// Why the model did not answer.
#[derive(Debug)]
pub(crate) struct Unanswered {
    /// Whether another attempt may help: not if it was asked the wrong thing, or with a key that it refuses.
    pub(crate) passing: bool,
    message: String,
}

impl Model {
    /// A model by its name. The key is that of the environment, and so is the URL, where none is given.
    ///
    /// # Errors
    ///
    /// If the system has no certificates that `https` could trust.
    pub(crate) fn new(name: String, base_url: Option<String>) -> anyhow::Result<Model> {
        // An error says that the process has its provider already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().build().context("cannot speak to any model")?;
        let mut config = OpenAIConfig::new();
        if let Some(url) = base_url {
            config = config.with_api_base(url);
        }
        // Without the retries of the client: those of the graph are stored.
        let client = Client::build(http.clone(), config).with_http_service(ReqwestService::new(http));
        Ok(Model { client, name })
    }

    /// What the model says next; without tools it can only answer.
    pub(crate) async fn answer(&self, said: &[Message], tools: bool) -> Result<Answer, Unanswered> {
        let task = ChatCompletionRequestSystemMessage::from(TASK).into();
        let request = CreateChatCompletionRequest {
            model: self.name.clone(),
            messages: std::iter::once(task).chain(said.iter().map(Into::into)).collect(),
            tools: Some(tools::definitions()),
            tool_choice: (!tools).then_some(ChatCompletionToolChoiceOption::Mode(ToolChoiceOptions::None)),
            ..Default::default()
        };
        let completion: Completion = self.client.chat().create_byot(request).await?;
        let Some(Choice { mut message }) = completion.choices.into_iter().next() else {
            return Err(Unanswered { passing: true, message: "the model gave no answer".to_owned() });
        };
        // What is said will be sent back, and then an answer has words or calls.
        message.tool_calls = message.tool_calls.filter(|calls| tools && !calls.is_empty());
        if message.tool_calls.is_none() {
            message.content.get_or_insert_default();
        }
        Ok(message)
    }
}

impl From<OpenAIError> for Unanswered {
    fn from(error: OpenAIError) -> Self {
        let passing = match &error {
            OpenAIError::ApiError(said) => said.status_code.is_server_error() || said.status_code.as_u16() == 429,
            _ => true,
        };
        // With all that lies behind it: that a connection was refused, the client itself would not say.
        Unanswered { passing, message: format!("{:#}", anyhow::Error::from(error)) }
    }
}

impl fmt::Display for Unanswered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Unanswered {}

impl From<&Message> for ChatCompletionRequestMessage {
    fn from(message: &Message) -> Self {
        match message {
            Message::User(text) => ChatCompletionRequestUserMessage::from(text.as_str()).into(),
            Message::Assistant(answer) => ChatCompletionRequestAssistantMessage {
                content: answer.content.clone().map(Into::into),
                tool_calls: answer.tool_calls.as_ref().map(|calls| calls.iter().map(Into::into).collect()),
                ..Default::default()
            }
            .into(),
            Message::Tool { call, result } => {
                ChatCompletionRequestToolMessage { content: result.as_str().into(), tool_call_id: call.id.clone() }
                    .into()
            }
        }
    }
}

impl From<&Call> for ChatCompletionMessageToolCalls {
    fn from(Call { id, function }: &Call) -> Self {
        let function = FunctionCall { name: function.name.clone(), arguments: function.arguments.clone() };
        ChatCompletionMessageToolCall { id: id.clone(), function }.into()
    }
}
