//! The lines of a trace: what is said of a call and of an operation's end, for people and as JSON.

use super::fields::{Fields, Value};
use super::names;
use crate::error::WsaError;
use crate::platform::HOST;
use crate::reasons::{Host, Notes, Rule};
use crate::status::NtStatus;
use crate::windows::types::SOCKET;

/// Which thread says it, and when, in seconds since the trace began.
#[derive(Clone, Copy)]
pub(super) struct Stamp {
    pub(super) thread: u32,
    pub(super) time: f64,
}

/// What was called, and on what.
#[derive(Clone, Copy)]
pub(super) struct About {
    /// The function by which the program called.
    pub(super) call: &'static str,
    /// The entry of the procedure table; None where no provider was asked.
    pub(super) entry: Option<&'static str>,
    pub(super) socket: Option<SOCKET>,
}

/// What the program gets.
pub(super) struct Outcome {
    pub(super) result: Result<i64, WsaError>,
    /// What the function returns when it fails: its name and its number.
    pub(super) failed: (&'static str, i64),
    pub(super) results: Fields,
    pub(super) notes: Notes,
    /// The operation that goes on.
    pub(super) operation: Option<u64>,
    pub(super) bytes: Option<u64>,
    pub(super) seconds: f64,
}

impl Outcome {
    /// Of a call that came to no provider.
    pub(super) fn refused(error: WsaError, failed: (&'static str, i64), notes: Notes) -> Self {
        let results = Fields::default();
        Self { result: Err(error), failed, results, notes, operation: None, bytes: None, seconds: 0.0 }
    }
}

/// How an overlapped operation ended.
pub(super) struct Ended {
    pub(super) operation: u64,
    pub(super) status: NtStatus,
    pub(super) code: i32,
    pub(super) bytes: u64,
    pub(super) seconds: f64,
    pub(super) notes: Notes,
}

fn head(stamp: Stamp, kind: &str) -> String {
    format!("{:04x}:{:.6}:{kind:<4} ", stamp.thread, stamp.time)
}

fn code_name(code: WsaError) -> Option<&'static str> {
    code.name().or_else(|| names::win32_code(code.code()))
}

fn code_text(code: WsaError) -> String {
    code_name(code).map_or_else(|| code.code().to_string(), |name| format!("{name} ({})", code.code()))
}

/// A call begins.
pub(super) fn call(stamp: Stamp, about: &About, arguments: &Fields) -> String {
    format!("{}{}({})\n", head(stamp, "call"), about.call, arguments.for_people())
}

/// A call returns.
pub(super) fn returned(stamp: Stamp, about: &About, outcome: &Outcome) -> String {
    let socket = about.socket.map_or_else(String::new, |s| subject(s).for_people());
    let result = match outcome.result {
        Err(WsaError::WSA_IO_PENDING) => code_text(WsaError::WSA_IO_PENDING),
        Err(code) => format!("{} {}", outcome.failed.0, code_text(code)),
        Ok(1) if outcome.failed.0 == "FALSE" => "TRUE".to_owned(),
        Ok(value) => value.to_string(),
    };
    let operation = outcome.operation.map_or_else(String::new, |number| format!(" op {number}"));
    let results = match outcome.results.is_empty() {
        true => String::new(),
        false => format!(" {{{}}}", outcome.results.for_people()),
    };
    let why = reason(&outcome.notes, outcome.result.err());
    format!("{}{}({socket}) = {result}{operation}{results}{why}\n", head(stamp, "ret"), about.call)
}

/// An operation has ended.
pub(super) fn ended(stamp: Stamp, about: &About, end: &Ended) -> String {
    let socket = about.socket.map_or_else(String::new, |s| subject(s).for_people());
    let failed = (!end.status.is_success()).then(|| WsaError::from_code(end.code));
    let result = match failed {
        None => format!("{} bytes", end.bytes),
        Some(code) => {
            format!("{}, status {:#010x}, {} bytes", code_text(code), end.status.code(), end.bytes)
        }
    };
    let why = reason(&end.notes, failed);
    let (number, seconds) = (end.operation, end.seconds);
    format!(
        "{}{}({socket}) op {number} = {result} after {seconds:.6} s{why}\n",
        head(stamp, "end"),
        about.call
    )
}

fn subject(s: SOCKET) -> Fields {
    let mut fields = Fields::default();
    fields.put("s", Value::Socket(s));
    fields
}

/// The rule that answers for a code.
fn rule_of(notes: &Notes, failed: Option<WsaError>) -> Option<Rule> {
    match failed {
        None => notes.remark,
        // That it failed to find anything so far is no failure of the operation.
        Some(WsaError::WSA_IO_PENDING) => general(WsaError::WSA_IO_PENDING),
        Some(code) => notes.fault.or_else(|| general(code)),
    }
}

/// What is said of codes that mean the same everywhere, where nothing more was noted.
fn general(code: WsaError) -> Option<Rule> {
    let (ids, why) = match code {
        WsaError::WSA_IO_PENDING => ("F051 F057", "it goes on; its end is told of later"),
        WsaError::WSA_IO_INCOMPLETE => ("F104", "the operation has not ended"),
        WsaError::WSANOTINITIALISED => ("F001 F003", "no WSAStartup is in force"),
        WsaError::WSAENOTSOCK => ("F011 F018", "the number is that of no socket"),
        WsaError::WSAEINPROGRESS => ("", "the thread's blocking hook may not call this"),
        WsaError::WSAEFAULT => ("", "a pointer is no memory, or a length is too short"),
        WsaError::WSAENOPROTOOPT => ("F274", "there is no such option, or not in this direction"),
        _ => return None,
    };
    Some(Rule::new(ids, why))
}

fn errno_text(errno: i32) -> String {
    HOST.errno_name(errno).map_or_else(|| errno.to_string(), str::to_owned)
}

/// What the host said, and why the answer is what it is.
fn reason(notes: &Notes, failed: Option<WsaError>) -> String {
    let rule = rule_of(notes, failed);
    let host = match (notes.host, failed, rule) {
        (_, None, None) => "host ok".to_owned(),
        (Some(Host { call, errno: 0 }), ..) => format!("host {call}: 0"),
        (Some(Host { call, errno }), ..) => format!("host {call}: {}", errno_text(errno)),
        (None, None, _) => "host ok".to_owned(),
        (None, Some(_), _) => "host not asked".to_owned(),
    };
    match rule {
        None => format!("; {host}"),
        Some(Rule { ids: "", why }) => format!("; {host}; {why}"),
        Some(Rule { ids, why }) => format!("; {host}; {ids}: {why}"),
    }
}

/// What both kinds of objects begin with.
fn object(stamp: Stamp, about: &About, arguments: Fields) -> Fields {
    let mut object = Fields::default();
    object.put("time", Value::Seconds(stamp.time));
    object.number("thread", stamp.thread);
    object.word("call", about.call);
    object.word_or_nothing("entry", about.entry);
    object.put("args", Value::Object(arguments));
    object
}

fn put_code(object: &mut Fields, code: i32) {
    let name = code_name(WsaError::from_code(code)).filter(|_| code != 0);
    object.number("code", code);
    object.word_or_nothing("code_name", name);
}

fn put_reason(object: &mut Fields, notes: &Notes, failed: Option<WsaError>) {
    let rule = rule_of(notes, failed);
    let told = if failed.is_none() && rule.is_none() { None } else { notes.host };
    let host = told.map_or(Value::Nothing, |host| {
        let mut said = Fields::default();
        said.word("call", host.call);
        let errno = (host.errno != 0).then(|| errno_text(host.errno));
        said.word_or_nothing("errno", errno);
        Value::Object(said)
    });
    object.put("host", host);
    object.word_or_nothing("rule", rule.map(|rule| rule.ids).filter(|ids| !ids.is_empty()));
    object.word_or_nothing("why", rule.map(|rule| rule.why));
}

fn number_or_nothing(number: Option<u64>) -> Value {
    number.map_or(Value::Nothing, |number| Value::Number(number as i64))
}

/// A call, from its beginning to its return.
pub(super) fn call_object(stamp: Stamp, about: &About, arguments: Fields, outcome: &Outcome) -> String {
    let mut object = object(stamp, about, arguments);
    object.put("out", Value::Object(outcome.results.clone()));
    object.number("result", outcome.result.unwrap_or(outcome.failed.1));
    put_code(&mut object, outcome.result.err().map_or(0, WsaError::code));
    put_reason(&mut object, &outcome.notes, outcome.result.err());
    object.put("op", number_or_nothing(outcome.operation));
    object.put("bytes", number_or_nothing(outcome.bytes));
    object.put("seconds", Value::Seconds(outcome.seconds));
    object.put("end", Value::Truth(false));
    object.json() + "\n"
}

/// The end of an operation.
pub(super) fn end_object(stamp: Stamp, about: &About, end: &Ended) -> String {
    let arguments = about.socket.map_or_else(Fields::default, subject);
    let mut object = object(stamp, about, arguments);
    object.put("out", Value::Object(Fields::default()));
    object.put("result", Value::Nothing);
    put_code(&mut object, end.code);
    put_reason(&mut object, &end.notes, (!end.status.is_success()).then(|| WsaError::from_code(end.code)));
    object.put("op", number_or_nothing(Some(end.operation)));
    object.put("bytes", number_or_nothing(Some(end.bytes)));
    object.put("seconds", Value::Seconds(end.seconds));
    object.put("end", Value::Truth(true));
    object.json() + "\n"
}

/// So many lines found no room: as a call that does not fail, so that who looks for failures finds none here.
pub(super) fn lost_object(stamp: Stamp, count: u32) -> String {
    let mut object = Fields::default();
    object.put("time", Value::Seconds(stamp.time));
    object.number("thread", stamp.thread);
    object.put("call", Value::Nothing);
    object.put("entry", Value::Nothing);
    object.put("args", Value::Object(Fields::default()));
    let mut out = Fields::default();
    out.number("lost", count);
    object.put("out", Value::Object(out));
    object.put("result", Value::Nothing);
    put_code(&mut object, 0);
    for name in ["host", "rule"] {
        object.put(name, Value::Nothing);
    }
    object.word("why", "so many lines were lost: nobody took them");
    for name in ["op", "bytes"] {
        object.put(name, Value::Nothing);
    }
    object.put("seconds", Value::Seconds(0.0));
    object.put("end", Value::Truth(false));
    object.json() + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lost_lines_have_the_keys_of_calls() {
        let stamp = Stamp { thread: 4, time: 0.5 };
        let about = About { call: "recv", entry: None, socket: None };
        let outcome = Outcome::refused(WsaError::WSAEINVAL, ("SOCKET_ERROR", -1), Notes::default());
        let keys = |object: &str| {
            let keys = object.split(['{', ',']).filter_map(|part| part.split_once(':'));
            keys.map(|(key, _)| key.to_owned()).filter(|key| key != "\"lost\"").collect::<Vec<_>>()
        };
        let lost = lost_object(stamp, 3);
        assert_eq!(keys(&lost), keys(&call_object(stamp, &about, Fields::default(), &outcome)));
        assert!(lost.contains("\"out\":{\"lost\":3}") && lost.contains("\"code\":0,"), "{lost}");
    }
}
