//! Layers written in Rust: each sits in a slot, and a slot has a procedure table like any other provider.
#![allow(unsafe_code)] // Reads and writes what a caller's ioctl points to.

use std::any::Any;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use super::calls::{EXTENSIONS, Extension, Ioctl, Layer, Next, extension_of_slot, table_of_slot};
use super::tables::{Tables, Width};
use super::trace::Trace;
use super::{catalog, chain, scope, upcalls};
use crate::error::WsaError;
use crate::ffi::border;
use crate::ffi::memory::{get, put};
use crate::ffi::provider::protocol_info::{Info, NameUnit};
use crate::windows::consts::*;
use crate::windows::foundation::GUID;
use crate::windows::spi::{WSPDATA, WSPPROC_TABLE, WSPUPCALLTABLE};
use crate::windows::types::{SOCKET, WSAPROTOCOL_INFOW};

/// How many layers written in Rust there can be at a time: six in chains, and others that are gone and still have
/// calls inside.
const SLOTS: usize = 16;

/// What the path of a layer begins with that is written in Rust; its name follows.
pub(super) const PATH: &str = "openws2:";

/// A layer, and the providers below it.
pub(crate) struct Slot {
    name: String,
    /// None once it was taken away: calls that still come by pass through.
    layer: RwLock<Option<Arc<dyn Layer>>>,
    /// By the catalogue entry whose chain it is.
    below: RwLock<Vec<(u32, Arc<Tables>)>>,
    /// The functions that the provider below has for programs that ask for their pointers.
    extensions: [AtomicUsize; EXTENSIONS],
}

static TABLE: RwLock<[Option<Arc<Slot>>; SLOTS]> = RwLock::new([const { None }; SLOTS]);

/// The layer in a slot.
pub(super) fn of_slot(number: usize) -> Option<Arc<Slot>> {
    TABLE.read().unwrap_or_else(PoisonError::into_inner).get(number)?.clone()
}

/// The slot whose layer has this name.
fn slot_named(name: &str) -> Option<(usize, Arc<Slot>)> {
    let table = TABLE.read().unwrap_or_else(PoisonError::into_inner);
    let number = table.iter().position(|slot| slot.as_ref().is_some_and(|slot| slot.is_named(name)))?;
    Some((number, Arc::clone(table[number].as_ref()?)))
}

impl Slot {
    /// The layer itself, and one that only passes on in its place when it is gone.
    pub(super) fn layer(&self) -> Arc<dyn Layer> {
        struct Gone;
        // SAFETY: passes each call on as it came.
        unsafe impl Layer for Gone {}
        let layer = self.layer.read().unwrap_or_else(PoisonError::into_inner).clone();
        layer.unwrap_or_else(|| Arc::new(Gone))
    }

    /// The provider below: in the chain that the call goes down, else in that of the socket, else in the newest.
    pub(super) fn next_of(&self, socket: Option<SOCKET>) -> Result<Arc<Tables>, WsaError> {
        let below = self.below.read().unwrap_or_else(PoisonError::into_inner);
        let of = |entry: u32| below.iter().find(|(of, _)| *of == entry);
        let found = scope::entry().and_then(of);
        let found = found.or_else(|| socket.and_then(chain::entry_of).and_then(of)).or(below.last());
        found.map(|(_, tables)| Arc::clone(tables)).ok_or(WsaError::WSAEPROVIDERFAILEDINIT)
    }

    /// The provider below was cleaned up, in the chain that the call went down.
    pub(super) fn forget_next(&self) {
        let entry = scope::entry();
        let mut below = self.below.write().unwrap_or_else(PoisonError::into_inner);
        below.retain(|(of, _)| Some(*of) != entry);
    }

    /// Whether its layer is there and has this name.
    fn is_named(&self, name: &str) -> bool {
        let there = self.layer.read().unwrap_or_else(PoisonError::into_inner).is_some();
        there && self.name.eq_ignore_ascii_case(name)
    }

    /// Whether nothing leads here any more.
    fn is_unused(&self) -> bool {
        let gone = self.layer.read().unwrap_or_else(PoisonError::into_inner).is_none();
        gone && self.below.read().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    pub(super) fn extension(&self, extension: Extension) -> usize {
        self.extensions[extension as usize].load(Ordering::SeqCst)
    }

    /// WSPIoctl: whoever asks for a function of the provider below gets the layer's.
    ///
    /// # Safety
    /// The call is the caller's.
    pub(super) unsafe fn ioctl_with_extensions(
        &self,
        number: usize,
        next: &Next<'_>,
        call: Ioctl,
    ) -> Result<i32, WsaError> {
        // SAFETY: the caller's promise.
        let value = unsafe { self.layer().ioctl(next, call) }?;
        if call.code == SIO_GET_EXTENSION_FUNCTION_POINTER && call.input_length as usize >= size_of::<GUID>()
        {
            // SAFETY: the caller's promise: the call succeeded, so that both were found to be good.
            let asked = unsafe { get(call.input.cast::<GUID>()) }?;
            if let Some(extension) = extension_named(&asked) {
                // SAFETY: as above.
                let address = unsafe { get(call.output.cast::<usize>()) }?;
                self.extensions[extension as usize].store(address, Ordering::SeqCst);
                // SAFETY: as above.
                unsafe { put(call.output.cast::<usize>(), extension_address(number, extension)) }?;
            }
        }
        Ok(value)
    }
}

fn extension_named(name: &GUID) -> Option<Extension> {
    let known = [
        (WSAID_WSARECVMSG, Extension::RecvMsg),
        (WSAID_WSASENDMSG, Extension::SendMsg),
        (WSAID_ACCEPTEX, Extension::AcceptEx),
        (WSAID_CONNECTEX, Extension::ConnectEx),
        (WSAID_DISCONNECTEX, Extension::DisconnectEx),
    ];
    known.into_iter().find(|(known, _)| known == name).map(|(_, extension)| extension)
}

fn extension_address(number: usize, extension: Extension) -> usize {
    macro_rules! addresses {
        ($($n:literal)*) => {
            match number {
                $($n => extension_of_slot::<$n>(extension),)*
                _ => unreachable!("there are {SLOTS} slots"),
            }
        };
    }
    addresses!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15)
}

/// The table of a slot for one width.
fn table(number: usize, width: Width) -> WSPPROC_TABLE {
    macro_rules! tables {
        ($($n:literal)*) => {
            match (number, width) {
                $(($n, Width::Two) => table_of_slot::<$n, false>(),)*
                $(($n, Width::Four) => table_of_slot::<$n, true>(),)*
                _ => unreachable!("there are {SLOTS} slots"),
            }
        };
    }
    tables!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15)
}

/// The address of the WSPStartup of a layer written in Rust, by its path.
pub(super) fn startup_address(path: &str, width: Width) -> Option<usize> {
    let (number, _) = slot_named(path.strip_prefix(PATH)?)?;
    macro_rules! startups {
        ($($n:literal)*) => {
            match (number, width) {
                $(($n, Width::Two) => startup::<$n, u16> as *const () as usize,)*
                $(($n, Width::Four) => startup::<$n, u32> as *const () as usize,)*
                _ => return None,
            }
        };
    }
    Some(startups!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15))
}

/// WSPStartup of the layer in slot `N`, for a layer above it that is written in C.
///
/// # Safety
/// The pointers are what WSPStartup takes.
unsafe extern "system" fn startup<const N: usize, U: NameUnit>(
    version: u16,
    data: *mut WSPDATA,
    info: *const WSAPROTOCOL_INFOW,
    _upcalls: WSPUPCALLTABLE,
    procedures: *mut WSPPROC_TABLE,
) -> i32 {
    border::quiet(WsaError::WSAEPROVIDERFAILEDINIT.code(), || {
        let started = || {
            let slot = of_slot(N).ok_or(WsaError::WSAEPROVIDERFAILEDINIT)?;
            // SAFETY: the caller's promise.
            unsafe { upcalls::describe::<U>(data.cast(), version, &slot.name) }?;
            // SAFETY: the caller's promise.
            let info = unsafe { upcalls::info_at::<U>(info.cast()) }?;
            let place = chain::place_of(&info, &format!("{PATH}{}", slot.name))
                .ok_or(WsaError::WSAEPROVIDERFAILEDINIT)?;
            let tables = chain::start(&info, place)?;
            // What is below may speak the other width only.
            let own = tables.exactly(Width::of_unit::<U>()).ok_or(WsaError::WSAEPROVIDERFAILEDINIT)?;
            // SAFETY: the caller's promise.
            unsafe { put(procedures, *own) }
        };
        started().map_or_else(|error: WsaError| error.code(), |()| 0)
    })
}

/// Starts what lies below the layer with this path, in the chain of a catalogue entry; gives the layer's tables.
pub(super) fn start(path: &str, info: &Info, place: usize) -> Result<Tables, WsaError> {
    let name = path.strip_prefix(PATH).unwrap_or(path);
    let (number, slot) = slot_named(name).ok_or(WsaError::WSAEPROVIDERFAILEDINIT)?;
    let below = chain::start(info, place + 1)?;
    let own = Tables::both(table(number, Width::Two), table(number, Width::Four)).limited_by(&below);
    let mut known = slot.below.write().unwrap_or_else(PoisonError::into_inner);
    known.retain(|(entry, _)| *entry != info.record.catalog_entry);
    known.push((info.record.catalog_entry, Arc::new(below)));
    Ok(own)
}

/// Installs a layer over everything that there is: every call of the process goes through it from now on.
///
/// `name` is what the catalogue shows; it must not be that of a layer which is installed. The layer stays until the
/// value that is given is dropped. Calls that are inside it then come to their end through it, and who holds pointers
/// of its functions goes on to what is below.
///
/// # Errors
/// | code | when | source |
/// |---|---|---|
/// | WSAEINVAL | a layer of this name is installed, in whatever case its letters are | decided |
/// | WSAENOBUFS | six layers are installed: a chain has seven entries at most, and the last is the base provider | documented |
/// | WSAENOBUFS | ten layers that are gone still have calls inside | decided |
///
/// # Examples
/// ```
/// use openws2::spi::{Installed, Layer, install};
///
/// struct Quiet;
/// // SAFETY: passes each call on as it came.
/// unsafe impl Layer for Quiet {}
///
/// let installed: Installed = install("quiet", Quiet)?;
/// // Sockets are used through the layer here.
/// drop(installed);
/// # Ok::<(), openws2::error::WsaError>(())
/// ```
pub fn install(name: &str, layer: impl Layer) -> Result<Installed, WsaError> {
    // It is to tell of the calls that come to no layer, too.
    let tells = (&layer as &dyn Any).downcast_ref::<Trace>().map(Trace::entrance);
    let layer: Arc<dyn Layer> = Arc::new(layer);
    let slot = Arc::new(Slot {
        name: name.to_owned(),
        layer: RwLock::new(Some(layer)),
        below: RwLock::default(),
        extensions: [const { AtomicUsize::new(0) }; EXTENSIONS],
    });
    chain::end_idle();
    free_unused();
    {
        let mut table = TABLE.write().unwrap_or_else(PoisonError::into_inner);
        if table.iter().flatten().any(|slot| slot.is_named(name)) {
            return Err(WsaError::WSAEINVAL);
        }
        let free = table.iter().position(Option::is_none).ok_or(WsaError::WSAENOBUFS)?;
        table[free] = Some(Arc::clone(&slot));
    }
    let installed = Installed { slot };
    catalog::wrap(name, &format!("{PATH}{name}"))?;
    if let Some(enter) = tells {
        enter();
    }
    Ok(installed)
}

/// Gives the slots back that nothing leads to any more.
fn free_unused() {
    let mut table = TABLE.write().unwrap_or_else(PoisonError::into_inner);
    for slot in table.iter_mut() {
        if slot.as_ref().is_some_and(|slot| slot.is_unused()) {
            *slot = None;
        }
    }
}

/// A layer that is [installed](install), until it is dropped.
#[must_use = "the layer is taken away when this is dropped"]
pub struct Installed {
    slot: Arc<Slot>,
}

impl std::fmt::Debug for Installed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Installed").field("name", &self.slot.name).finish()
    }
}

impl Drop for Installed {
    fn drop(&mut self) {
        // First nobody is led here any more; who is here already passes through from then on.
        catalog::unwrap(&format!("{PATH}{}", self.slot.name));
        let layer = chain::while_nothing_starts(|| {
            let layer = self.slot.layer.write().unwrap_or_else(PoisonError::into_inner).take();
            free_unused();
            layer
        });
        // Its own end may do anything: no lock is held.
        drop(layer);
    }
}
