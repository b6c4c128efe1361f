//! One function on a stack, as the debug information describes it.

/// One function on a stack, as far as the executable describes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frame {
    pub(crate) function: Option<Box<str>>,
    pub(crate) file: Option<Box<str>>,
    pub(crate) line: Option<u32>,
    pub(crate) column: Option<u32>,
}

impl Frame {
    /// The function's demangled path, without the hash that the compiler appends.
    pub fn function(&self) -> Option<&str> {
        self.function.as_deref()
    }

    /// The path of the source file, as it was compiled in.
    pub fn file(&self) -> Option<&str> {
        self.file.as_deref()
    }

    /// The line of the call, counted from 1.
    pub fn line(&self) -> Option<u32> {
        self.line
    }

    /// The column of the call, counted from 1.
    pub fn column(&self) -> Option<u32> {
        self.column
    }
}
