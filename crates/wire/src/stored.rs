//! Entries of the admitted log with their records as the bytes that are stored: what an archive carries from one log to another.
//!
//! The message is that of `entry`, so a reader of entries reads these too; but the record is not decoded, and what a later version
//! wrote into it survives. Must never enter: the meaning of a record, how entries are framed or put into files.

use crate::{
    event::protobuf_error,
    mark, pb,
    read::{Reading, missing},
    sink::{Protobuf, Sink},
    table,
};
use prost::Message as _;
use vocab::{mark::Mark, record::Refusal};

/// An entry of the admitted log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stored {
    /// An admitted record: the protobuf message `slipwatch.v1.Admitted` as it is stored.
    Admitted {
        /// Who sent it.
        origin: u32,
        /// Its bytes.
        bytes: Vec<u8>,
    },
    /// A promise of completeness.
    Mark(Mark),
}

/// The fields of an entry that this reads; the numbers are those of `entry.proto`.
#[derive(Clone, PartialEq, prost::Message)]
struct Fields {
    #[prost(uint32, tag = "1")]
    origin: u32,
    #[prost(message, optional, tag = "3")]
    mark: Option<pb::Mark>,
    #[prost(bytes = "vec", optional, tag = "4")]
    admitted: Option<Vec<u8>>,
}

/// Appends an entry as the protobuf message `slipwatch.v1.Entry`.
pub fn stored_to_protobuf(entry: &Stored, out: &mut Vec<u8>) {
    use table::entry as f;
    let mut sink = Protobuf::new(out);
    match entry {
        Stored::Admitted { origin, bytes } => {
            sink.natural(&f::ORIGIN, u64::from(*origin));
            sink.bytes(&f::ADMITTED, bytes);
        }
        Stored::Mark(told) => sink.message(&f::MARK, |out| mark::write(out, told)),
    }
}

/// Reads an entry.
///
/// # Errors
/// A [`Refusal`]: the bytes are damaged, or are no entry of the admitted log.
pub fn stored_from_protobuf(bytes: &[u8]) -> Result<Stored, Refusal> {
    read(Fields::decode(bytes).map_err(|error| protobuf_error(&error))?)
}

fn read(fields: Fields) -> Reading<Stored> {
    match (fields.admitted, fields.mark) {
        (Some(bytes), _) => Ok(Stored::Admitted { origin: fields.origin, bytes }),
        (None, Some(told)) => Ok(Stored::Mark(mark::read(told)?)),
        (None, None) => Err(missing("content")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vocab::time::Tick;

    #[test]
    fn a_record_stays_as_it_is_stored_whatever_stands_in_it() {
        // Field 900 is of no version: a decoder would drop it.
        let later = vec![0xa2, 0x38, 0x03, b'n', b'e', b'w'];
        for entry in [
            Stored::Admitted { origin: 7, bytes: later },
            Stored::Mark(Mark { generation: 1, stage: 0, first: 0, until: 2, known: Tick(-5), count: 2 }),
        ] {
            let mut bytes = Vec::new();
            stored_to_protobuf(&entry, &mut bytes);
            assert_eq!(stored_from_protobuf(&bytes).unwrap(), entry);
        }
        assert!(stored_from_protobuf(&[8, 1]).is_err(), "an entry of nothing");
    }
}
