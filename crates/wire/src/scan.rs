//! A glance at protobuf bytes without decoding them: the version before the payload, and a body of a later version among
//! the fields that decoding leaves out.
//!
//! A scan ends quietly at the first byte it does not understand: the decoder is the one that complains.

use crate::{event::Stranger, table};
use std::sync::Arc;

/// Field numbers of an event that are bodies and nothing else.
const BODIES: std::ops::RangeInclusive<u64> = 100..=999;

struct Scan<'a> {
    rest: &'a [u8],
}

enum Content<'a> {
    Number(u64),
    Bytes(&'a [u8]),
    Fixed,
}

impl<'a> Scan<'a> {
    fn varint(&mut self) -> Option<u64> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let (byte, rest) = self.rest.split_first()?;
            self.rest = rest;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(taken)
    }
}

impl<'a> Iterator for Scan<'a> {
    type Item = (u64, Content<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let tag = self.varint()?;
        let content = match tag & 7 {
            0 => Content::Number(self.varint()?),
            1 => self.take(8).map(|_| Content::Fixed)?,
            2 => {
                let length = usize::try_from(self.varint()?).ok()?;
                Content::Bytes(self.take(length)?)
            }
            5 => self.take(4).map(|_| Content::Fixed)?,
            _ => return None,
        };
        Some((tag >> 3, content))
    }
}

/// The schema version an event states; 0 when it states none.
pub(crate) fn version(bytes: &[u8]) -> u32 {
    let wanted = u64::from(table::event::SCHEMA_VERSION.number);
    let found = Scan { rest: bytes }.find_map(|(number, content)| match content {
        Content::Number(version) if number == wanted => Some(version),
        Content::Number(_) | Content::Bytes(_) | Content::Fixed => None,
    });
    found.map_or(0, |version| u32::try_from(version).unwrap_or(u32::MAX))
}

/// The feed an event names. One that stands there twice is no name: a decoder takes the last, and a reader the first.
pub(crate) fn source(bytes: &[u8]) -> Option<&str> {
    let wanted = u64::from(table::event::SOURCE.number);
    let mut named = Scan { rest: bytes }.filter_map(|(number, content)| match content {
        Content::Bytes(content) if number == wanted => Some(content),
        Content::Number(_) | Content::Bytes(_) | Content::Fixed => None,
    });
    let first = named.next()?;
    if named.next().is_some() { None } else { std::str::from_utf8(first).ok() }
}

/// The first body of an event that this version does not know.
pub(crate) fn stranger(bytes: &[u8]) -> Option<Stranger> {
    Scan { rest: bytes }.find_map(|(number, content)| match content {
        Content::Bytes(content) if BODIES.contains(&number) => Some(Stranger { name: format!("body {number}"), bytes: Arc::from(content) }),
        Content::Number(_) | Content::Bytes(_) | Content::Fixed => None,
    })
}
