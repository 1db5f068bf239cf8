//! Gives the shared library the name that a linked program asks for at run time.

fn main() {
    let of_target = |name: &str| std::env::var(name).unwrap_or_default();
    let major = of_target("CARGO_PKG_VERSION_MAJOR");
    let name = match of_target("CARGO_CFG_TARGET_VENDOR").as_str() {
        "apple" => format!("-Wl,-install_name,@rpath/libws2_32.{major}.dylib"),
        _ => format!("-Wl,-soname,libws2_32.so.{major}"),
    };
    println!("cargo::rustc-cdylib-link-arg={name}");
    println!("cargo::rerun-if-changed=build.rs");
}
