// MongoDB's order of values.
#ifndef OVERLOCK_COMMON_EJSON_COMPARE_H_
#define OVERLOCK_COMMON_EJSON_COMPARE_H_

#include "common/ejson/value.h"

namespace overlock::ejson {

// Negative, zero or positive, by MongoDB's order of BSON types: MinKey, undefined, null, numbers, strings, documents,
// arrays, binaries, ObjectIds, booleans, dates, timestamps, regular expressions, MaxKey. Numbers are compared by what
// they are worth, exactly, whatever their type; NaN equals NaN and is less than every other number. Strings are
// compared by bytes, documents member by member in their order.
int Compare(const Value& a, const Value& b);

inline bool Equal(const Value& a, const Value& b) { return Compare(a, b) == 0; }

// Whether the two belong to the same group of that order: only then do MongoDB's $gt, $gte, $lt and $lte compare them.
bool SameGroup(const Value& a, const Value& b);

}  // namespace overlock::ejson

#endif  // OVERLOCK_COMMON_EJSON_COMPARE_H_
