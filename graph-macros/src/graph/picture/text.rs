//! Tokens as a person would write them, the same from every compiler.

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};

/// One line: `Some(Step::Look { at, .. }) if at > 3`.
pub(in crate::graph) fn text(tokens: TokenStream) -> String {
    let mut line = Line { text: String::new(), glued: true };
    line.tokens(tokens);
    // A literal may hold line breaks.
    line.text.split_whitespace().collect::<Vec<_>>().join(" ")
}

struct Line {
    text: String,
    /// Whether the next token follows without a space.
    glued: bool,
}

impl Line {
    fn tokens(&mut self, tokens: TokenStream) {
        let mut tokens = tokens.into_iter().peekable();
        while let Some(token) = tokens.next() {
            match token {
                TokenTree::Group(group) => self.group(group.delimiter(), group.stream()),
                TokenTree::Punct(punct) => {
                    let mut operator = punct.as_char().to_string();
                    let mut spacing = punct.spacing();
                    while spacing == Spacing::Joint
                        && let Some(TokenTree::Punct(next)) = tokens.peek()
                    {
                        operator.push(next.as_char());
                        spacing = next.spacing();
                        tokens.next();
                    }
                    // The apostrophe of a lifetime joins the name after it.
                    self.operator(&operator, spacing);
                }
                TokenTree::Ident(ident) => self.word(&ident.to_string()),
                TokenTree::Literal(literal) => self.word(&literal.to_string()),
            }
        }
    }

    fn word(&mut self, word: &str) {
        if !self.glued {
            self.text.push(' ');
        }
        self.text.push_str(word);
        self.glued = false;
    }

    fn operator(&mut self, operator: &str, spacing: Spacing) {
        match operator {
            "::" | "." | ".." | "..=" | "<" | ">" => {
                let list = matches!(operator, ".." | "..=") && self.text.ends_with([',', '{', '[', '(']);
                if list && !self.glued {
                    self.text.push(' ');
                }
                // Comparisons have spaces, and type arguments stand behind `::`.
                let compares = matches!(operator, "<" | ">") && self.guarded();
                self.text.push_str(if compares { " " } else { "" });
                self.text.push_str(operator);
                self.glued = !compares;
            }
            "," | ";" | "?" | ":" => {
                self.text.push_str(operator);
                self.glued = false;
            }
            "&" | "!" | "-" | "*" | "&&" | "'" | "$" if self.prefix() || spacing == Spacing::Joint => {
                self.word(operator);
                self.glued = true;
            }
            _ => {
                self.word(operator);
                self.glued = false;
            }
        }
    }

    /// Whether an operator here has nothing on its left.
    fn prefix(&self) -> bool {
        self.glued || self.text.ends_with([',', '|', '=', '@', '&', '<', '>', '+']) || self.text.ends_with(" if")
    }

    fn guarded(&self) -> bool {
        self.text.contains(" if ") && !self.text.ends_with("::")
    }

    fn group(&mut self, delimiter: Delimiter, tokens: TokenStream) {
        let (open, close, spaced) = match delimiter {
            Delimiter::Parenthesis => ("(", ")", false),
            Delimiter::Bracket => ("[", "]", false),
            Delimiter::Brace => ("{", "}", true),
            Delimiter::None => return self.tokens(tokens),
        };
        let operator = self.text.ends_with([',', '|', '=', '@', '+', '>']) || self.text.ends_with(" if");
        if !self.glued && (spaced || operator) {
            self.text.push(' ');
        }
        self.text.push_str(open);
        self.glued = !spaced || tokens.is_empty();
        self.tokens(tokens);
        if spaced && !self.text.ends_with(open) {
            self.text.push(' ');
        }
        self.text.push_str(close);
        self.glued = false;
    }
}

/// Adds an indented line.
///
/// Regions in regions are few, however long the graph is, so that the indentation costs little.
pub(super) fn line(text: &mut String, depth: usize, line: &str) {
    text.extend(std::iter::repeat_n("    ", depth));
    text.push_str(line);
    text.push('\n');
}
