//! Tells which debug information the executable has.

use std::fs::File;

use super::elf;
use super::module::Module;
use crate::DebugInfo;

/// Which debug information the executable has, or none if its file cannot be read.
pub(crate) fn debug_info() -> DebugInfo {
    let sections = || -> Option<DebugInfo> {
        let modules = Module::all();
        let path = modules.first()?.source()?;
        elf::debug_info(&File::open(path).ok()?).ok()
    };
    sections().unwrap_or(DebugInfo::None)
}
