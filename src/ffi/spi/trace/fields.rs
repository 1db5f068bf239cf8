//! Named values of a traced call, and their two forms: for people, and as JSON.

use std::fmt::Write;

/// How many members of a list are shown.
pub(super) const MOST_MEMBERS: usize = 16;

/// One value.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Value {
    Number(i64),
    /// A SOCKET, which is a number and for people may be INVALID_SOCKET.
    Socket(usize),
    /// A word, a name or an address, which for people stands without quotes.
    Word(String),
    /// Bytes, for which both forms have quotes.
    Bytes(Vec<u8>),
    Numbers(Vec<i64>),
    Seconds(f64),
    Truth(bool),
    Nothing,
    Object(Fields),
}

/// Values in the order in which they are shown.
#[derive(Clone, Default, PartialEq, Debug)]
pub(super) struct Fields(Vec<(&'static str, Value)>);

impl Fields {
    pub(super) fn put(&mut self, name: &'static str, value: Value) {
        self.0.push((name, value));
    }

    pub(super) fn number(&mut self, name: &'static str, value: impl Into<i64>) {
        self.put(name, Value::Number(value.into()));
    }

    pub(super) fn word(&mut self, name: &'static str, value: impl Into<String>) {
        self.put(name, Value::Word(value.into()));
    }

    pub(super) fn word_or_nothing(&mut self, name: &'static str, value: Option<impl Into<String>>) {
        self.put(name, value.map_or(Value::Nothing, |word| Value::Word(word.into())));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// As `s=5, flags=MSG_PEEK`.
    pub(super) fn for_people(&self) -> String {
        let shown = self.0.iter().map(|(name, value)| format!("{name}={}", value.for_people()));
        shown.collect::<Vec<_>>().join(", ")
    }

    /// As `{"s":5,"flags":"MSG_PEEK"}`.
    pub(super) fn json(&self) -> String {
        let shown = self.0.iter().map(|(name, value)| format!("{}:{}", quoted(name), value.json()));
        format!("{{{}}}", shown.collect::<Vec<_>>().join(","))
    }
}

impl Value {
    fn for_people(&self) -> String {
        match self {
            Self::Number(number) => number.to_string(),
            Self::Socket(usize::MAX) => "INVALID_SOCKET".to_owned(),
            Self::Socket(socket) => socket.to_string(),
            Self::Word(word) => word.chars().flat_map(char_for_people).collect(),
            Self::Bytes(bytes) => format!("\"{}\"", bytes.escape_ascii()),
            Self::Numbers(numbers) => format!("[{}]", list(numbers)),
            Self::Seconds(seconds) => format!("{seconds:.6}"),
            Self::Truth(truth) => truth.to_string(),
            Self::Nothing => "NULL".to_owned(),
            Self::Object(fields) => format!("{{{}}}", fields.for_people()),
        }
    }

    fn json(&self) -> String {
        match self {
            Self::Number(number) => number.to_string(),
            Self::Socket(socket) => (*socket as i64).to_string(),
            Self::Word(word) => quoted(word),
            Self::Bytes(bytes) => quoted(&bytes.escape_ascii().to_string()),
            Self::Numbers(numbers) => format!("[{}]", list(numbers)),
            Self::Seconds(seconds) => format!("{seconds:.6}"),
            Self::Truth(truth) => truth.to_string(),
            Self::Nothing => "null".to_owned(),
            Self::Object(fields) => fields.json(),
        }
    }
}

/// A line stays one line, whatever a path has in it.
fn char_for_people(c: char) -> impl Iterator<Item = char> {
    let escaped = c.is_control().then(|| c.escape_default());
    let plain = escaped.is_none().then_some(c);
    escaped.into_iter().flatten().chain(plain)
}

fn list(numbers: &[i64]) -> String {
    numbers.iter().map(i64::to_string).collect::<Vec<_>>().join(",")
}

/// A JSON string.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            c if (c as u32) < 0x20 || c == '\u{7f}' => {
                // Writing to a string cannot fail.
                let _ = write!(quoted, "\\u{:04x}", c as u32);
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_strings_escape_what_json_says_and_nothing_else() {
        assert_eq!(quoted("a\"b\\c\n\u{1}\u{7f}ü😀"), "\"a\\\"b\\\\c\\n\\u0001\\u007fü😀\"");
    }

    #[test]
    fn both_forms_keep_the_order() {
        let mut fields = Fields::default();
        fields.put("s", Value::Socket(usize::MAX));
        fields.put("buffers", Value::Numbers(vec![1, -1]));
        fields.put("data", Value::Bytes(b"x\"\xff\n".to_vec()));
        fields.put("none", Value::Nothing);
        fields.word("path", "a\nb");
        assert_eq!(
            fields.for_people(),
            "s=INVALID_SOCKET, buffers=[1,-1], data=\"x\\\"\\xff\\n\", none=NULL, path=a\\nb"
        );
        assert_eq!(
            fields.json(),
            r#"{"s":-1,"buffers":[1,-1],"data":"x\\\"\\xff\\n","none":null,"path":"a\nb"}"#
        );
    }
}
