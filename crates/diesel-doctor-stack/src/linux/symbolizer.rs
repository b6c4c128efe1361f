//! Turns an address into its frames, with the debug information of the module that contains it.

use std::fmt::Write as _;
use std::path::Path;

use blazesym::symbolize::source::{Elf, Source};
use blazesym::symbolize::{CodeInfo, Input, Sym};

use super::module::Module;
use crate::Frame;

/// Reads the debug information of the process.
#[derive(Debug)]
pub(crate) struct Symbolizer {
    inner: blazesym::symbolize::Symbolizer,
    modules: Vec<Module>,
}

// SAFETY: the inner symbolizer is not `Send` only because its caches point to each other with `Rc`. The symbolizer creates them and
// drops them with itself. This type uses only its `symbolize`, which returns borrowed text, and the text is copied before the
// borrow ends. So all clones of each `Rc` move together. It uses no thread-local.
unsafe impl Send for Symbolizer {}

impl Symbolizer {
    pub(crate) fn new() -> Self {
        Self {
            inner: blazesym::symbolize::Symbolizer::builder()
                // A library can be unloaded, rebuilt, and loaded again.
                .enable_auto_reload(true)
                // Separate debug information of the system's libraries takes hundreds of milliseconds to read, and no line in them
                // is the user's.
                .set_debug_dirs(Some::<[&Path; 0]>([]))
                .build(),
            modules: Module::all(),
        }
    }

    /// Reads which modules are loaded now; once for many addresses.
    pub(crate) fn refresh(&mut self) {
        self.modules = Module::all();
    }

    /// The frames of a return address, innermost inlined function first.
    pub(crate) fn symbolize(&mut self, address: usize) -> Vec<Frame> {
        self.try_symbolize(address).unwrap_or_default()
    }

    fn try_symbolize(&mut self, address: usize) -> Option<Vec<Frame>> {
        // Look up the call itself. The instruction after it can belong to another line or function.
        let call = address.checked_sub(1)?;
        let module = self.modules.iter().find(|module| module.contains(call))?;
        let path = module.source()?;

        let offset = call.wrapping_sub(module.bias) as u64;
        let mut source = Elf::new(path);
        let mut symbolized = self.inner.symbolize_single(&Source::Elf(source.clone()), Input::VirtOffset(offset));
        if symbolized.is_err() {
            // Debug information that cannot be read (compressed, damaged) does not affect the symbol table.
            source.debug_syms = false;
            symbolized = self.inner.symbolize_single(&Source::Elf(source), Input::VirtOffset(offset));
        }
        Some(frames(&symbolized.ok()?.into_sym()?))
    }
}

fn frames(symbol: &Sym<'_>) -> Vec<Frame> {
    let inlined = symbol.inlined.iter().rev();
    inlined
        .map(|function| frame(&function.name, function.code_info.as_ref()))
        .chain([frame(&symbol.name, symbol.code_info.as_deref())])
        .collect()
}

fn frame(name: &str, code: Option<&CodeInfo<'_>>) -> Frame {
    Frame {
        function: (!name.is_empty()).then(|| demangled(name)),
        file: code.map(|code| code.to_path().to_string_lossy().into_owned().into()),
        line: code.and_then(|code| code.line).filter(|line| *line != 0),
        column: code.and_then(|code| code.column).filter(|column| *column != 0).map(u32::from),
    }
}

fn demangled(name: &str) -> Box<str> {
    let Ok(demangled) = rustc_demangle::try_demangle(name) else {
        return name.into();
    };
    let mut text = String::new();
    // This fails only for malformed names. Then the part that was written is used.
    let _ = write!(text, "{demangled:#}");
    text.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Boundary, capture, portable};

    #[test]
    fn it_says_of_the_executable_what_the_backtrace_crate_says() {
        let (mut ours, mut theirs) = (Symbolizer::new(), portable::Symbolizer::new());
        let mut compared = 0;
        let mut check = |address| {
            let expected = theirs.symbolize(address);
            // Padding may count as part of the function before it, or not.
            if expected.iter().any(|frame| frame.file().is_some()) {
                assert_eq!(ours.symbolize(address), expected, "{address:#x}");
                compared += 1;
            }
        };
        let executable = Module::all().swap_remove(0);
        let mut buffer = [0; 64];
        let len = capture(&mut buffer, Boundary::NONE).len;
        for address in &buffer[..len] {
            if executable.contains(*address) {
                check(*address);
            }
        }
        let start = demangled as fn(&str) -> Box<str> as usize;
        for step in 0..1000 {
            check(start + step * 97);
        }
        assert!(compared > 900, "{compared}");
    }

    #[test]
    fn a_file_that_has_replaced_the_loaded_one_is_not_asked() {
        let address = demangled as fn(&str) -> Box<str> as usize + 1;
        let mut module = Module::all().into_iter().find(|module| module.contains(address)).unwrap();
        assert!(module.source().is_some());
        let mut symbolizer = Symbolizer::new();
        assert!(!symbolizer.symbolize(address).is_empty());

        *module.headers.last_mut().unwrap() ^= 1;
        symbolizer.modules = vec![module.unchecked()];
        assert_eq!(symbolizer.symbolize(address), []);
    }
}
