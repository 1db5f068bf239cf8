//! What the host's compilers mean by their options and by the suffixes of files. Data only.

/// Options whose value is the next word, so that it is not taken for a file. Sorted.
pub(crate) const WITH_VALUE: &[&str] = &[
    "--param",
    "--sysroot",
    "-A",
    "-B",
    "-D",
    "-F",
    "-I",
    "-L",
    "-MF",
    "-MQ",
    "-MT",
    "-T",
    "-U",
    "-Xassembler",
    "-Xclang",
    "-Xlinker",
    "-Xpreprocessor",
    "-arch",
    "-aux-info",
    "-bundle_loader",
    "-compatibility_version",
    "-current_version",
    "-dumpbase",
    "-dumpbase-ext",
    "-dumpdir",
    "-e",
    "-exported_symbols_list",
    "-framework",
    "-idirafter",
    "-imacros",
    "-imultilib",
    "-include",
    "-install_name",
    "-iprefix",
    "-iquote",
    "-isysroot",
    "-isystem",
    "-iwithprefix",
    "-iwithprefixbefore",
    "-mllvm",
    "-target",
    "-u",
    "-undefined",
    "-weak_framework",
    "-wrapper",
    "-z",
];

/// Options after which the compiler does not link.
pub(crate) const NO_LINK: &[&str] = &["-c", "-S", "-E", "-M", "-MM", "-fsyntax-only", "--precompile", "-r"];

/// Options after which the compiler links an object for other programs to load.
pub(crate) const SHARED: &[&str] = &["-shared", "--shared", "-dynamiclib", "-bundle"];

/// Options that say how far from its place the code may run; a shared object has to run anywhere.
pub(crate) const ANYWHERE: &[&str] = &["-fPIC", "-fpic"];

/// Beginnings of options that ask the compiler about itself, for which no file is needed.
pub(crate) const QUESTIONS: &[&str] =
    &["-dump", "-print", "--print", "--help=", "--target-help", "-v", "-V", "-###", "-qversion"];

/// Suffixes that every compiler takes for C++, and after them those that only Windows compilers do.
pub(crate) const CPLUSPLUS: &[&str] = &["cc", "cp", "cxx", "cpp", "CPP", "c++", "C", "ii", "mm"];
pub(crate) const WINDOWS_CPLUSPLUS: &[&str] = &["Cpp", "CXX", "Cxx", "CC"];

/// Files of a Windows build that no linker here can read.
pub(crate) const UNUSABLE: &[&str] = &["rc", "res"];

#[cfg(test)]
mod tests {
    #[test]
    fn tables_are_sorted() {
        assert!(super::WITH_VALUE.is_sorted());
    }
}
