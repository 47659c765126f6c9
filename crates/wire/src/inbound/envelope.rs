//! What stands beside a message: its content type and its CloudEvents attributes, from Kafka headers or from HTTP.
//!
//! Other headers are none of its business. Nothing is decided here but the mode of a CloudEvent.

use crate::{
    cloudevents::{Attribute, essence},
    read::{Reading, bad, undecodable},
};
use std::borrow::Cow;
use vocab::record::{BadValue, Encoding, Refusal};

/// A content type and attributes; most messages have neither.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Envelope<'a> {
    content_type: Option<Cow<'a, str>>,
    attributes: Vec<Attribute<'a>>,
}

impl<'a> Envelope<'a> {
    /// Nothing beside the bytes.
    #[must_use]
    pub const fn bare() -> Self {
        Self { content_type: None, attributes: Vec::new() }
    }

    /// Only a content type.
    #[must_use]
    pub fn of_type(content_type: &'a str) -> Self {
        Self { content_type: Some(Cow::Borrowed(content_type)), attributes: Vec::new() }
    }

    /// From the headers of a Kafka record: `content-type` and `ce_*`, values in UTF-8.
    ///
    /// # Errors
    /// [`Refusal::NotUtf8`]; a header that is there twice is refused by name.
    pub fn of_kafka(headers: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Result<Self, Refusal> {
        let mut envelope = Self::bare();
        for (name, value) in headers {
            let text = || std::str::from_utf8(value).map_err(|_| Refusal::NotUtf8);
            if let Some(attribute) = name.strip_prefix("ce_") {
                envelope.attributes.push((Cow::Borrowed(attribute), Cow::Borrowed(text()?)));
            } else if name.eq_ignore_ascii_case("content-type") {
                envelope.typed(Cow::Borrowed(text()?))?;
            }
        }
        Ok(envelope)
    }

    /// From the header fields of an HTTP request: `content-type` and `ce-*`, whose values are percent-encoded where they are
    /// not plain ASCII. Names may be in any case.
    ///
    /// # Errors
    /// As [`Envelope::of_kafka`].
    pub fn of_http(fields: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Result<Self, Refusal> {
        let mut envelope = Self::bare();
        for (name, value) in fields {
            let (prefix, attribute) = name.split_at_checked(3).unwrap_or_default();
            if prefix.eq_ignore_ascii_case("ce-") {
                let name = Cow::Owned(attribute.to_ascii_lowercase());
                envelope.attributes.push((name, Cow::Owned(decoded(value)?)));
            } else if name.eq_ignore_ascii_case("content-type") {
                let text = std::str::from_utf8(value).map_err(|_| Refusal::NotUtf8)?;
                envelope.typed(Cow::Borrowed(text))?;
            }
        }
        Ok(envelope)
    }

    fn typed(&mut self, content_type: Cow<'a, str>) -> Reading<()> {
        match self.content_type.replace(content_type) {
            None => Ok(()),
            Some(_) => Err(bad("content-type", BadValue::Contradicts)),
        }
    }

    /// The content type as it was given.
    #[must_use]
    pub fn content_type(&self) -> Option<&str> {
        self.content_type.as_deref()
    }

    /// The CloudEvents attributes: none where the message is no CloudEvent in binary mode.
    #[must_use]
    pub fn attributes(&self) -> &[Attribute<'a>] {
        &self.attributes
    }

    /// What the attributes hold together, bytes.
    pub(super) fn attribute_bytes(&self) -> usize {
        self.attributes.iter().map(|(name, value)| name.len() + value.len()).sum()
    }

    /// Whether the bytes are a whole CloudEvent in JSON. Attributes beside one are copies for routing and are not read.
    pub(super) fn is_structured(&self) -> Reading<bool> {
        let Some(content_type) = self.content_type() else { return Ok(false) };
        let Some(format) = essence(content_type).strip_prefix("application/cloudevents").map(str::to_owned) else { return Ok(false) };
        match format.as_str() {
            "+json" => Ok(true),
            "-batch+json" => Err(undecodable(Encoding::Json, "a batch of CloudEvents is not one message")),
            _ => Err(undecodable(Encoding::Json, &format!("a CloudEvent of content type {content_type}: only +json is read"))),
        }
    }
}

/// The text of a header value: without quotes around it, `%41` for `A`.
fn decoded(value: &[u8]) -> Reading<String> {
    let quoted = value.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\""));
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = quoted.unwrap_or(value).iter().copied();
    while let Some(byte) = rest.next() {
        match byte {
            b'\\' if quoted.is_some() => bytes.extend(rest.next()),
            b'%' => match (digit(&mut rest), digit(&mut rest)) {
                (Some(high), Some(low)) => bytes.push(high << 4 | low),
                (Some(_) | None, _) => return Err(bad("ce_*", BadValue::WrongType)),
            },
            byte => bytes.push(byte),
        }
    }
    String::from_utf8(bytes).map_err(|_| Refusal::NotUtf8)
}

fn digit(bytes: &mut impl Iterator<Item = u8>) -> Option<u8> {
    bytes.next().and_then(|byte| char::from(byte).to_digit(16)).and_then(|digit| u8::try_from(digit).ok())
}
