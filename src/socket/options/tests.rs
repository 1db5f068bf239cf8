//! The rules of lengths and the table's own order.

use super::table::{ROWS, Shape};
use super::*;

#[test]
fn rows_are_sorted_and_unique() {
    for pair in ROWS.windows(2) {
        let key = |row: &Row| (row.level, row.name);
        assert!(key(&pair[0]) < key(&pair[1]), "{:?} before {:?}", key(&pair[0]), key(&pair[1]));
    }
}

#[test]
fn every_row_is_for_some_kind_and_not_for_the_code_elsewhere_alone() {
    for row in ROWS {
        assert_ne!(row.kinds, 0, "{} {:#x}", row.level, row.name);
        assert!(table::has_level(row.kinds & row.kinds.wrapping_neg(), row.level));
    }
}

const LENGTHS: [i32; 6] = [-1, 0, 1, 2, 4, 8];
const FAULT: Result<usize, i32> = Err(10014);
const NOBUFS: Result<usize, i32> = Err(10055);

fn sets(shape: Shape) -> Vec<Result<usize, i32>> {
    LENGTHS.iter().map(|&len| shape.length_to_set(len).map_err(WsaError::code)).collect()
}

/// F266, F268–F271.
#[test]
fn lengths_of_a_set() {
    let number = [Ok(4), FAULT, FAULT, FAULT, Ok(4), Ok(4)];
    assert_eq!(sets(Shape::Integer), number);
    assert_eq!(sets(Shape::Size), number);
    assert_eq!(sets(Shape::Linger), number);
    assert_eq!(sets(Shape::Flag), [Ok(4), Ok(0), Ok(1), Ok(2), Ok(4), Ok(4)]);
    assert_eq!(sets(Shape::ByteFlag), [NOBUFS, FAULT, Ok(1), Ok(1), Ok(1), Ok(1)]);
    assert_eq!(sets(Shape::ProtocolFlag), [NOBUFS, FAULT, FAULT, FAULT, Ok(4), Ok(4)]);
    assert_eq!(sets(Shape::ProtocolInteger), [NOBUFS, FAULT, FAULT, FAULT, Ok(4), Ok(4)]);
    assert_eq!(sets(Shape::Small), [NOBUFS, FAULT, Ok(1), Ok(1), Ok(4), Ok(4)]);
    assert_eq!(sets(Shape::Struct(8)), [NOBUFS, FAULT, FAULT, FAULT, FAULT, Ok(8)]);
}

type Read = (i32, usize, Option<i32>);

/// Code, bytes written, new length.
fn gets(shape: Shape) -> Vec<Read> {
    let read = |len| shape.refuses_get(len).unwrap_or_else(|| shape.answer(1, len));
    let told = |answer: Answer| {
        let code = answer.result.err().map_or(0, WsaError::code);
        (code, answer.bytes().len(), answer.length)
    };
    LENGTHS.iter().map(|&len| told(read(len))).collect()
}

/// F265–F271.
#[test]
fn lengths_of_a_get() {
    let none = (10014, 0, None);
    let four = (0, 4, Some(4));
    assert_eq!(gets(Shape::Integer), [none, none, none, none, four, four]);
    assert_eq!(gets(Shape::Size), [none, none, (10014, 1, None), (10014, 2, None), four, four]);
    assert_eq!(gets(Shape::Linger), gets(Shape::Size));
    assert_eq!(gets(Shape::Flag), [none, none, (0, 1, Some(1)), (0, 2, Some(1)), four, four]);
    let byte = |n| (0, n, Some(1));
    assert_eq!(gets(Shape::ByteFlag), [none, none, byte(1), byte(2), byte(4), byte(4)]);
    let emptied = (10014, 0, Some(0));
    assert_eq!(gets(Shape::ProtocolFlag), [none, none, emptied, emptied, four, four]);
    assert_eq!(gets(Shape::Small), [none, none, (0, 1, Some(1)), (0, 1, Some(1)), four, four]);
}

/// F268, F269.
#[test]
fn only_bytes_that_count_make_a_flag() {
    let bytes = 0x100u32.to_le_bytes();
    assert_eq!(Shape::Flag.value(&bytes), 1);
    assert_eq!(Shape::ByteFlag.value(&bytes[..1]), 0);
    assert_eq!(Shape::Linger.value(&bytes), 0x100);
    assert_eq!(Shape::Flag.value(&[]), 0);
}

/// F010, F266, F270.
#[test]
fn the_open_type_belongs_to_the_thread() {
    assert_eq!(length_of_open_type(-1), Ok(4));
    assert_eq!(length_of_open_type(2), Err(WsaError::WSAEFAULT));
    set_open_type(&0x20u32.to_le_bytes());
    assert_eq!((get_open_type(-1).bytes(), get_open_type(-1).length), (&0x20u32.to_le_bytes()[..], Some(4)));
    assert_eq!(get_open_type(0).result, Err(WsaError::WSAEFAULT));
    let other = std::thread::spawn(open_type).join().unwrap_or(-1);
    assert_eq!((open_type(), other), (0x20, 0));
    set_open_type(&[0; 4]);
}
