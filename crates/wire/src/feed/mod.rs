//! Feeds by mapping file: rows of CSV or JSONL become events, as a TOML file says.
//!
//! [`Mapping::parse`] compiles the file or tells every mistake in it; [`Rows`] cuts a plain, gzip or zstd stream into rows;
//! a [`Mapper`] turns each row into an event, a counted skip or a refusal; [`check_sample`] tries the first rows of a file
//! and reports. Mappers are cheap to clone and independent, so rows may be mapped on other threads. The guide for authors
//! of mappings is `deploy/mappings/README.md`. Never enters: what counts, what is late, what is known twice; a clock.

mod body;
mod cells;
mod csv_row;
mod envelope;
mod find;
mod lines;
mod mapper;
mod mapping;
mod mistake;
mod moment;
mod number;
mod reading;
mod row_test;
mod rows;
mod sample;
mod section;
mod stream;

pub use lines::Lines;
pub use mapper::{FeedCounts, KnownFrom, Mapped, Mapper, Outcome};
pub use mapping::{Format, Mapping};
pub use mistake::{MappingMistake, Mistakes};
pub use rows::{Ending, ROW_BYTES_MAX, RawBatch, RawRow, Rows, is_piece};
pub use sample::{RefusedReason, SampleReport, check_sample};
pub use stream::OpenError;
