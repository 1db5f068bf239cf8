//! Which SOCKETs of this process stand for one object, as WSADuplicateSocket makes them.
//!
//! The lists have a lock of their own, under which nothing else is locked: facts of the object are set on
//! every SOCKET of it while other state is locked.

use std::sync::{Mutex, MutexGuard};

use super::facts;
use super::table::{self, Slot};
use crate::sys::Fd;

/// Each list has two members at least.
fn lists() -> MutexGuard<'static, Vec<Vec<Fd>>> {
    static LISTS: Mutex<Vec<Vec<Fd>>> = Mutex::new(Vec::new());
    LISTS.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// The SOCKETs that stand for the same object as this one, which comes first.
pub(crate) fn of(fd: Fd) -> Vec<Fd> {
    let mut all = vec![fd];
    if table::slot(fd).is_some_and(|slot| slot.facts().any(facts::SHARED)) {
        let lists = lists();
        let list = lists.iter().find(|list| list.contains(&fd));
        all.extend(list.into_iter().flatten().filter(|&&twin| twin != fd));
    }
    all
}

/// Does something with each of the others. None of them leaves meanwhile: its number may be another's then.
pub(crate) fn each_other(fd: Fd, work: impl Fn(&Slot)) {
    let lists = lists();
    let list = lists.iter().find(|list| list.contains(&fd));
    let others = list.into_iter().flatten().filter(|&&twin| twin != fd);
    others.filter_map(|&twin| table::slot(twin)).for_each(work);
}

/// Ties the duplicate to the original, if that still is what it was when the duplicate was made.
pub(crate) fn join(original: Fd, duplicate: Fd) {
    let mut lists = lists();
    let identity = table::slot(duplicate).map_or(0, Slot::identity);
    let is_original = |slot: &Slot| slot.facts().usable() && slot.identity() == identity;
    if !table::slot(original).is_some_and(is_original) {
        return;
    }
    match lists.iter_mut().find(|list| list.contains(&original)) {
        Some(list) => list.push(duplicate),
        None => lists.push(vec![original, duplicate]),
    }
    for slot in [original, duplicate].into_iter().filter_map(table::slot) {
        slot.set(facts::SHARED);
    }
}

/// The SOCKET no longer stands for its object. Gives those that still do.
pub(crate) fn leave(fd: Fd) -> Vec<Fd> {
    let mut lists = lists();
    let Some(place) = lists.iter().position(|list| list.contains(&fd)) else { return Vec::new() };
    lists[place].retain(|&twin| twin != fd);
    if lists[place].len() > 1 {
        return lists[place].clone();
    }
    let last = lists.swap_remove(place);
    for slot in last.iter().filter_map(|&twin| table::slot(twin)) {
        slot.clear(facts::SHARED);
    }
    last
}
