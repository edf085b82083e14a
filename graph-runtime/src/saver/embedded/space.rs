//! How full the disk is.

use std::path::Path;

/// The bytes that are free where a file or a directory is; a file system that does not tell has space.
pub(in crate::saver) fn free_space(path: &Path) -> u64 {
    fs2::available_space(path).unwrap_or(u64::MAX)
}
