//! Window classes: the process's register of names and what windows of a class begin with.

use std::ffi::c_void;
use std::sync::{Arc, Once, PoisonError, RwLock};

use super::wide::Unit;
use crate::windows::foundation::{
    ERROR_CLASS_ALREADY_EXISTS, ERROR_CLASS_DOES_NOT_EXIST, ERROR_INVALID_PARAMETER, ERROR_NOT_ENOUGH_MEMORY,
};

/// A window's procedure, which is the program's.
pub(crate) type Procedure = unsafe extern "system" fn(*mut c_void, u32, usize, isize) -> isize;

/// In what units a class's windows are told texts: those in which it was registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Width {
    Bytes,
    Utf16,
    Utf32,
}

/// A unit of which it is known how wide it is.
pub(crate) trait Spelled: Unit {
    const WIDTH: Width;
}

impl Spelled for u8 {
    const WIDTH: Width = Width::Bytes;
}

impl Spelled for u16 {
    const WIDTH: Width = Width::Utf16;
}

impl Spelled for u32 {
    const WIDTH: Width = Width::Utf32;
}

/// How a class is called: by its name, or by the number that stands for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Name {
    Text(String),
    Atom(u16),
}

/// A window class.
pub(crate) struct Class {
    pub(crate) atom: u16,
    pub(crate) name: String,
    /// The module that it belongs to.
    instance: usize,
    /// Whether other modules find it, too.
    global: bool,
    pub(crate) procedure: Procedure,
    /// So many bytes of its windows are the program's.
    pub(crate) extra: usize,
    pub(crate) width: Width,
}

/// What a class is registered with.
pub(crate) struct Plan {
    pub(crate) name: String,
    pub(crate) instance: usize,
    pub(crate) global: bool,
    pub(crate) procedure: Procedure,
    pub(crate) extra: usize,
    pub(crate) width: Width,
}

/// The longest name.
const LONGEST: usize = 256;

/// The lowest atom of a name.
const FIRST_ATOM: usize = 0xC000;

struct Register {
    /// Every name that was ever registered, in small letters; its place tells its atom.
    names: Vec<String>,
    classes: Vec<Arc<Class>>,
}

static REGISTER: RwLock<Register> = RwLock::new(Register { names: Vec::new(), classes: Vec::new() });

impl Register {
    fn atom(&mut self, name: &str) -> Option<u16> {
        let name = name.to_lowercase();
        let place = self.names.iter().position(|other| *other == name).unwrap_or(self.names.len());
        let atom = u16::try_from(FIRST_ATOM + place).ok()?;
        if place == self.names.len() {
            self.names.push(name);
        }
        Some(atom)
    }

    fn find(&self, name: &Name, suits: impl Fn(&Class) -> bool) -> Option<usize> {
        let called = |class: &Class| match name {
            Name::Text(text) => class.name.to_lowercase() == text.to_lowercase(),
            Name::Atom(atom) => class.atom == *atom,
        };
        self.classes.iter().position(|class| called(class) && suits(class))
    }
}

/// Registers a class; gives the atom that stands for its name. Small letters and capitals are one.
pub(crate) fn register(plan: Plan) -> Result<u16, u32> {
    let Plan { name, instance, global, procedure, extra, width } = plan;
    if name.is_empty() || name.chars().count() > LONGEST {
        return Err(ERROR_INVALID_PARAMETER);
    }
    let mut register = REGISTER.write().unwrap_or_else(PoisonError::into_inner);
    let atom = register.atom(&name).ok_or(ERROR_NOT_ENOUGH_MEMORY)?;
    if register.find(&Name::Atom(atom), |class| class.instance == instance).is_some() {
        return Err(ERROR_CLASS_ALREADY_EXISTS);
    }
    register.classes.push(Arc::new(Class { atom, name, instance, global, procedure, extra, width }));
    Ok(atom)
}

/// The class of this name that the module finds: its own, or one for all.
pub(crate) fn find(name: &Name, instance: usize) -> Option<Arc<Class>> {
    let register = REGISTER.read().unwrap_or_else(PoisonError::into_inner);
    let own = register.find(name, |class| class.instance == instance);
    let place = own.or_else(|| register.find(name, |class| class.global))?;
    Some(Arc::clone(&register.classes[place]))
}

/// The classes that are always there, for programs that put a procedure of their own before a window's.
pub(crate) const OF_THE_SYSTEM: [&str; 2] = ["Message", "Static"];

/// Registers the system's classes once, for everyone.
pub(crate) fn begin(procedure: Procedure) {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        for name in OF_THE_SYSTEM {
            let (name, width) = (name.to_owned(), Width::Bytes);
            let _ = register(Plan { name, instance: 0, global: true, procedure, extra: 0, width });
        }
    });
}

/// Takes a class out of the register, unless it is `in_use`, which is an error with this code.
pub(crate) fn unregister(
    name: &Name,
    instance: usize,
    in_use: impl Fn(&Arc<Class>) -> Option<u32>,
) -> Result<(), u32> {
    let mut register = REGISTER.write().unwrap_or_else(PoisonError::into_inner);
    let place = register.find(name, |class| class.instance == instance).ok_or(ERROR_CLASS_DOES_NOT_EXIST)?;
    if let Some(code) = in_use(&register.classes[place]) {
        return Err(code);
    }
    register.classes.remove(place);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    extern "system" fn nothing(_: *mut c_void, _: u32, _: usize, _: isize) -> isize {
        0
    }

    fn plan(name: &str, instance: usize, global: bool) -> Plan {
        Plan { name: name.to_owned(), instance, global, procedure: nothing, extra: 0, width: Width::Bytes }
    }

    #[test]
    fn a_class_is_its_modules_by_name_and_by_atom() {
        let name = Name::Text("OPENWS2 Unit".to_owned());
        let atom = register(plan("openws2 unit", 4, false)).unwrap();
        assert_eq!(register(plan("OpenWS2 Unit", 4, false)), Err(ERROR_CLASS_ALREADY_EXISTS));
        assert_eq!(register(plan("openws2 unit", 8, true)), Ok(atom));
        assert!(find(&name, 4).is_some_and(|class| class.instance == 4));
        assert!(find(&Name::Atom(atom), 12).is_some_and(|class| class.instance == 8));
        assert_eq!(unregister(&name, 8, |_| Some(7)), Err(7));
        assert_eq!(unregister(&name, 8, |_| None), Ok(()));
        assert_eq!(unregister(&name, 8, |_| None), Err(ERROR_CLASS_DOES_NOT_EXIST));
        assert!(find(&name, 12).is_none());
        assert_eq!(unregister(&Name::Atom(atom), 4, |_| None), Ok(()));
        for bad in [String::new(), "x".repeat(257)] {
            assert_eq!(register(plan(&bad, 4, false)), Err(ERROR_INVALID_PARAMETER));
        }
    }
}
