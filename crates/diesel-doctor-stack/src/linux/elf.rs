//! Reads the headers of an ELF file.

use std::fs::File;
use std::io;
use std::mem::offset_of;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use libc::{Elf64_Ehdr, Elf64_Shdr};

use crate::DebugInfo;

/// `SHF_COMPRESSED`, from the ELF specification.
const COMPRESSED: u64 = 0x800;

/// A file that claims more sections than this is not read; no linker makes so many.
const MOST_SECTIONS: u16 = 4096;

/// Whether the file at `path` has exactly these program headers.
pub(super) fn has_program_headers(path: &Path, expected: &[u8]) -> bool {
    let headers = || -> io::Result<Vec<u8>> {
        let file = File::open(path)?;
        let start = u64_at(&file, offset_of!(Elf64_Ehdr, e_phoff) as u64)?;
        let mut headers = vec![0; expected.len()];
        file.read_exact_at(&mut headers, start)?;
        Ok(headers)
    };
    headers().is_ok_and(|headers| headers == expected)
}

/// Which debug information the file has, judged by its sections.
pub(super) fn debug_info(file: &File) -> io::Result<DebugInfo> {
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
        // Near the end of the file there may be fewer bytes. Then the name is neither of the two.
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

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::os::fd::FromRawFd as _;

    use super::*;

    #[test]
    fn the_sections_tell_what_there_is() {
        check(&[], DebugInfo::None);
        check(&[(".text", 0), (".dynsym", 0)], DebugInfo::None);
        check(&[(".symtab", 0)], DebugInfo::NamesOnly);
        check(&[(".debug_lines", 0), (".symtab", 0)], DebugInfo::NamesOnly);
        check(&[(".symtab", 0), (".debug_line", 0)], DebugInfo::LinesAvailable);
        check(&[(".debug_line", COMPRESSED), (".symtab", 0)], DebugInfo::Compressed);
    }

    #[test]
    fn what_is_cut_short_is_an_error() {
        let whole = elf(&[(".symtab", 0)]);
        for length in [0, 40, 63, 64, whole.len() - size_of::<Elf64_Shdr>()] {
            assert!(debug_info(&file(&whole[..length])).is_err(), "{length}");
        }
    }

    fn check(sections: &[(&str, u64)], expected: DebugInfo) {
        assert_eq!(debug_info(&file(&elf(sections))).unwrap(), expected, "{sections:?}");
    }

    /// An ELF file: a file header, the names of the sections, and their headers. The first section header is that of the names.
    fn elf(sections: &[(&str, u64)]) -> Vec<u8> {
        let mut names = b"\0".to_vec();
        let mut headers = vec![(0, 0)];
        for (name, flags) in sections {
            headers.push((names.len() as u32, *flags));
            names.extend(name.bytes().chain([0]));
        }
        let start = size_of::<Elf64_Ehdr>();
        let table = start + names.len();

        let mut bytes = vec![0; table + headers.len() * size_of::<Elf64_Shdr>()];
        let mut put = |offset: usize, field: &[u8]| bytes[offset..offset + field.len()].copy_from_slice(field);
        put(offset_of!(Elf64_Ehdr, e_shoff), &table.to_ne_bytes());
        put(offset_of!(Elf64_Ehdr, e_shnum), &(headers.len() as u16).to_ne_bytes());
        put(start, &names);
        for (index, (name, flags)) in headers.into_iter().enumerate() {
            let header = table + index * size_of::<Elf64_Shdr>();
            put(header + offset_of!(Elf64_Shdr, sh_name), &u32::to_ne_bytes(name));
            put(header + offset_of!(Elf64_Shdr, sh_flags), &u64::to_ne_bytes(flags));
            put(header + offset_of!(Elf64_Shdr, sh_offset), &start.to_ne_bytes());
        }
        bytes
    }

    fn file(content: &[u8]) -> File {
        // SAFETY: makes a file in memory, whose descriptor is owned by the result alone.
        let mut file = unsafe { File::from_raw_fd(libc::memfd_create(c"elf".as_ptr(), 0)) };
        file.write_all(content).unwrap();
        file
    }
}
