// From JSON text to values.
#ifndef OVERLOCK_COMMON_EJSON_PARSE_H_
#define OVERLOCK_COMMON_EJSON_PARSE_H_

#include <cstddef>
#include <string_view>

#include "absl/status/statusor.h"
#include "common/ejson/value.h"

namespace overlock::ejson {

struct ParseLimits {
  // How deeply arrays and documents may nest.
  int depth_max = 100;
  size_t text_bytes_max = 16 * 1024 * 1024;
};

// Reads one JSON value (RFC 8259, UTF-8), in which values of BSON's types may be written as MongoDB Extended JSON v2,
// canonical or relaxed, or in the older forms of `$binary`, `$date`, `$regex` and `$uuid`. A plain integer becomes
// int32, int64 or double, the first that holds it; a number with a point or an exponent becomes a double. A document
// whose first key begins with `$` but is none of the type wrappers stays a document.
//
// INVALID_ARGUMENT (`BAD_EJSON`) says the byte offset of the fault: bad syntax, a key twice in one document, a wrapper
// with a bad content, or a limit exceeded.
absl::StatusOr<Value> Parse(std::string_view text, ParseLimits limits = {});

}  // namespace overlock::ejson

#endif  // OVERLOCK_COMMON_EJSON_PARSE_H_
