//! What is told of code that was compiled in other ways than the tests are: a shared library for each way.
#![cfg(all(target_os = "linux", target_pointer_width = "64", any(target_arch = "x86_64", target_arch = "aarch64")))]
#![allow(unsafe_code, reason = "libraries are loaded and called by hand")]

use std::ffi::CString;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use diesel_doctor_stack::{Boundary, Frame, capture, resolve_all};

const FULL: &[&str] = &["inlined@5:5", "call@15:13", "run@23:28"];
const NAMES: &[&str] = &["call", "run"];

#[test]
fn full_debug_information_tells_inlined_functions_lines_and_columns() {
    check("full", &["-Cdebuginfo=2"], FULL);
    check("limited", &["-Cdebuginfo=1"], FULL);
    check("lines", &["-Cdebuginfo=line-tables-only"], FULL);
}

#[test]
fn optimized_code_is_told_as_exactly() {
    check("o3", &["-Copt-level=3", "-Cdebuginfo=2"], FULL);
    check("o3-lines", &["-Copt-level=3", "-Cdebuginfo=line-tables-only"], FULL);
    check("lto", &["-Copt-level=3", "-Cdebuginfo=1", "-Clto=fat", "-Ccodegen-units=1"], FULL);
}

#[test]
fn mangling_and_unwind_strategy_do_not_matter() {
    check("v0", &["-Cdebuginfo=2", "-Csymbol-mangling-version=v0"], FULL);
    check("abort", &["-Cdebuginfo=2", "-Cpanic=abort"], FULL);
    check("frame-pointers", &["-Cdebuginfo=2", "-Cforce-frame-pointers=yes"], FULL);
}

#[test]
fn split_debug_information_is_found_beside_the_library() {
    check("packed", &["-Cdebuginfo=2", "-Csplit-debuginfo=packed"], FULL);
}

#[test]
fn without_debug_information_there_are_the_names_of_what_was_not_inlined() {
    check("none", &["-Cdebuginfo=0"], NAMES);
    check("strip-debuginfo", &["-Cdebuginfo=2", "-Cstrip=debuginfo"], NAMES);
    check("none-v0", &["-Cdebuginfo=0", "-Csymbol-mangling-version=v0"], NAMES);
}

#[test]
fn compressed_debug_information_is_as_good_as_none() {
    let compress = "-Clink-arg=-Wl,--compress-debug-sections=zlib";
    check("compressed", &["-Cdebuginfo=2", compress], NAMES);
}

#[test]
fn a_stripped_library_tells_its_exports_only() {
    check("strip", &["-Cdebuginfo=2", "-Cstrip=symbols"], &["run"]);
}

/// Compiles the program with `flags`, has it call back, and compares what its frames are told as.
fn check(name: &str, flags: &[&str], expected: &[&str]) {
    let library = compile(name, flags);
    let frames = call(&library);
    let told: Vec<_> = frames.iter().map(tell).collect();
    assert_eq!(told, expected, "{name}: {frames:#?}");
}

fn compile(name: &str, flags: &[&str]) -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let library = directory.join(format!("lib{}_{name}.so", name.replace('-', "_")));
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/profiles/program.rs");
    let output = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
        .args(["--edition=2024", "--crate-type=cdylib", "--crate-name=program"])
        .args(flags)
        .arg("-o")
        .args([&library, &source])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    library
}

/// The frames of the library that are on the stack when it calls back.
fn call(library: &Path) -> Vec<Frame> {
    static FRAMES: Mutex<Vec<Frame>> = Mutex::new(Vec::new());
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

    extern "C" fn callback() {
        let mut buffer = [0; 64];
        let captured = capture(&mut buffer, Boundary::NONE);
        let frames = resolve_all(&buffer[..captured.len]);
        *FRAMES.lock().unwrap() = frames.iter().flat_map(|frames| frames.to_vec()).collect();
    }

    let _guard = ONE_AT_A_TIME.lock();
    let path = CString::new(library.as_os_str().as_bytes()).unwrap();
    // SAFETY: the library was just compiled from a program that has no initializers, and is never unloaded.
    let handle = unsafe { libc::dlopen(path.as_ptr(), libc::RTLD_NOW) };
    assert!(!handle.is_null());
    // SAFETY: a live handle and a string.
    let run = unsafe { libc::dlsym(handle, c"run".as_ptr()) };
    assert!(!run.is_null());
    // SAFETY: the type that the program declares.
    let run: extern "C" fn(extern "C" fn()) = unsafe { std::mem::transmute(run) };
    run(callback);

    let frames = std::mem::take(&mut *FRAMES.lock().unwrap());
    let name = |frame: &Frame| frame.function().unwrap_or_default().to_owned();
    // What is between this file's callback and the function that calls the program.
    let inner = frames.iter().position(|frame| name(frame).ends_with("callback")).unwrap();
    let outer = frames.iter().position(|frame| name(frame) == "profiles::call").unwrap();
    frames[inner + 1..outer].to_vec()
}

/// The bare name of the function, and the place of the call.
fn tell(frame: &Frame) -> String {
    let name = frame.function().unwrap_or("?");
    let bare = name.rsplit("::").next().unwrap_or(name);
    let bare = bare.split('<').next().unwrap_or(bare);
    match (frame.file(), frame.line(), frame.column()) {
        (Some(file), Some(line), Some(column)) => {
            assert!(file.ends_with("/tests/profiles/program.rs"), "{file}");
            format!("{bare}@{line}:{column}")
        }
        _ => bare.to_owned(),
    }
}
