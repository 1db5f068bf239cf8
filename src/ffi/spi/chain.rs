//! Chains: how the providers of a catalogue entry are started, and by which of them a socket was made.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError, RwLock};
use std::thread::ThreadId;

use super::catalog::{self, Item};
use super::tables::Tables;
use super::{base, layer, upcalls};
use crate::error::WsaError;
use crate::ffi::provider::protocol_info::Info;
use crate::socket::{startup, table};
use crate::windows::types::SOCKET;

/// The provider on top of a chain, started.
pub(in crate::ffi) struct Provider {
    /// The entry whose chain it is; 0 for the base provider without any.
    pub(super) entry: u32,
    pub(super) tables: Tables,
    /// It is one of the chains over everything.
    is_wrap: bool,
    /// All of its layers are written in Rust: they keep nothing that a clean-up would take from who comes later.
    may_end_early: bool,
}

/// The base provider, for sockets that no chain lies over.
static BASE: LazyLock<Arc<Provider>> = LazyLock::new(|| {
    Arc::new(Provider { entry: 0, tables: base::tables(), is_wrap: false, may_end_early: false })
});

/// What was started.
#[derive(Default)]
struct Started {
    by_entry: HashMap<u32, Arc<Provider>>,
    /// Of entries that are gone; they are cleaned up with the others.
    retired: Vec<Arc<Provider>>,
}

static STARTED: LazyLock<Mutex<Started>> = LazyLock::new(Mutex::default);

/// Who starts a provider now: one does at a time.
static STARTING: Mutex<()> = Mutex::new(());
static STARTER: Mutex<Option<ThreadId>> = Mutex::new(None);

/// Which provider each socket was made with, and the turn in which it was noted.
static SOCKETS: LazyLock<RwLock<Sockets>> = LazyLock::new(RwLock::default);

type Sockets = HashMap<SOCKET, (Arc<Provider>, u64)>;

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The provider that calls on this socket go to.
///
/// A socket that was not made by way of a chain is one that was there before the layers, or the program's own
/// descriptor, or none: layers that lie over everything see these calls, too.
pub(super) fn provider_of(s: SOCKET) -> Arc<Provider> {
    if let Some((provider, _)) = SOCKETS.read().unwrap_or_else(PoisonError::into_inner).get(&s) {
        return Arc::clone(provider);
    }
    let protocol = table::enter(s).ok().map(|socket| socket.facts().provider());
    let item = match protocol {
        Some(protocol) => catalog::wrap_over(protocol),
        None => catalog::any_wrap(),
    };
    item.and_then(|item| load(&item).ok()).unwrap_or_else(|| Arc::clone(&BASE))
}

/// The provider of calls that are about no socket.
pub(super) fn provider_of_none() -> Arc<Provider> {
    catalog::any_wrap().and_then(|item| load(&item).ok()).unwrap_or_else(|| Arc::clone(&BASE))
}

/// The base provider.
pub(super) fn base_provider() -> Arc<Provider> {
    Arc::clone(&BASE)
}

/// The entry that the socket was made with.
pub(super) fn entry_of(s: SOCKET) -> Option<u32> {
    SOCKETS.read().unwrap_or_else(PoisonError::into_inner).get(&s).map(|(provider, _)| provider.entry)
}

/// Notes with which provider a socket was made.
pub(super) fn own(s: SOCKET, provider: &Arc<Provider>) {
    static TURN: AtomicU64 = AtomicU64::new(0);
    let turn = TURN.fetch_add(1, Ordering::Relaxed);
    let mut sockets = SOCKETS.write().unwrap_or_else(PoisonError::into_inner);
    if provider.entry == 0 {
        sockets.remove(&s);
    } else {
        sockets.insert(s, (Arc::clone(provider), turn));
    }
}

/// In which turn the socket was noted, for who closes it.
pub(super) fn turn_of(s: SOCKET) -> Option<u64> {
    SOCKETS.read().unwrap_or_else(PoisonError::into_inner).get(&s).map(|(_, turn)| *turn)
}

/// The socket that was noted in this turn is closed. Its number may be another socket's by now, which stays.
pub(super) fn disown(s: SOCKET, turn: Option<u64>) {
    let mut sockets = SOCKETS.write().unwrap_or_else(PoisonError::into_inner);
    if sockets.get(&s).map(|(_, turn)| *turn) == turn {
        sockets.remove(&s);
    }
}

/// Whether any socket was made by way of a chain.
pub(super) fn has_sockets() -> bool {
    !SOCKETS.read().unwrap_or_else(PoisonError::into_inner).is_empty()
}

/// The layers over everything have changed: their sockets go by those that there are now.
pub(super) fn forget_wraps() {
    let mut started = lock(&STARTED);
    let (gone, kept) = std::mem::take(&mut started.by_entry).into_iter().partition(|(_, p)| p.is_wrap);
    started.by_entry = kept;
    let gone: HashMap<u32, Arc<Provider>> = gone;
    started.retired.extend(gone.into_values());
    drop(started);
    let mut sockets = SOCKETS.write().unwrap_or_else(PoisonError::into_inner);
    sockets.retain(|_, (provider, _)| !provider.is_wrap);
    drop(sockets);
    // Those that no call is inside of are not needed any more.
    let idle = |provider: &Arc<Provider>| provider.may_end_early && Arc::strong_count(provider) == 1;
    let mut started = lock(&STARTED);
    let (ended, kept) = started.retired.drain(..).partition(idle);
    started.retired = kept;
    drop(started);
    clean_up(ended);
}

/// The provider of an entry; it is started at the first use.
pub(super) fn load(item: &Item) -> Result<Arc<Provider>, WsaError> {
    let entry = item.info.record.catalog_entry;
    if let Some(provider) = lock(&STARTED).by_entry.get(&entry) {
        return Ok(Arc::clone(provider));
    }
    let here = std::thread::current().id();
    if *lock(&STARTER) == Some(here) {
        // A provider that makes sockets before it is ready.
        return Err(WsaError::WSAEPROVIDERFAILEDINIT);
    }
    let _starting = lock(&STARTING);
    if let Some(provider) = lock(&STARTED).by_entry.get(&entry) {
        return Ok(Arc::clone(provider));
    }
    *lock(&STARTER) = Some(here);
    let tables = start(&item.info, 0);
    *lock(&STARTER) = None;
    let is_wrap = catalog::is_wrap(entry);
    let may_end_early = is_wrap && is_all_rust(&item.info);
    let provider = Arc::new(Provider { entry, tables: tables?, is_wrap, may_end_early });
    lock(&STARTED).by_entry.insert(entry, Arc::clone(&provider));
    Ok(provider)
}

/// Starts what stands at this place of a chain, and with it all that is below.
pub(super) fn start(info: &Info, place: usize) -> Result<Tables, WsaError> {
    let chain = &info.record.chain;
    let length = usize::try_from(chain.ChainLen).unwrap_or(0);
    let is_last = place + 1 >= length;
    let id = *chain.ChainEntries.get(place).ok_or(WsaError::WSAEPROVIDERFAILEDINIT)?;
    if catalog::base_of(id).is_some() {
        startup::start_provider();
        BASE_STARTS.fetch_add(1, Ordering::SeqCst);
        return Ok(base::tables());
    }
    // The layer on top is where the entry itself says; those below are where their own entries say.
    let path = match place {
        0 => catalog::find(info.record.catalog_entry).or_else(|| catalog::find(id)),
        _ => catalog::find(id),
    };
    let path = path.ok_or(WsaError::WSAEPROVIDERFAILEDINIT)?.path;
    if path.starts_with(layer::PATH) {
        return layer::start(&path, info, place);
    }
    let own;
    let told = match catalog::find(id) {
        // A provider at the bottom is told of its own protocol.
        Some(item) if is_last && place > 0 => {
            own = item.info;
            &own
        }
        _ => info,
    };
    upcalls::start_module(&path, told)
}

/// Where the provider with this path stands in the chain.
pub(super) fn place_of(info: &Info, path: &str) -> Option<usize> {
    let length = usize::try_from(info.record.chain.ChainLen).ok()?;
    let entries = info.record.chain.ChainEntries.get(..length)?;
    entries.iter().position(|&id| catalog::find(id).is_some_and(|item| item.path == path))
}

/// How often the base provider was started for chains, and not cleaned up.
static BASE_STARTS: AtomicU32 = AtomicU32::new(0);

/// Whether every layer of the chain is written in Rust.
fn is_all_rust(info: &Info) -> bool {
    let length = usize::try_from(info.record.chain.ChainLen).unwrap_or(0);
    let ids = info.record.chain.ChainEntries.iter().take(length.saturating_sub(1));
    ids.into_iter().all(|&id| catalog::find(id).is_some_and(|item| item.path.starts_with(layer::PATH)))
}

/// Cleans providers up, from the top of each chain down.
fn clean_up(providers: Vec<Arc<Provider>>) {
    for provider in providers {
        let before = startup::providers();
        super::doors::clean_up(&provider);
        let stopped = before.saturating_sub(startup::providers());
        let _ = BASE_STARTS
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |starts| Some(starts.saturating_sub(stopped)));
    }
}

/// The final WSACleanup: every provider that was started is cleaned up, from the top down.
pub(super) fn cleanup() {
    let started = std::mem::take(&mut *lock(&STARTED));
    clean_up(started.by_entry.into_values().chain(started.retired).collect());
    // What a layer did not pass on, or could not because it is gone.
    startup::stop_providers(BASE_STARTS.swap(0, Ordering::SeqCst));
    SOCKETS.write().unwrap_or_else(PoisonError::into_inner).clear();
}
