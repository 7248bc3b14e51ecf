// Values and BSON documents (https://bsonspec.org/spec.html).
#ifndef OVERLOCK_COMMON_EJSON_BSON_H_
#define OVERLOCK_COMMON_EJSON_BSON_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "common/ejson/value.h"

namespace overlock::ejson {

// How deeply documents and arrays may nest: as deep as MongoDB's own go, and a little more.
inline constexpr int kBsonDepthMax = 200;

// Reads a document. Types that values do not have become the nearest one: code and symbols are strings, a DBPointer is
// its ObjectId; so ToBson() does not give the same bytes for each document. INVALID_ARGUMENT (`BAD_BSON`): not one
// whole document, a text that is not UTF-8, a key twice in one document, nesting too deep.
absl::StatusOr<Value> FromBson(std::string_view bytes);

// `document` must be one. A key must not hold NUL: there the key ends.
std::string ToBson(const Value& document);

}  // namespace overlock::ejson

#endif  // OVERLOCK_COMMON_EJSON_BSON_H_
