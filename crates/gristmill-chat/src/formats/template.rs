//! A model's own chat template, rendered as the Python library that models ship with renders it.
//!
//! The template is a program of somebody else, so it is bounded: in instructions, in depth and in output. It sees
//! the messages and the special tokens, no clock and no files.

use std::fmt;
use std::io;
use std::path::Path;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Kwargs;
use minijinja::{AutoEscape, Environment, Error, ErrorKind, Value, context};

use super::calendar_date::CalendarDate;
use super::dialogue::Message;
use super::failure::FormatFailure;
use super::python_words;
use super::tokenizer_config::TokenizerConfig;

/// Instructions for one row; templates in use need some ten for each message.
const FUEL: u64 = 5_000_000;

/// Longest text of one row.
const LONGEST: usize = 64 << 20;

const NAME: &str = "chat";

/// What the user says about a template.
pub(crate) struct TemplateOptions<'a> {
    /// A `tokenizer_config.json` or a `.jinja` file.
    pub(crate) path: &'a Path,
    /// Which one, where the file has several.
    pub(crate) name: &'a str,
    /// Variables besides those of the file, or instead of them.
    pub(crate) tokens: Vec<(String, String)>,
    /// The day that `strftime_now` tells.
    pub(crate) date: Option<CalendarDate>,
    /// Ask for the opening of an answer after the last message.
    pub(crate) add_generation_prompt: bool,
}

/// A compiled template.
pub(crate) struct ChatTemplate {
    env: Environment<'static>,
    /// Texts that must not stand in a content.
    pub(crate) special: Vec<String>,
}

/// Why a row could not be rendered.
pub(crate) enum Unrendered {
    /// The template itself turned the dialogue down.
    Refused(String),
    /// The template does not work on it.
    Failed(String),
}

impl ChatTemplate {
    pub(crate) fn load(options: TemplateOptions<'_>) -> Result<Self, FormatFailure> {
        let path = options.path;
        let mut config = TokenizerConfig::load(path, options.name)?;
        for (name, text) in options.tokens {
            config.special.push(text.clone());
            config.tokens.retain(|(known, _)| *known != name);
            config.tokens.push((name, text));
        }
        let invalid = |source| FormatFailure::Invalid { path: path.to_owned(), source };
        let mut env = Environment::new();
        env.set_syntax(
            SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build().map_err(invalid)?,
        );
        env.set_auto_escape_callback(|_| AutoEscape::None);
        env.set_fuel(Some(FUEL));
        env.set_unknown_method_callback(python_words::method);
        env.add_filter("trim", python_words::trim);
        env.add_filter("tojson", python_words::tojson);
        env.add_function("raise_exception", |message: String| -> Result<Value, Error> {
            Err(Error::new(ErrorKind::InvalidOperation, "the template turned the dialogue down")
                .with_source(Raised(message)))
        });
        if let Some(date) = options.date {
            env.add_function("strftime_now", move |format: &str, _: Kwargs| date.format(format));
        }
        for (name, text) in config.tokens {
            env.add_global(name, text);
        }
        env.add_global("tools", ());
        env.add_global("documents", ());
        env.add_global("add_generation_prompt", options.add_generation_prompt);
        env.add_template_owned(NAME, without_marks(&config.template)).map_err(invalid)?;
        let asks = env.get_template(NAME).map_err(invalid)?.undeclared_variables(false);
        if options.date.is_none() && asks.contains("strftime_now") {
            return Err(FormatFailure::NeedsDate { path: path.to_owned() });
        }
        Ok(Self { env, special: config.special })
    }

    /// The text of a dialogue.
    pub(crate) fn render<'m>(
        &self,
        messages: &[Message<'_>],
        word: impl Fn(&Message<'_>) -> &'m str,
    ) -> Result<String, Unrendered> {
        let messages: Value = messages
            .iter()
            .map(|message| {
                Value::from_pairs([
                    ("role", Value::from(word(message))),
                    ("content", Value::from(&*message.content)),
                ])
            })
            .collect();
        let mut out = Bounded(Vec::new());
        let template = self.env.get_template(NAME).map_err(|error| unrendered(&error))?;
        template.render_captured_to(context! { messages }, &mut out).map_err(|error| unrendered(&error))?;
        String::from_utf8(out.0).map_err(|error| Unrendered::Failed(error.to_string()))
    }
}

fn unrendered(error: &Error) -> Unrendered {
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(inner) = cause {
        if let Some(Raised(message)) = inner.downcast_ref::<Raised>() {
            return Unrendered::Refused(message.clone());
        }
        cause = inner.source();
    }
    Unrendered::Failed(error.to_string())
}

/// What `raise_exception` was called with.
#[derive(Debug)]
struct Raised(String);

impl fmt::Display for Raised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Raised {}

/// Takes so much text and no more.
struct Bounded(Vec<u8>);

impl io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > LONGEST {
            return Err(io::Error::other(format!("the text is longer than {LONGEST} bytes")));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The tags `generation` and `endgeneration` mark the answers for loss masks and print nothing; they become a
/// condition that always holds, so that the whitespace control of the tags stays.
fn without_marks(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(at) = rest.find("{%") {
        let (before, tag) = rest.split_at(at);
        out.push_str(before);
        let Some(end) = tag.find("%}") else {
            rest = tag;
            break;
        };
        let (tag, after) = tag.split_at(end);
        let body = tag[2..].trim_matches(|c: char| c.is_whitespace() || matches!(c, '-' | '+'));
        match body {
            "generation" => out.push_str(&tag.replacen(body, "if true", 1)),
            "endgeneration" => out.push_str(&tag.replacen(body, "endif", 1)),
            _ => out.push_str(tag),
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::super::dialogue::Role;
    use super::*;

    fn load(source: &str, date: Option<CalendarDate>) -> Result<ChatTemplate, FormatFailure> {
        let mut file = tempfile::Builder::new().suffix(".jinja").tempfile().unwrap();
        file.write_all(source.as_bytes()).unwrap();
        ChatTemplate::load(TemplateOptions {
            path: file.path(),
            name: "default",
            tokens: vec![("eos_token".into(), "</s>".into())],
            date,
            add_generation_prompt: false,
        })
    }

    fn rendered(source: &str) -> Result<String, String> {
        let messages = [
            Message { role: Role::User, content: "a <b> \"é\"".into() },
            Message { role: Role::Assistant, content: " c\n".into() },
        ];
        let template = load(source, CalendarDate::parse("2026-01-05"))
            .map_err(|error| format!("{:?}", gristmill_core::Failure::from(error)))?;
        template.render(&messages, |m| m.role.word()).map_err(|fault| match fault {
            Unrendered::Refused(message) => format!("refused: {message}"),
            Unrendered::Failed(message) => format!("failed: {message}"),
        })
    }

    #[test]
    fn python_manners() {
        for (source, want) in [
            (
                "{% for m in messages %}\n  {% if m.role == 'user' %}\nU{{ m['content'] }}\n  {% endif %}\n{% endfor %}\n",
                "Ua <b> \"é\"\n",
            ),
            ("{{ messages[0] | tojson }}", r#"{"role": "user", "content": "a <b> \"é\""}"#),
            ("{{ messages[1].content.strip() }}|{{ messages[1].content | trim }}", "c|c"),
            ("{{ tools }} {{ true }} {{ 1 == 2 }} {{ 3 / 2 }} {{ 7 // 2 }}", "None True False 1.5 3"),
            ("{{ undefined_thing }}{{ eos_token }}", "</s>"),
            ("{{ messages[1:] | length }}{{ messages[-1]['role'] }}", "1assistant"),
            (
                "{% set ns = namespace(n=0) %}{% for m in messages %}{% set ns.n = ns.n + 1 %}{% endfor %}{{ ns.n }}",
                "2",
            ),
            ("{% for m in messages %}{% if loop.last %}{% break %}{% endif %}x{% endfor %}", "x"),
            (
                "{%- for m in messages -%}{% generation %}{{ m.role }} {% endgeneration %}{%- endfor -%}",
                "user assistant ",
            ),
            ("{{ strftime_now('%d %b %Y') }}", "05 Jan 2026"),
            ("{{ 'content' in messages[0] }}{{ messages[0].name is defined }}", "TrueFalse"),
            (
                "{{ messages[0].content is string }}{{ messages is iterable }}{{ messages[0] is mapping }}",
                "TrueTrueTrue",
            ),
            (
                "{{ messages[0].get('name', 'nobody') }}{% for k, v in messages[0].items() %} {{ k }}{% endfor %}",
                "nobody role content",
            ),
        ] {
            assert_eq!(rendered(source), Ok(want.to_owned()), "{source}");
        }
    }

    #[test]
    fn failures_are_told_apart() {
        assert_eq!(
            rendered("{{ raise_exception('roles must alternate') }}"),
            Err("refused: roles must alternate".into())
        );
        let macros = "{% macro m() %}{{ raise_exception('no') }}{% endmacro %}{{ m() }}";
        assert_eq!(rendered(macros), Err("refused: no".into()));
        assert!(rendered("{{ messages.missing.part }}").unwrap_err().starts_with("failed"));
        assert!(rendered("{{ nothing() }}").unwrap_err().starts_with("failed"));
        assert!(rendered("{% for m in %}").unwrap_err().starts_with("GM_CHAT_TEMPLATE_INVALID"));
    }

    #[test]
    fn a_template_that_would_not_end_fails() {
        let nested = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}";
        assert!(rendered(nested).unwrap_err().contains("fuel"));
        let endless = "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}";
        assert!(rendered(endless).unwrap_err().starts_with("failed"));
        let long = "{% set x = 'x' * 50000000 %}{{ x }}{{ x }}";
        assert!(rendered(long).unwrap_err().starts_with("failed"));
    }

    #[test]
    fn the_clock_must_be_set() {
        let source = "{% if strftime_now is defined %}{{ strftime_now('%Y') }}{% endif %}";
        assert!(matches!(load(source, None), Err(FormatFailure::NeedsDate { .. })));
        assert_eq!(rendered(source), Ok("2026".into()));
    }
}
