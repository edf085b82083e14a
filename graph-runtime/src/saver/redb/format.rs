//! As much of redb's file format, version 3, as it takes to verify a page by the page above it.
//!
//! A file is a header, and pages in trees. The header has two commit slots, each sealed with a checksum, and each names the roots
//! of two trees of tables: the user's and redb's own. Whoever names a page, be it a slot, a table or a branch, keeps its checksum
//! beside its number. `docs/design.md` of redb has the rest.

use twox_hash::XxHash3_128;

/// The smallest page; larger ones are some power of two of it.
pub(super) const PAGE: usize = 4096;
/// The same, to reckon with places in a file.
pub(super) const PAGE_BYTES: u64 = PAGE as u64;
pub(super) const HEADER_BYTES: usize = 320;

const MAGIC: &[u8] = b"redb\x1A\x0A\xA9\x0D\x0A";
const VERSION: u8 = 3;
/// The pages of a region, which has no header of its own.
const REGION_PAGES: u32 = 1 << 20;
/// The one flag of a file that was closed: its last commit needs no recovery.
const CLOSED: u8 = 4;
const SLOT_BYTES: usize = 128;
const SEAL_AT: usize = 112;
const LEAF: u8 = 1;
const BRANCH: u8 = 2;
const TABLE: u8 = 3;
const MOST_ORDER: u64 = 20;

/// A page, as the one above names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) offset: u64,
    pub(super) bytes: u64,
    pub(super) checksum: u128,
}

/// How long the keys and the values of a table are, where all are equally long.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Widths {
    key: Option<usize>,
    value: Option<usize>,
}

impl Widths {
    /// Of a tree of tables, and of the one table that a store has.
    pub(super) const ANY: Widths = Widths { key: None, value: None };
}

/// The roots of the trees of tables, the user's and redb's, in a file that was closed and is of this format; otherwise none.
pub(super) fn roots(header: &[u8], file_bytes: u64) -> Option<[Option<Node>; 2]> {
    let geometry = [12, 16, 20, 24, 28].map(|at| number(header, at));
    let [Some(page), Some(0), Some(REGION_PAGES), Some(regions), Some(rest)] = geometry else { return None };
    let pages = 1 + u64::from(regions) * u64::from(REGION_PAGES) + u64::from(rest);
    let flags = *header.get(MAGIC.len())?;
    let whole = header.starts_with(MAGIC) && u64::from(page) == PAGE_BYTES && pages * PAGE_BYTES == file_bytes;
    if !whole || flags & !1 != CLOSED {
        return None;
    }
    let slot = header.get(64 + SLOT_BYTES * usize::from(flags & 1)..)?.get(..SLOT_BYTES)?;
    let (sealed, seal) = slot.split_at(SEAL_AT);
    if slot[0] != VERSION || hash(sealed) != u128::from_le_bytes(*seal.first_chunk()?) {
        return None;
    }
    let root = |flag: usize, at| if slot[flag] == 0 { Some(None) } else { node(slot, at, at + 8).map(Some) };
    Some([root(1, 8)?, root(2, 40)?])
}

/// The checksum of a page, which covers what is used of it; none if that cannot be told.
pub(super) fn checksum(page: &[u8], widths: Widths) -> Option<u128> {
    let last = count(page)?.checked_sub(1)?;
    let end = match *page.first()? {
        LEAF => value_end(page, widths, last)?,
        BRANCH => {
            let keys = branch_keys(last + 1);
            widths
                .key
                .map_or_else(|| offset(page, keys + 4 * last), |width| width.checked_mul(last + 1)?.checked_add(keys))?
        }
        _ => return None,
    };
    page.get(..end).map(hash)
}

/// Makes a page a leaf that holds nothing.
pub(super) fn empty(page: &mut [u8]) {
    page.fill(0);
    if let Some(kind) = page.first_mut() {
        *kind = LEAF;
    }
}

/// Whether a page is a leaf or a branch; other pages are of another format, or of none.
pub(super) fn is_known(page: &[u8]) -> bool {
    matches!(page.first(), Some(&(LEAF | BRANCH)))
}

pub(super) fn is_leaf(page: &[u8]) -> bool {
    page.first() == Some(&LEAF)
}

/// The pages below a branch; a leaf has none.
pub(super) fn children(page: &[u8]) -> impl Iterator<Item = Option<Node>> {
    let children = if page.first() == Some(&BRANCH) { count(page).map_or(0, |keys| keys + 1) } else { 0 };
    (0..children).map(move |child| node(page, 8 + 16 * children + 8 * child, 8 + 16 * child))
}

/// The tables that a leaf of a tree of tables names: the roots of those that hold something. A table of another kind is none.
pub(super) fn tables(page: &[u8]) -> impl Iterator<Item = Option<(Option<Node>, Widths)>> {
    let entries = count(page).unwrap_or(0);
    (0..entries).map(move |entry| {
        let start = match entry.checked_sub(1) {
            Some(before) => value_end(page, Widths::ANY, before)?,
            None => offset(page, 4 * entries)?,
        };
        table(page.get(start..value_end(page, Widths::ANY, entry)?)?)
    })
}

fn table(definition: &[u8]) -> Option<(Option<Node>, Widths)> {
    if *definition.first()? != TABLE {
        return None;
    }
    let given = |flag: usize| definition.get(flag).map(|flag| *flag != 0);
    let width = |flag: usize| if given(flag)? { offset(definition, flag + 1).map(Some) } else { Some(None) };
    let root = if given(9)? { Some(node(definition, 10, 18)?) } else { None };
    Some((root, Widths { key: width(42)?, value: width(47)? }))
}

/// The entries of a leaf, or the keys of a branch.
fn count(page: &[u8]) -> Option<usize> {
    Some(usize::from(u16::from_le_bytes(*page.get(2..)?.first_chunk()?)))
}

/// Where the value of an entry of a leaf ends. The ends of the keys come first, then those of the values, then keys and values.
fn value_end(page: &[u8], widths: Widths, entry: usize) -> Option<usize> {
    let entries = count(page)?;
    let ends = |width: Option<usize>| if width.is_none() { 4 * entries } else { 0 };
    let Some(width) = widths.value else { return offset(page, 4 + ends(widths.key) + 4 * entry) };
    let keys_end = match widths.key {
        None => offset(page, 4 * entries)?,
        Some(width) => width.checked_mul(entries)?.checked_add(4)?,
    };
    width.checked_mul(entry + 1)?.checked_add(keys_end)
}

/// Where the ends of the keys of a branch begin, or the keys themselves, if they are equally long.
fn branch_keys(keys: usize) -> usize {
    8 + 24 * (keys + 1)
}

fn node(bytes: &[u8], number_at: usize, checksum_at: usize) -> Option<Node> {
    let number = u64::from_le_bytes(*bytes.get(number_at..)?.first_chunk()?);
    let checksum = u128::from_le_bytes(*bytes.get(checksum_at..)?.first_chunk()?);
    let order = number >> 59;
    if order > MOST_ORDER {
        return None;
    }
    let region = (number >> 20) & 0xF_FFFF;
    let page = (number & (0xF_FFFF >> order)) << order;
    let offset = (1 + region * u64::from(REGION_PAGES) + page) * PAGE_BYTES;
    Some(Node { offset, bytes: PAGE_BYTES << order, checksum })
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn offset(bytes: &[u8], at: usize) -> Option<usize> {
    usize::try_from(number(bytes, at)?).ok()
}

fn hash(bytes: &[u8]) -> u128 {
    XxHash3_128::oneshot(bytes)
}
