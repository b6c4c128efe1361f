//! What an ELF file's own headers say of it.

use std::fs::File;
use std::io;
use std::mem::offset_of;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use libc::{Elf64_Ehdr, Elf64_Shdr};

use super::module::Module;
use crate::DebugInfo;

/// `SHF_COMPRESSED`, of the ELF specification.
const COMPRESSED: u64 = 0x800;

/// More sections than a linker makes; a file that claims more is not read.
const MOST_SECTIONS: u16 = 4096;

/// Whether the file at `path` is the one that `module` was loaded from, and not one that has replaced it since.
pub(super) fn is_source_of(path: &Path, module: &Module) -> bool {
    let headers = || -> io::Result<Vec<u8>> {
        let file = File::open(path)?;
        let start = u64_at(&file, offset_of!(Elf64_Ehdr, e_phoff) as u64)?;
        let mut headers = vec![0; module.headers.len()];
        file.read_exact_at(&mut headers, start)?;
        Ok(headers)
    };
    headers().is_ok_and(|headers| headers == module.headers)
}

/// What the executable offers, by the sections that it has.
pub(crate) fn debug_info() -> DebugInfo {
    let sections = || -> Option<DebugInfo> {
        let module = Module::executable()?;
        let path = module.file().filter(|path| is_source_of(path, &module))?;
        judge(&File::open(path).ok()?).ok()
    };
    sections().unwrap_or(DebugInfo::None)
}

fn judge(file: &File) -> io::Result<DebugInfo> {
    let table = u64_at(file, offset_of!(Elf64_Ehdr, e_shoff) as u64)?;
    let count = u16_at(file, offset_of!(Elf64_Ehdr, e_shnum) as u64)?;
    let names = u16_at(file, offset_of!(Elf64_Ehdr, e_shstrndx) as u64)?;
    if count > MOST_SECTIONS {
        return Ok(DebugInfo::None);
    }
    let section = |index: u16| table.saturating_add(u64::from(index) * size_of::<Elf64_Shdr>() as u64);
    let names = u64_at(file, section(names).saturating_add(offset_of!(Elf64_Shdr, sh_offset) as u64))?;

    let mut best = DebugInfo::None;
    for index in 0..count {
        let header = section(index);
        let name = u32_at(file, header)?;
        let mut text = [0; 12];
        // Short of the end of the file there may be less than that: then it is none of the two.
        let _ = file.read_exact_at(&mut text, names.saturating_add(u64::from(name)));
        if text.starts_with(b".debug_line\0") {
            let flags = u64_at(file, header.saturating_add(offset_of!(Elf64_Shdr, sh_flags) as u64))?;
            return Ok(if flags & COMPRESSED == 0 { DebugInfo::LinesAvailable } else { DebugInfo::Compressed });
        }
        if text.starts_with(b".symtab\0") {
            best = DebugInfo::NamesOnly;
        }
    }
    Ok(best)
}

fn u64_at(file: &File, offset: u64) -> io::Result<u64> {
    let mut bytes = [0; 8];
    file.read_exact_at(&mut bytes, offset)?;
    Ok(u64::from_ne_bytes(bytes))
}

fn u32_at(file: &File, offset: u64) -> io::Result<u32> {
    let mut bytes = [0; 4];
    file.read_exact_at(&mut bytes, offset)?;
    Ok(u32::from_ne_bytes(bytes))
}

fn u16_at(file: &File, offset: u64) -> io::Result<u16> {
    let mut bytes = [0; 2];
    file.read_exact_at(&mut bytes, offset)?;
    Ok(u16::from_ne_bytes(bytes))
}
