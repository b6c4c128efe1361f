//! The executable and the shared libraries of this process.

use std::cell::OnceCell;
use std::ffi::{CStr, OsStr, c_int, c_void};
use std::fs;
use std::ops::Range;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::slice;

use super::elf;

/// A loaded ELF file.
#[derive(Debug)]
pub(super) struct Module {
    /// Where it was loaded from; `None` for the executable.
    path: Option<PathBuf>,
    /// The difference between its addresses in memory and those in the file.
    pub(super) bias: usize,
    /// The memory ranges of its parts.
    segments: Vec<Range<usize>>,
    /// Its program headers as they are in memory. They tell it from another build of the same file.
    pub(super) headers: Vec<u8>,
    source: OnceCell<Option<PathBuf>>,
}

impl Module {
    /// All modules that are loaded now, the executable first. Takes the loader's lock.
    pub(super) fn all() -> Vec<Self> {
        let mut modules = Vec::new();
        // SAFETY: `visit` is given a pointer to a vector of modules, as it demands, that lives until the loader returns.
        unsafe { libc::dl_iterate_phdr(Some(visit), (&raw mut modules).cast()) };
        modules
    }

    /// Whether `address` lies in it.
    pub(super) fn contains(&self, address: usize) -> bool {
        self.segments.iter().any(|segment| segment.contains(&address))
    }

    /// The file that it was loaded from, if that file is still there.
    ///
    /// It is looked up once. The executable is found by its current name, or through `/proc` when it has none.
    pub(super) fn source(&self) -> Option<&Path> {
        let look_up = || {
            let path = self.path.clone().unwrap_or_else(executable_path);
            (path.is_absolute() && elf::has_program_headers(&path, &self.headers)).then_some(path)
        };
        self.source.get_or_init(look_up).as_deref()
    }

    /// The module without the result of the look-up of its file.
    #[cfg(test)]
    pub(super) fn unchecked(self) -> Self {
        Self { source: OnceCell::new(), ..self }
    }
}

/// # Safety
///
/// `info` is what the loader passes to its callback. `argument` points to a vector of [`Module`] that no other code uses.
unsafe extern "C" fn visit(info: *mut libc::dl_phdr_info, _size: usize, argument: *mut c_void) -> c_int {
    // SAFETY: the loader passes a description that is valid while this function runs. Only its first four fields are used here, and
    // those have always existed.
    let info = unsafe { &*info };
    // SAFETY: no other code uses the vector, by the contract of this function.
    let modules = unsafe { &mut *argument.cast::<Vec<Module>>() };
    let is_executable = modules.is_empty();

    let headers = if info.dlpi_phdr.is_null() {
        &[]
    } else {
        // SAFETY: these are the loader's own headers. They stay mapped while the loader holds its lock, as it does now.
        unsafe { slice::from_raw_parts(info.dlpi_phdr, usize::from(info.dlpi_phnum)) }
    };
    // SAFETY: this is the same memory, and a program header is plain integers without padding.
    let bytes = unsafe { slice::from_raw_parts(headers.as_ptr().cast::<u8>(), size_of_val(headers)) };
    let path = (!is_executable && !info.dlpi_name.is_null()).then(|| {
        // SAFETY: it is not null, so it is a string of the loader's. The string is valid while the loader holds its lock, and is
        // copied here.
        let name = unsafe { CStr::from_ptr(info.dlpi_name) };
        PathBuf::from(OsStr::from_bytes(name.to_bytes()))
    });

    let bias = info.dlpi_addr as usize;
    let segment = |header: &libc::Elf64_Phdr| {
        let start = bias.wrapping_add(header.p_vaddr as usize);
        start..start.saturating_add(header.p_memsz as usize)
    };
    let loaded = headers.iter().filter(|header| header.p_type == libc::PT_LOAD);
    modules.push(Module {
        path,
        bias,
        segments: loaded.map(segment).collect(),
        headers: bytes.to_vec(),
        source: OnceCell::new(),
    });
    0
}

/// The executable's path: its name where it has one, because split debug information lies beside it.
fn executable_path() -> PathBuf {
    let link = Path::new("/proc/self/exe");
    let same = |path: &PathBuf| match (fs::metadata(path), fs::metadata(link)) {
        (Ok(named), Ok(running)) => named.dev() == running.dev() && named.ino() == running.ino(),
        _ => false,
    };
    fs::read_link(link).ok().filter(same).unwrap_or_else(|| link.to_owned())
}
