//! Chains: how the providers of a catalogue entry are started, and by which of them a socket was made.

use std::cell::Cell;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, OnceLock, PoisonError, RwLock};

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
    /// How often the base provider was started with it.
    base_starts: u32,
    /// Its entry is gone: who leaves it last has it cleaned up.
    gone: AtomicBool,
    pub(super) functions: Functions,
}

/// The addresses of functions that a provider has for its sockets, once somebody has asked for them.
#[derive(Default)]
pub(super) struct Functions {
    pub(super) accept_ex: OnceLock<usize>,
    pub(super) send_msg: OnceLock<usize>,
}

impl Provider {
    /// Whether it is a chain over everything that is not one any more. Who was quick has started the new ones by now.
    fn is_gone(&self) -> bool {
        self.is_wrap && !catalog::is_wrap(self.entry)
    }
}

/// The base provider, for sockets that no chain lies over.
static BASE: LazyLock<Arc<Provider>> = LazyLock::new(|| {
    let tables = base::tables();
    let (gone, functions) = (AtomicBool::new(false), Functions::default());
    Arc::new(Provider {
        entry: 0,
        tables,
        is_wrap: false,
        may_end_early: false,
        base_starts: 0,
        gone,
        functions,
    })
});

/// What was started.
#[derive(Default)]
struct Started {
    by_entry: HashMap<u32, Arc<Provider>>,
    /// Of entries that are gone; they are cleaned up with the others.
    retired: Vec<Arc<Provider>>,
    /// Entries that could not be started: they are not tried again before the catalogue changes.
    failed: HashMap<u32, WsaError>,
    /// How often a final WSACleanup has taken everything.
    era: u32,
}

static STARTED: LazyLock<Mutex<Started>> = LazyLock::new(Mutex::default);

/// Who starts a provider now: one does at a time.
static STARTING: Mutex<()> = Mutex::new(());

thread_local! {
    /// This thread is starting a provider.
    static IS_STARTER: Cell<bool> = const { Cell::new(false) };
}

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
    or_base(|| match protocol {
        Some(protocol) => catalog::wrap_over(protocol),
        None => catalog::any_wrap(),
    })
}

/// The provider of calls that are about no socket.
pub(super) fn provider_of_none() -> Arc<Provider> {
    or_base(catalog::any_wrap)
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
    // A chain over everything that has changed meanwhile is not noted: the socket goes by what there is now.
    let is_current =
        || lock(&STARTED).by_entry.get(&provider.entry).is_some_and(|known| Arc::ptr_eq(known, provider));
    if provider.entry == 0 || (provider.is_wrap && !is_current()) {
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

/// Whether there is anything that calls have to go by procedure tables for: sockets of chains, or providers that
/// have to be cleaned up.
pub(super) fn is_in_use() -> bool {
    let started = lock(&STARTED);
    let any = !started.by_entry.is_empty() || !started.retired.is_empty();
    drop(started);
    any || !SOCKETS.read().unwrap_or_else(PoisonError::into_inner).is_empty()
}

/// The layers over everything have changed: their sockets go by those that there are now.
pub(super) fn forget_wraps() {
    let mut started = lock(&STARTED);
    let all = std::mem::take(&mut started.by_entry);
    let (gone, kept): (HashMap<_, _>, _) = all.into_iter().partition(|(_, provider)| provider.is_gone());
    started.by_entry = kept;
    let gone: Vec<_> = gone.into_values().collect();
    gone.iter().for_each(|provider| provider.gone.store(true, Ordering::SeqCst));
    started.retired.extend(gone);
    started.failed.clear();
    drop(started);
    let mut sockets = SOCKETS.write().unwrap_or_else(PoisonError::into_inner);
    sockets.retain(|_, (provider, _)| !provider.is_gone());
    drop(sockets);
    end_idle();
}

/// Entries have come or gone: what could not be started may be there now.
pub(super) fn try_again() {
    lock(&STARTED).failed.clear();
}

/// Cleans up those of the chains that are gone which no call is inside of any more.
pub(super) fn end_idle() {
    let idle = |provider: &Arc<Provider>| provider.may_end_early && Arc::strong_count(provider) == 1;
    let mut started = lock(&STARTED);
    let (ended, kept) = started.retired.drain(..).partition(idle);
    started.retired = kept;
    drop(started);
    clean_up(ended);
}

/// Works while no provider is being started: what is taken away is not met by half.
pub(super) fn while_nothing_starts<T>(work: impl FnOnce() -> T) -> T {
    // Who starts one and has it take a layer away is not in its own way.
    let _starting = (!IS_STARTER.get()).then(|| lock(&STARTING));
    work()
}

/// The provider of the entry that is found. Where the catalogue changes meanwhile, the entry is looked for again.
pub(super) fn load_current(
    find: impl Fn() -> Result<Option<Item>, WsaError>,
) -> Result<Option<(Item, Arc<Provider>)>, WsaError> {
    loop {
        let Some(item) = find()? else { return Ok(None) };
        match load(&item) {
            Err(_) if !catalog::has(item.info.record.catalog_entry) => {}
            loaded => return loaded.map(|provider| Some((item, provider))),
        }
    }
}

/// As [`load_current`], and the base provider where there is nothing else.
fn or_base(find: impl Fn() -> Option<Item>) -> Arc<Provider> {
    let loaded = load_current(|| Ok(find())).ok().flatten();
    loaded.map_or_else(base_provider, |(_, provider)| provider)
}

/// The provider of an entry; it is started at the first use.
fn load(item: &Item) -> Result<Arc<Provider>, WsaError> {
    let entry = item.info.record.catalog_entry;
    if let Some(known) = known(entry) {
        return known;
    }
    if IS_STARTER.get() {
        // A provider that makes sockets before it is ready.
        return Err(WsaError::WSAEPROVIDERFAILEDINIT);
    }
    let starting = lock(&STARTING);
    if let Some(known) = known(entry) {
        return known;
    }
    if item.is_wrap && !catalog::is_wrap(entry) {
        // The layers have changed meanwhile: the caller looks for what there is now. So nothing is started twice.
        return Err(WsaError::WSAEPROVIDERFAILEDINIT);
    }
    let era = lock(&STARTED).era;
    let starter = Starter::begin();
    let before = startup::provider_starts_here();
    let tables = start(&item.info, 0);
    let base_starts = startup::provider_starts_here().wrapping_sub(before);
    drop(starter);
    let tables = tables.inspect_err(|error| {
        startup::stop_providers(base_starts);
        if catalog::has(entry) {
            lock(&STARTED).failed.insert(entry, *error);
        }
    })?;
    startup::add_chain_starts(base_starts);
    let (is_wrap, may_end_early, gone) = (item.is_wrap, item.is_all_rust, AtomicBool::new(false));
    let functions = Functions::default();
    let provider = Arc::new(Provider { entry, tables, is_wrap, may_end_early, base_starts, gone, functions });
    let mut started = lock(&STARTED);
    if started.era != era {
        // The last WSACleanup has been here meanwhile.
        drop(started);
        drop(starting);
        clean_up(vec![provider]);
        return Err(WsaError::WSANOTINITIALISED);
    }
    if provider.is_gone() {
        // This call goes down the chain that it began with.
        provider.gone.store(true, Ordering::SeqCst);
        started.retired.push(Arc::clone(&provider));
    } else {
        started.by_entry.insert(entry, Arc::clone(&provider));
    }
    Ok(provider)
}

fn known(entry: u32) -> Option<Result<Arc<Provider>, WsaError>> {
    let started = lock(&STARTED);
    let provider = started.by_entry.get(&entry).map(|provider| Ok(Arc::clone(provider)));
    provider.or_else(|| started.failed.get(&entry).map(|error| Err(*error)))
}

/// This thread starts a provider, until it is dropped.
struct Starter;

impl Starter {
    fn begin() -> Self {
        IS_STARTER.set(true);
        Self
    }
}

impl Drop for Starter {
    fn drop(&mut self) {
        IS_STARTER.set(false);
    }
}

/// Starts what stands at this place of a chain, and with it all that is below.
pub(super) fn start(info: &Info, place: usize) -> Result<Tables, WsaError> {
    let chain = &info.record.chain;
    let length = usize::try_from(chain.ChainLen).unwrap_or(0);
    let is_last = place + 1 >= length;
    let id = *chain.ChainEntries.get(place).ok_or(WsaError::WSAEPROVIDERFAILEDINIT)?;
    if catalog::base_of(id).is_some() {
        startup::start_provider();
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

/// A call has left the provider. The last one to leave a chain that is gone has it cleaned up, and calls go straight
/// again if it was the last thing that they had to go by tables for.
pub(super) fn left(provider: &mut Arc<Provider>) {
    if provider.gone.load(Ordering::SeqCst) {
        *provider = base_provider();
        end_idle();
        catalog::settle_mode();
    }
}

/// Cleans providers up, from the top of each chain down. Called without any lock.
pub(super) fn clean_up(providers: Vec<Arc<Provider>>) {
    for provider in providers {
        let before = startup::provider_stops_here();
        super::doors::clean_up(&provider);
        let stopped = startup::provider_stops_here().wrapping_sub(before);
        // What a layer did not pass on.
        startup::stop_providers(provider.base_starts.saturating_sub(stopped));
        startup::take_chain_starts(provider.base_starts);
    }
}

/// Everything that was started, for the final WSACleanup: nobody is led to it any more.
pub(super) fn take() -> Vec<Arc<Provider>> {
    let mut started = lock(&STARTED);
    let era = started.era.wrapping_add(1);
    let all = std::mem::replace(&mut *started, Started { era, ..Started::default() });
    drop(started);
    SOCKETS.write().unwrap_or_else(PoisonError::into_inner).clear();
    all.by_entry.into_values().chain(all.retired).collect()
}
