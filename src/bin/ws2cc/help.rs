//! What `--help` and `--version` say.

use crate::options::Options;
use crate::{Trouble, command, run};

/// The help text.
pub(crate) const TEXT: &str = "\
usage: ws2cc [options] files [-l libraries] [-o program]
       ws2cc --run [options] files [-- arguments of the program]

Compiles C and C++ that was written for Windows sockets. It calls the system's compiler ($CC or cc, $CXX or c++)
with OpenWS2's headers and library; every option that is not named here goes to that compiler. The language follows
the suffix or -x; ws2c++ is the same program for C++ objects. -lws2_32, -lmswsock, -lkernel32 and the other names of
Windows libraries, also as ws2_32.lib, stand for OpenWS2's library, which ends every link. With -shared the result is
what LoadLibrary loads; a .def file may name its functions, all of which it offers anyway.

  --win32          also define _WIN32, WIN32 and, on 64-bit machines, _WIN64
  --no-crt         leave printf and its family to the host instead of reading Windows' format letters
  --static         link libws2_32.a instead of the shared library
  --run            run the program that was built; without -o it is temporary
  --cflags, --libs print what a makefile needs to do the same by itself
  --verbose        show the compiler's command line;  --dry-run: show it and stop
  --version        versions of ws2cc and of the compiler
  --install PREFIX [--destdir DIR] [--libdir DIR]
                   copy headers, libraries, ws2cc, pkg-config and CMake files; --uninstall PREFIX removes them

Environment: CC, CXX; OPENWS2_INCLUDE and OPENWS2_LIB name the folders of winsock2.h and of the libraries.
Exit status: that of the compiler or, with --run, of the program; 2 for a command line that cannot be, 3 when
headers or library are missing, 127 when the compiler or the program cannot be started.
";

/// Our version, then the compiler's: build systems look for its name there.
pub(crate) fn version(options: &Options) -> Result<u8, Trouble> {
    println!("ws2cc {} (OpenWS2)", env!("CARGO_PKG_VERSION"));
    let mut compiler = command::driver(options.cplusplus);
    compiler.push("--version".into());
    match run::start(&compiler) {
        Ok(status) => Ok(run::code(status)),
        Err(_) => Ok(0), // our own version is the answer, with a compiler or without
    }
}
