// Extended JSON's ways to write a value of a BSON type as a document. For parse.cc only.
#ifndef OVERLOCK_COMMON_EJSON_WRAPPER_H_
#define OVERLOCK_COMMON_EJSON_WRAPPER_H_

#include <string>
#include <vector>

#include "common/ejson/value.h"

namespace overlock::ejson {

struct Unwrapped {
  enum class Kind {
    // An ordinary document.
    kDocument,
    // `value` is what the wrapper means.
    kValue,
    // `fault` says what is wrong with it.
    kFault,
  };
  Kind kind = Kind::kDocument;
  Value value;
  std::string fault;
};

// Decides what the members of a JSON object mean; their own values have been unwrapped before.
Unwrapped Unwrap(const std::vector<Member>& members);

}  // namespace overlock::ejson

#endif  // OVERLOCK_COMMON_EJSON_WRAPPER_H_
