//! ws2cc as a Windows programmer meets it: small programs, every option, from the build tree and installed.
//!
//! It asks what was built and whether that runs; what the sockets of such programs do is for other tests.

mod build;
mod errors;
mod installed;
mod spellings;
mod support;
