//! Calls that fail before any provider is asked.

use super::functions::Function;
use super::*;

/// Where a call of the program's began.
pub(in crate::ffi) struct Before {
    /// How many of this thread's have come to a trace before.
    seen: u64,
    /// Those of the call that this one is inside of.
    _notes: reasons::Kept,
}

/// A call of the program's begins, and there is more to look at than on the plain path.
#[cold]
#[inline(never)]
pub(in crate::ffi) fn before() -> Before {
    if depth() == 0 {
        // Of calls that are not traced notes may have been left.
        reasons::forget();
    }
    Before { seen: seen(), _notes: reasons::keep() }
}

fn seen() -> u64 {
    SEEN.try_with(Cell::get).unwrap_or(0)
}

/// A call has failed; if no trace has seen it since `before`, no provider was asked, and that is said here.
/// The function's name is taken from the type of its body.
#[cold]
#[inline(never)]
pub(in crate::ffi) fn refused(body: &'static str, before: &Before, error: WsaError) {
    if error == WsaError::WSANOTINITIALISED {
        // The environment is looked at with the first WSAStartup, which such a program lacks.
        let _ = wanted::of_environment();
    }
    // What pends is refused by nobody: a layer above the trace has taken it over.
    if before.seen == seen() && error != WsaError::WSA_IO_PENDING {
        let function = Function::of_body(body);
        say_refused(&function, None, error);
    }
}

/// No provider was asked for such a socket.
#[cold]
pub(in crate::ffi::spi) fn refused_socket(call: &'static str, asked: &Socket, error: WsaError) {
    let _ = SEEN.try_with(|seen| seen.set(seen.get() + 1));
    say_refused(&Function::named(call), Some(asked), error);
}

fn say_refused(function: &Function, asked: Option<&Socket>, error: WsaError) {
    let traces = installed();
    if traces.is_empty() {
        return;
    }
    let about = About { call: function.name, entry: None, socket: None };
    quietly(|| {
        let notes = reasons::take();
        for trace in traces.iter().filter(|trace| trace.wishes.categories & function.category != 0) {
            let mut arguments = Fields::default();
            let stamp = trace.stamp(thread::current_id());
            if let Some(asked) = asked {
                asked.arguments(&mut arguments, false);
                if !trace.wishes.json {
                    trace.write(&line::call(stamp, &about, &arguments));
                }
            }
            let outcome = Outcome::refused(error, function.failed, notes);
            trace.write(&match trace.wishes.json {
                true => line::call_object(stamp, &about, arguments, &outcome),
                false => line::returned(stamp, &about, &outcome),
            });
        }
    });
}
