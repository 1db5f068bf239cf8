//! The catalogue beyond the base provider's own protocols: what is installed in this process, and the chains of
//! the layers that lie over everything.
//!
//! It is the process's own: there is no registry, and another process does not see it.

use std::sync::{PoisonError, RwLock, RwLockReadGuard};

use super::{chain, layer};
use crate::error::WsaError;
use crate::ffi::provider::protocol_info::Info;
use crate::socket::catalog::{self as base, Provider};
use crate::socket::startup;
use crate::windows::consts::*;
use crate::windows::foundation::GUID;

/// An entry, and where its provider is.
#[derive(Clone)]
pub(in crate::ffi) struct Item {
    pub(super) info: Info,
    pub(super) path: String,
    /// It is one of the chains over everything.
    pub(super) is_wrap: bool,
    /// And all layers in it are written in Rust.
    pub(super) is_all_rust: bool,
}

impl Item {
    fn id(&self) -> u32 {
        self.info.record.catalog_entry
    }
}

struct Catalog {
    /// What WSCInstallProvider has put here.
    installed: Vec<Item>,
    /// In which order entries are looked through: those of the base provider, and those that are installed.
    order: Vec<u32>,
    /// The layers over everything, from the top down: an entry without a chain for each.
    wrappers: Vec<Item>,
    /// The chains of those layers, one over each of the base provider's protocols.
    wraps: Vec<Item>,
    /// Calls go by procedure tables even where nothing lies over the base provider.
    by_table: bool,
    next: u32,
}

/// Where numbers of entries begin that are not the base provider's.
const FIRST: u32 = 1101;

/// Where the base provider is, as every program expects it.
pub(super) const BASE_PATH: &str = "%SystemRoot%\\system32\\mswsock.dll";

static CATALOG: RwLock<Catalog> = RwLock::new(Catalog {
    installed: Vec::new(),
    order: Vec::new(),
    wrappers: Vec::new(),
    wraps: Vec::new(),
    by_table: false,
    next: FIRST,
});

fn read() -> RwLockReadGuard<'static, Catalog> {
    CATALOG.read().unwrap_or_else(PoisonError::into_inner)
}

/// Changes the catalogue, and has calls go by procedure tables from then on if there is anything in it.
fn change<T>(work: impl FnOnce(&mut Catalog) -> T) -> T {
    let value = {
        let mut catalog = CATALOG.write().unwrap_or_else(PoisonError::into_inner);
        catalog.begin();
        work(&mut catalog)
    };
    chain::try_again();
    settle_mode();
    value
}

/// Has calls go by procedure tables from now on if that is needed, or straight if it is not.
pub(super) fn settle_mode() {
    // Sockets that were made by way of an entry keep their provider when the entry is gone.
    startup::settle_layered(|| {
        let catalog = read();
        let any = catalog.by_table || !catalog.installed.is_empty() || !catalog.wrappers.is_empty();
        drop(catalog);
        any || chain::is_in_use()
    });
}

impl Catalog {
    fn begin(&mut self) {
        if self.order.is_empty() {
            self.order = base::all().map(Provider::catalog_number).collect();
        }
    }

    fn number(&mut self) -> u32 {
        self.next += 1;
        self.next - 1
    }

    fn items(&self) -> impl Iterator<Item = &Item> {
        self.wraps.iter().chain(&self.wrappers).chain(&self.installed)
    }

    /// Makes the chains anew after the layers have changed. They have new numbers: who was started for an old one
    /// is not the one to be asked.
    fn chain_up(&mut self) {
        self.wraps.clear();
        if self.wrappers.is_empty() {
            return;
        }
        let is_all_rust = self.wrappers.iter().all(|item| item.path.starts_with(layer::PATH));
        for provider in base::all() {
            let mut info = Info::of(provider, 0);
            let record = &mut info.record;
            record.catalog_entry = self.number();
            record.provider_id = id_of(record.catalog_entry);
            // A program's list of protocols stays as it is without layers.
            record.provider_flags |= PFL_HIDDEN;
            record.chain.ChainLen = self.wrappers.len() as i32 + 1;
            let entries = self.wrappers.iter().map(Item::id).chain([provider.catalog_number()]);
            for (place, entry) in record.chain.ChainEntries.iter_mut().zip(entries) {
                *place = entry;
            }
            let path = self.wrappers[0].path.clone();
            self.wraps.push(Item { info, path, is_wrap: true, is_all_rust });
        }
    }
}

/// The identifier of a provider that this library makes up, from its entry's number.
fn id_of(number: u32) -> GUID {
    GUID::from_u128(0x6f70_656e_7773_4232_8000_0000_0000_0000 | u128::from(number))
}

/// The base provider's protocol with this number.
pub(super) fn base_of(id: u32) -> Option<&'static Provider> {
    base::all().find(|provider| provider.catalog_number() == id)
}

/// The entry with this number, if it is none of the base provider's.
pub(super) fn find(id: u32) -> Option<Item> {
    read().items().find(|item| item.id() == id).cloned()
}

/// Whether there is an entry with this number.
pub(super) fn has(id: u32) -> bool {
    base_of(id).is_some() || read().items().any(|item| item.id() == id)
}

/// Where the provider with this identifier is.
pub(super) fn path_of(id: &GUID) -> Option<String> {
    if base::all().any(|provider| GUID::from_u128(provider.id) == *id) {
        return Some(BASE_PATH.to_owned());
    }
    read().items().find(|item| item.info.record.provider_id == *id).map(|item| item.path.clone())
}

/// Whether the entry serves a request for these three.
fn serves(item: &Item, (family, socket_type, protocol): (i32, i32, i32)) -> bool {
    let record = &item.info.record;
    let span = record.protocol..=record.protocol.saturating_add(record.protocol_span);
    let zero = protocol == 0 && record.provider_flags & PFL_MATCHES_PROTOCOL_ZERO != 0;
    record.chain.ChainLen > 0
        && record.family == family
        && (socket_type == 0 || record.socket_type == socket_type)
        && (zero
            || span.contains(&protocol)
            || (protocol == 0 && socket_type != 0 && record.socket_type == socket_type))
}

/// The entry that a request gets which the base provider would serve with `provider`, if it is another one:
/// what is installed before it, or the layers over it.
pub(super) fn entry_over(provider: &Provider, wanted: (i32, i32, i32)) -> Option<Item> {
    let catalog = read();
    let own = provider.catalog_number();
    let before = catalog.order.iter().take_while(|&&id| id != own);
    let installed = |id: &u32| catalog.installed.iter().find(|item| item.id() == *id);
    let first = before.filter_map(installed).find(|item| serves(item, wanted));
    first.cloned().or_else(|| wrap_in(&catalog, own))
}

/// The entry that a request gets which the base provider has nothing for.
pub(super) fn entry_besides(wanted: (i32, i32, i32)) -> Option<Item> {
    let catalog = read();
    let installed = |id: &u32| catalog.installed.iter().find(|item| item.id() == *id);
    catalog.order.iter().filter_map(installed).find(|item| serves(item, wanted)).cloned()
}

fn wrap_in(catalog: &Catalog, base: u32) -> Option<Item> {
    let ends_in = |item: &&Item| {
        let chain = &item.info.record.chain;
        chain.ChainEntries[chain.ChainLen as usize - 1] == base
    };
    catalog.wraps.iter().find(ends_in).cloned()
}

/// The chain of the layers that lie over one of the base provider's protocols.
pub(super) fn wrap_over(provider: &Provider) -> Option<Item> {
    wrap_in(&read(), provider.catalog_number())
}

/// The chain of the layers that lie over everything, for calls that are about no protocol.
pub(super) fn any_wrap() -> Option<Item> {
    read().wraps.first().cloned()
}

/// Puts a layer on top of everything.
pub(super) fn wrap(name: &str, path: &str) -> Result<(), WsaError> {
    change(|catalog| {
        if catalog.wrappers.iter().any(|item| item.path == path) {
            // A layer finds its place in a chain by its own path.
            return Err(WsaError::WSAEINVAL);
        }
        if catalog.wrappers.len() + 1 >= MAX_PROTOCOL_CHAIN as usize {
            return Err(WsaError::WSAENOBUFS);
        }
        let mut info = Info::of(base::by_index(0), 0);
        info.name = name.to_owned();
        info.record.catalog_entry = catalog.number();
        info.record.provider_id = id_of(info.record.catalog_entry);
        info.record.provider_flags |= PFL_HIDDEN;
        info.record.chain = Default::default();
        catalog.wrappers.insert(0, Item { info, path: path.to_owned(), is_wrap: false, is_all_rust: false });
        catalog.chain_up();
        Ok(())
    })?;
    chain::forget_wraps();
    settle_mode();
    Ok(())
}

/// Has calls go by procedure tables from now on, whatever is installed.
pub(super) fn always_by_table() {
    change(|catalog| catalog.by_table = true);
}

/// Takes a layer away that lies on everything.
pub(super) fn unwrap(path: &str) {
    change(|catalog| {
        catalog.wrappers.retain(|item| item.path != path);
        catalog.chain_up();
    });
    chain::forget_wraps();
    settle_mode();
}

/// Whether the entry is one of the chains over everything.
pub(super) fn is_wrap(id: u32) -> bool {
    read().wraps.iter().any(|item| item.id() == id)
}

/// Whether the entry belongs to the layers over everything, which have no place in the order.
pub(super) fn lies_over_everything(id: u32) -> bool {
    let catalog = read();
    catalog.wraps.iter().chain(&catalog.wrappers).any(|item| item.id() == id)
}

/// WSCInstallProvider: puts entries behind those that are there, and gives their numbers.
pub(super) fn install(id: GUID, path: &str, infos: Vec<Info>) -> Result<Vec<u32>, WsaError> {
    change(|catalog| {
        let known = catalog.items().any(|item| item.info.record.provider_id == id);
        if known || base::all().any(|provider| GUID::from_u128(provider.id) == id) {
            return Err(WsaError::WSANO_RECOVERY);
        }
        let mut numbers = Vec::new();
        for mut info in infos {
            let number = catalog.number();
            info.record.catalog_entry = number;
            info.record.provider_id = id;
            if info.record.chain.ChainLen == 1 {
                info.record.chain.ChainEntries[0] = number;
            }
            catalog.installed.push(Item { info, path: path.to_owned(), is_wrap: false, is_all_rust: false });
            catalog.order.push(number);
            numbers.push(number);
        }
        Ok(numbers)
    })
}

/// WSCDeinstallProvider: takes a provider's entries away. False where there are none.
pub(super) fn deinstall(id: &GUID) -> bool {
    change(|catalog| {
        let (gone, kept) = std::mem::take(&mut catalog.installed)
            .into_iter()
            .partition::<Vec<_>, _>(|item| item.info.record.provider_id == *id);
        catalog.installed = kept;
        catalog.order.retain(|number| gone.iter().all(|item| item.id() != *number));
        !gone.is_empty()
    })
}

/// WSCWriteProviderOrder: all that is listed, in another order. False where something is missing or not there.
pub(super) fn reorder(numbers: &[u32]) -> bool {
    change(|catalog| {
        let mut sorted = [numbers.to_vec(), catalog.order.clone()];
        sorted.iter_mut().for_each(|list| list.sort_unstable());
        let same = sorted[0] == sorted[1];
        if same {
            catalog.order = numbers.to_vec();
        }
        same
    })
}

/// All entries, in order: for programs those that are no parts of others and not hidden, else all.
pub(in crate::ffi) fn list(all: bool) -> Vec<Info> {
    let catalog = read();
    let in_order = |id: u32| match base_of(id) {
        Some(provider) => Some(Info::of(provider, 0)),
        None => catalog.installed.iter().find(|item| item.id() == id).map(|item| item.info.clone()),
    };
    let order: Vec<u32> = match catalog.order.is_empty() {
        true => base::all().map(Provider::catalog_number).collect(),
        false => catalog.order.clone(),
    };
    let own = catalog.wraps.iter().chain(&catalog.wrappers).map(|item| item.info.clone());
    let infos = own.chain(order.into_iter().filter_map(in_order));
    let is_listed =
        |info: &Info| all || (info.record.chain.ChainLen > 0 && info.record.provider_flags & PFL_HIDDEN == 0);
    infos.filter(is_listed).collect()
}
