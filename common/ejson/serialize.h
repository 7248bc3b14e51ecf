// From values to JSON text.
#ifndef OVERLOCK_COMMON_EJSON_SERIALIZE_H_
#define OVERLOCK_COMMON_EJSON_SERIALIZE_H_

#include <string>

#include "common/ejson/value.h"

namespace overlock::ejson {

// Canonical MongoDB Extended JSON v2, compact: Parse() gives back the same value with the same types.
std::string ToCanonicalJson(const Value& value);

}  // namespace overlock::ejson

#endif  // OVERLOCK_COMMON_EJSON_SERIALIZE_H_
