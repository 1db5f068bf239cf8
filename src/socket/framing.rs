//! Byte stream or message: the table of the WSARecv page, as a function of what a provider promises and of
//! what a call asks for.

use crate::windows::consts as w;

/// How a receive treats what is queued.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Framing {
    /// Whatever fits is a success, and what does not fit is for later.
    ByteStream,
    /// A receive is about one whole message; a buffer that is too short for it is worth telling.
    Message,
}

/// How a receive with these flags acts on a socket of a provider with these dwServiceFlags1.
///
/// MSG_PARTIAL counts where the provider has partial messages; elsewhere it is accepted and ignored (G074).
pub(crate) const fn framing(service_flags: u32, flags: u32) -> Framing {
    let message_oriented = service_flags & w::XP1_MESSAGE_ORIENTED != 0;
    let pseudo_stream = service_flags & w::XP1_PSEUDO_STREAM != 0;
    let partial = service_flags & w::XP1_PARTIAL_MESSAGE != 0 && flags & w::MSG_PARTIAL != 0;
    match (message_oriented, pseudo_stream, partial) {
        (false, _, _) => Framing::ByteStream,
        (_, true, _) => Framing::ByteStream,
        (true, false, true) => Framing::ByteStream,
        (true, false, false) => Framing::Message,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every combination of the three service flags and MSG_PARTIAL, against the rows written out; the bits
    /// beside them do not count.
    #[test]
    fn the_table_is_the_pages() {
        use Framing::{ByteStream as B, Message as M};
        // XP1_MESSAGE_ORIENTED, XP1_PSEUDO_STREAM, XP1_PARTIAL_MESSAGE, MSG_PARTIAL
        let rows = [
            (0, 0, 0, 0, B),
            (0, 0, 0, 1, B),
            (0, 0, 1, 0, B),
            (0, 0, 1, 1, B),
            (0, 1, 0, 0, B),
            (0, 1, 0, 1, B),
            (0, 1, 1, 0, B),
            (0, 1, 1, 1, B),
            (1, 0, 0, 0, M),
            (1, 0, 0, 1, M),
            (1, 0, 1, 0, M),
            (1, 0, 1, 1, B),
            (1, 1, 0, 0, B),
            (1, 1, 0, 1, B),
            (1, 1, 1, 0, B),
            (1, 1, 1, 1, B),
        ];
        let decisive = w::XP1_MESSAGE_ORIENTED | w::XP1_PSEUDO_STREAM | w::XP1_PARTIAL_MESSAGE;
        for (message, pseudo, parts, flag, expected) in rows {
            let service = message * w::XP1_MESSAGE_ORIENTED
                + pseudo * w::XP1_PSEUDO_STREAM
                + parts * w::XP1_PARTIAL_MESSAGE;
            let flags = flag * w::MSG_PARTIAL;
            for service in [service, service | !decisive] {
                for flags in [flags, flags | !w::MSG_PARTIAL] {
                    assert_eq!(framing(service, flags), expected, "{service:#x} {flags:#x}");
                }
            }
        }
    }
}
