//! The system's texts for error codes, in our own words. Winsock's are in `error`; the others are here.

use crate::error::WsaError;

/// The facility that wraps Win32 codes in an HRESULT.
const FACILITY_WIN32: u32 = 0x8007;

/// The sentence for a system code: Win32, Winsock, or either as an HRESULT.
pub(crate) fn of(code: u32) -> Option<&'static str> {
    let code = if code >> 16 == FACILITY_WIN32 { code & 0xffff } else { code };
    match SENTENCES.binary_search_by_key(&code, |row| row.0) {
        Ok(i) => Some(SENTENCES[i].1),
        Err(_) => WsaError::from_code(i32::try_from(code).ok()?).sentence(),
    }
}

/// Sorted by code. No sentence has a percent sign: FormatMessage would read an insert in it.
#[rustfmt::skip]
const SENTENCES: &[(u32, &str)] = &[
    (0, "The operation succeeded."),
    (1, "The function is not one that this object offers."),
    (2, "The file does not exist."),
    (3, "A directory on the path does not exist."),
    (4, "Too many files are open."),
    (5, "Access is not allowed."),
    (6, "The handle is not valid."),
    (8, "There is not enough memory for this command."),
    (12, "The access code is not valid."),
    (13, "The data is not valid."),
    (14, "There is not enough memory to finish this operation."),
    (17, "The file cannot be moved to another disk."),
    (18, "There are no more files."),
    (19, "The medium is write-protected."),
    (21, "The device is not ready."),
    (22, "The device does not know the command."),
    (23, "The data failed its check sum."),
    (24, "The command's length is wrong."),
    (27, "The sector was not found on the disk."),
    (28, "The printer is out of paper."),
    (31, "A device of the system does not work."),
    (32, "Another process uses the file and does not share it."),
    (33, "Another process has locked part of the file."),
    (34, "The wrong disk is in the drive."),
    (38, "The end of the file was reached."),
    (50, "The request is not supported."),
    (51, "The remote computer cannot be reached."),
    (52, "Another computer on the network has the same name."),
    (53, "The path on the network was not found."),
    (54, "The network is busy."),
    (58, "The server cannot do what was asked."),
    (59, "The network failed in an unexpected way."),
    (64, "The other side ended the connection; its name on the network is no longer available."),
    (65, "Access to the network is not allowed."),
    (67, "The name on the network was not found."),
    (68, "The adapter's limit of names is exceeded."),
    (71, "The remote computer takes no more connections now."),
    (80, "The file exists already."),
    (82, "The file or directory cannot be made."),
    (84, "There is no storage left for this request."),
    (87, "A parameter is wrong."),
    (109, "The other end of the pipe is closed."),
    (111, "The file name is too long."),
    (112, "The disk is full."),
    (120, "This system does not offer the function."),
    (121, "The time allowed for the operation ran out."),
    (122, "The buffer that was passed is too small."),
    (126, "The module was not found."),
    (127, "The procedure was not found."),
    (128, "There are no child processes to wait for."),
    (145, "The directory is not empty."),
    (158, "The segment is not locked."),
    (161, "The path is not valid."),
    (183, "Something of this name exists already."),
    (193, "The file is not a program for this system."),
    (203, "The environment variable does not exist."),
    (206, "The file name or its extension is too long."),
    (230, "The pipe is in the wrong state."),
    (231, "Every instance of the pipe is in use."),
    (232, "The pipe is being closed."),
    (233, "No process is at the other end of the pipe."),
    (234, "There is more data than the buffer took."),
    (258, "The wait ran out of time."),
    (259, "There is no more data."),
    (288, "The caller does not own what it tries to release."),
    (298, "The semaphore was released too often."),
    (317, "There is no text for the message number."),
    (487, "The address is not valid."),
    (534, "The result is too large for its type."),
    (535, "The other end of the pipe is connected."),
    (735, "What the wait was for was closed while the wait lasted."),
    (995, "The operation was aborted: its thread ended or the program asked for it."),
    (996, "The overlapped operation has not finished."),
    (997, "The overlapped operation goes on in the background."),
    (998, "The memory at that address cannot be accessed."),
    (1004, "The flags are not valid."),
    (1113, "A character has no counterpart in the target code page."),
    (1114, "The module's own start refused."),
    (1168, "The element was not found."),
    (1214, "The form of the name on the network is not valid."),
    (1225, "The remote computer refused the connection."),
    (1226, "The connection was closed in good order."),
    (1227, "The endpoint of the transport has an address already."),
    (1228, "The endpoint has no address yet."),
    (1229, "The connection does not exist."),
    (1230, "The operation is not possible on an active connection."),
    (1231, "The network cannot be reached."),
    (1232, "The host cannot be reached."),
    (1233, "The remote computer does not know the protocol."),
    (1234, "No service listens at the remote port."),
    (1235, "The request was aborted."),
    (1236, "This computer aborted the connection."),
    (1237, "The operation did not finish; it may be tried again."),
    (1256, "The remote computer is not available."),
    (1450, "The system lacks the resources for the request."),
    (1451, "The system lacks the unpaged memory for the request."),
    (1452, "The system lacks the paged memory for the request."),
    (1453, "The quota of the working set is used up."),
    (1454, "The quota of the paging file is used up."),
    (1455, "The paging file is too small for the operation."),
    (1460, "The operation returned because its time ran out."),
    (1784, "The buffer is not valid for the operation."),
    (1812, "The image has no resource section."),
    (1813, "The image has no resource of this type."),
    (1814, "The image has no resource of this name."),
    (1815, "The image has no resource in this language."),
    (1816, "There is not enough quota for the command."),
    (1920, "The system cannot access the file."),
    (5006, "The resource is not available."),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_its_sentences_are_plain() {
        assert!(SENTENCES.windows(2).all(|pair| pair[0].0 < pair[1].0));
        for code in 0..12_000 {
            if let Some(sentence) = of(code) {
                assert!(sentence.ends_with('.') && !sentence.contains('%'), "{code}: {sentence}");
            }
        }
    }

    #[test]
    fn every_code_a_socket_program_sees_has_a_text() {
        for code in [0, 2, 5, 6, 8, 64, 87, 121, 122, 234, 258, 317, 735, 1168, 1225, 10004, 10054, 11001] {
            assert!(of(code).is_some(), "{code}");
        }
        for code in (995..=998).chain(1231..=1236).chain(10035..=10071).chain(10091..=10093) {
            assert!(of(code).is_some(), "{code}");
        }
        assert_eq!(of(0x8007_0005), of(5));
        assert_eq!(of(0x8007_2746), of(10054));
        assert_eq!((of(12_345_678), of(u32::MAX)), (None, None));
    }
}
