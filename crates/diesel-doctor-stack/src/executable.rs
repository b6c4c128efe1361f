//! Tells how much debug information the running executable has.

use crate::{DebugInfo, platform};

/// Returns how much debug information the running executable has, so that a report can say how to get lines.
///
/// It reads the executable's file, so do not call it while a query runs.
pub fn debug_info() -> DebugInfo {
    platform::debug_info()
}
