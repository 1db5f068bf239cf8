//! win32
