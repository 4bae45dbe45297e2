//! How rows looked in older formats: what tests make stores of, to see them carried over.

use vigil_model::LogNumber;

use super::{get_header, get_log, put_format, seal};
use crate::engine::{Op, Table};

/// Changes a row of this format into one of format 1; `None` when it is alike in both, or when the
/// older one cannot say it.
pub(crate) fn to_format_1(table: Table, key: &[u8], value: &[u8]) -> Option<Op<'static>> {
    let row = match table {
        Table::Headers => {
            let row = get_header(key, value).ok()?;
            [&row.arrival.to_le_bytes()[..], row.signed.bytes()].concat()
        }
        Table::Frontier => {
            let (LogNumber(_), log, _) = get_log(key, value)?;
            let peaks = log.chain.next_seq().count_ones() as usize;
            value[8..8 + 152 + 32 * peaks].to_vec()
        }
        Table::Meta if key == super::FORMAT => return Some(Op::put(table, key, put_format(1))),
        _ => return None,
    };
    Some(Op::put(table, key, seal(table, key, &row)))
}
