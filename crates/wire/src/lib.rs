//! THE BYTES: protobuf and JSON to and from words; feeds by mapping.
