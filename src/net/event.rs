//! Event objects, waits for them, and the network events of sockets.

use std::sync::Arc;
use std::time::Duration;

use super::kinds::flags;
use super::raw::event::{RawEvent, wait_for_any};
use super::raw::milliseconds;
use super::socket::Socket;
use crate::Win32::Networking::WinSock as ws;
use crate::error::WsaError;

// There is no third: exhaustive.
/// Who resets an event.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reset {
    /// Whoever calls [`Event::reset`].
    Manual,
    /// The wait that it ends, of one thread.
    Auto,
}

/// An event object: it is set or not, and can be waited for. Clones are the same event.
///
/// ```
/// use std::time::Duration;
/// use openws2::net::{Event, Reset};
///
/// let event = Event::new(Reset::Auto, false)?;
/// let other = event.clone();
/// let thread = std::thread::spawn(move || other.set());
/// assert!(event.wait(Some(Duration::from_secs(10)))?);
/// assert!(!event.wait(Some(Duration::ZERO))?); // that wait has reset it
/// # thread.join().unwrap()?;
/// # Ok::<(), openws2::error::WsaError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Event(Arc<RawEvent>);

impl Event {
    /// **CreateEvent**: an event that is set already, or not.
    ///
    /// # Errors
    /// WSA_NOT_ENOUGH_MEMORY, or another code if the system has no room for one more.
    pub fn new(reset: Reset, is_set: bool) -> Result<Self, WsaError> {
        RawEvent::new(reset == Reset::Manual, is_set).map(|event| Self(Arc::new(event)))
    }

    /// **SetEvent**.
    ///
    /// # Errors
    /// None of its own.
    ///
    /// ```
    /// use std::time::Duration;
    /// use openws2::net::{Event, Reset};
    ///
    /// let event = Event::new(Reset::Manual, false)?;
    /// event.set()?;
    /// assert!(event.wait(Some(Duration::ZERO))?);
    /// # Ok::<(), openws2::error::WsaError>(())
    /// ```
    pub fn set(&self) -> Result<(), WsaError> {
        self.0.set()
    }

    /// **ResetEvent**.
    ///
    /// # Errors
    /// None of its own.
    ///
    /// ```
    /// use std::time::Duration;
    /// use openws2::net::{Event, Reset};
    ///
    /// let event = Event::new(Reset::Manual, true)?;
    /// event.reset()?;
    /// assert!(!event.wait(Some(Duration::ZERO))?);
    /// # Ok::<(), openws2::error::WsaError>(())
    /// ```
    pub fn reset(&self) -> Result<(), WsaError> {
        self.0.reset()
    }

    /// **WaitForSingleObject**: whether it was set in time. Milliseconds, rounded up; None is for ever.
    ///
    /// # Errors
    /// None of its own.
    pub fn wait(&self, limit: Option<Duration>) -> Result<bool, WsaError> {
        self.0.wait(milliseconds(limit))
    }
}

pub(super) mod sealed {
    use super::RawEvent;

    pub trait Sealed {
        fn event(&self) -> &RawEvent;
    }
}

/// What [`wait_any`] can wait for: an [`Event`], or the [event of an operation](super::Receive::event).
pub trait Waitable: sealed::Sealed {}

impl sealed::Sealed for Event {
    fn event(&self) -> &RawEvent {
        &self.0
    }
}

impl Waitable for Event {}

/// **WaitForMultipleObjects**: waits until one of up to 64 is set, and tells the place of the first that is (G175).
/// None: none was set in time.
///
/// # Errors
/// | code | when | source |
/// |---|---|---|
/// | WSA_INVALID_PARAMETER | none to wait for, or more than 64 | G178 |
///
/// ```
/// use std::time::Duration;
/// use openws2::net::{Event, Reset, wait_any};
///
/// let (first, second) = (Event::new(Reset::Manual, false)?, Event::new(Reset::Manual, true)?);
/// assert_eq!(wait_any(&[&first, &second], None)?, Some(1));
/// second.reset()?;
/// assert_eq!(wait_any(&[&first, &second], Some(Duration::from_millis(1)))?, None);
/// # Ok::<(), openws2::error::WsaError>(())
/// ```
pub fn wait_any(events: &[&dyn Waitable], limit: Option<Duration>) -> Result<Option<usize>, WsaError> {
    let events: Vec<&RawEvent> = events.iter().map(|event| event.event()).collect();
    wait_for_any(&events, milliseconds(limit))
}

flags! {
    /// Network events, for [`Socket::select_events`].
    NetworkEvents(i32) {
        /// There is something to receive (FD_READ).
        READ = ws::FD_READ;
        /// There is room to send (FD_WRITE).
        WRITE = ws::FD_WRITE;
        /// An out-of-band byte has come (FD_OOB).
        OOB = ws::FD_OOB;
        /// A connection waits to be accepted (FD_ACCEPT).
        ACCEPT = ws::FD_ACCEPT;
        /// Connecting has ended (FD_CONNECT).
        CONNECT = ws::FD_CONNECT;
        /// The peer has finished, or the connection is broken (FD_CLOSE).
        CLOSE = ws::FD_CLOSE;
    }
}

/// The network events that a socket had recorded, each with what it says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NetworkEventRecord {
    events: NetworkEvents,
    codes: [i32; 10],
}

impl NetworkEventRecord {
    /// Those that were recorded.
    pub fn events(&self) -> NetworkEvents {
        self.events
    }

    /// What one event says, or None if it was not recorded. An error is of CONNECT, which has failed, or of CLOSE:
    /// WSAECONNABORTED if the connection is broken (F226).
    ///
    /// ```
    /// use openws2::net::{Event, Family, NetworkEvents, Reset, Socket};
    ///
    /// let socket = Socket::udp(Family::INET)?;
    /// socket.bind(([127, 0, 0, 1], 0).into())?;
    /// let event = Event::new(Reset::Manual, false)?;
    /// socket.select_events(&event, NetworkEvents::READ | NetworkEvents::WRITE)?;
    /// assert!(event.wait(None)?);
    /// let record = socket.network_events(Some(&event))?;
    /// assert_eq!(record.result(NetworkEvents::WRITE), Some(Ok(())));
    /// assert_eq!(record.result(NetworkEvents::READ), None);
    /// # Ok::<(), openws2::error::WsaError>(())
    /// ```
    pub fn result(&self, event: NetworkEvents) -> Option<Result<(), WsaError>> {
        if event.is_empty() || !self.events.contains(event) {
            return None;
        }
        let code = *self.codes.get(event.as_raw().trailing_zeros() as usize)?;
        Some(if code == 0 { Ok(()) } else { Err(WsaError::from_code(code)) })
    }
}

impl Socket {
    /// **WSAEventSelect**: has `event` set when one of `events` is recorded, instead of what was selected before.
    /// The socket becomes nonblocking. With [`NetworkEvents::NONE`] the selection ends.
    ///
    /// When which event is recorded, and when again, is said at
    /// [`WSAEventSelect`](crate::Win32::Networking::WinSock::WSAEventSelect). Connections that the socket accepts
    /// have its selection (F238).
    ///
    /// # Errors
    /// | code | when | source |
    /// |---|---|---|
    /// | WSAENOBUFS | the host has no room for one more socket to watch | decided |
    ///
    /// ```
    /// use std::time::Duration;
    /// use openws2::net::{Event, Family, NetworkEvents, Reset, SendFlags, Socket};
    ///
    /// let socket = Socket::udp(Family::INET)?;
    /// socket.bind(([127, 0, 0, 1], 0).into())?;
    /// let event = Event::new(Reset::Manual, false)?;
    /// socket.select_events(&event, NetworkEvents::READ)?;
    ///
    /// socket.send_to(b"hello", socket.local_addr()?, SendFlags::NONE)?.or_would_block()?;
    /// assert!(event.wait(Some(Duration::from_secs(10)))?);
    /// let record = socket.network_events(Some(&event))?;
    /// assert_eq!(record.result(NetworkEvents::READ), Some(Ok(())));
    /// # Ok::<(), openws2::error::WsaError>(())
    /// ```
    pub fn select_events(&self, event: &Event, events: NetworkEvents) -> Result<(), WsaError> {
        let mut selected = self.inner.selected();
        self.raw().select_events(Some(&event.0), events.as_raw())?;
        *selected = (!events.is_empty()).then(|| Arc::clone(&event.0));
        Ok(())
    }

    /// **WSAEnumNetworkEvents**: what was recorded since it was last asked, of what is selected. Resets `event`, if
    /// there is one.
    ///
    /// # Errors
    /// None of its own.
    ///
    /// ```
    /// use std::time::Duration;
    /// use openws2::net::{Event, Family, NetworkEvents, Reset, Socket};
    ///
    /// let socket = Socket::udp(Family::INET)?;
    /// socket.bind(([127, 0, 0, 1], 0).into())?;
    /// let event = Event::new(Reset::Manual, false)?;
    /// socket.select_events(&event, NetworkEvents::WRITE)?;
    /// assert!(event.wait(Some(Duration::from_secs(10)))?);
    ///
    /// assert_eq!(socket.network_events(Some(&event))?.events(), NetworkEvents::WRITE);
    /// assert!(!event.wait(Some(Duration::ZERO))?); // it was reset
    /// assert!(socket.network_events(None)?.events().is_empty()); // and told of once
    /// # Ok::<(), openws2::error::WsaError>(())
    /// ```
    pub fn network_events(&self, event: Option<&Event>) -> Result<NetworkEventRecord, WsaError> {
        let (events, codes) = self.raw().network_events(event.map(|event| &*event.0))?;
        Ok(NetworkEventRecord { events: NetworkEvents::from_raw(events), codes })
    }
}
