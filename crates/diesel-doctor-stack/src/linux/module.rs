//! The executable and the shared libraries of this process, and which of them an address is in.

use std::ffi::{CStr, OsStr, c_int, c_void};
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::slice;

/// A loaded ELF file.
#[derive(Debug)]
pub(super) struct Module {
    /// Where it was loaded from; the loader names only libraries.
    pub(super) path: Option<PathBuf>,
    /// What was added to the addresses in the file.
    pub(super) bias: usize,
    /// Its program headers as they are in memory: what tells it from another build of itself.
    pub(super) headers: Vec<u8>,
}

impl Module {
    /// The module that `address` is in.
    pub(super) fn containing(address: usize) -> Option<Self> {
        Self::find(Some(address))
    }

    /// The executable.
    pub(super) fn executable() -> Option<Self> {
        Self::find(None)
    }

    /// The file, if the loader told its absolute path; for the executable by the name it has now, if it still has one.
    pub(super) fn file(&self) -> Option<PathBuf> {
        match &self.path {
            Some(path) => path.is_absolute().then(|| path.clone()),
            None => Some(executable_path()),
        }
    }

    fn find(address: Option<usize>) -> Option<Self> {
        let mut search = Search { address, first: true, found: None };
        // SAFETY: `visit` is given a pointer to a `Search`, as it demands, that lives until the loader returns.
        unsafe { libc::dl_iterate_phdr(Some(visit), (&raw mut search).cast()) };
        search.found
    }
}

struct Search {
    /// None looks for the executable.
    address: Option<usize>,
    first: bool,
    found: Option<Module>,
}

/// # Safety
///
/// `info` is what the loader passes to its callback, `argument` points to a [`Search`] that nobody else uses.
unsafe extern "C" fn visit(info: *mut libc::dl_phdr_info, _size: usize, argument: *mut c_void) -> c_int {
    // SAFETY: the loader passes a description that is valid while this function runs; its first four fields, the only
    // ones used here, have always been there.
    let info = unsafe { &*info };
    // SAFETY: a `Search` that nobody else uses, by the contract of this function.
    let search = unsafe { &mut *argument.cast::<Search>() };

    // The executable comes first.
    let is_executable = std::mem::replace(&mut search.first, false);
    if info.dlpi_phdr.is_null() {
        return 0;
    }
    // SAFETY: the loader's own headers, which stay mapped while it holds its lock, as it does now.
    let headers = unsafe { slice::from_raw_parts(info.dlpi_phdr, usize::from(info.dlpi_phnum)) };
    let bias = info.dlpi_addr as usize;
    let matches = search.address.is_none_or(|address| {
        headers.iter().any(|header| {
            header.p_type == libc::PT_LOAD
                && address
                    .checked_sub(bias.wrapping_add(header.p_vaddr as usize))
                    .is_some_and(|offset| offset < header.p_memsz as usize)
        })
    });
    if !matches {
        return 0;
    }
    let path = (!is_executable && !info.dlpi_name.is_null()).then(|| {
        // SAFETY: not null, so a string of the loader's, valid while it holds its lock, and copied here.
        let name = unsafe { CStr::from_ptr(info.dlpi_name) };
        PathBuf::from(OsStr::from_bytes(name.to_bytes()))
    });
    // SAFETY: the same memory as `headers`; a program header is plain integers without padding.
    let bytes = unsafe { slice::from_raw_parts(info.dlpi_phdr.cast::<u8>(), size_of_val(headers)) };
    search.found = Some(Module { path, bias, headers: bytes.to_vec() });
    1
}

/// The executable's path: its name where it has one, since split debug information lies beside it.
fn executable_path() -> PathBuf {
    let link = Path::new("/proc/self/exe");
    let same = |path: &PathBuf| match (fs::metadata(path), fs::metadata(link)) {
        (Ok(named), Ok(running)) => named.dev() == running.dev() && named.ino() == running.ino(),
        _ => false,
    };
    fs::read_link(link).ok().filter(same).unwrap_or_else(|| link.to_owned())
}
