// JSON text with all that a good message about it needs: order, lines, doubled keys.
#ifndef OVERLOCK_SERVICES_CONFIG_JSON_DOCUMENT_H_
#define OVERLOCK_SERVICES_CONFIG_JSON_DOCUMENT_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace overlock::config {

struct JsonMember;

// A JSON value (RFC 8259).
struct JsonValue {
  enum class Kind { kNull, kBool, kNumber, kString, kArray, kObject };

  Kind kind = Kind::kNull;
  bool boolean = false;
  // Whether `integer` holds the number exactly.
  bool is_integer = false;
  int64_t integer = 0;
  // A string's content; a number's own spelling.
  std::string text;
  std::vector<JsonValue> items;
  // In the order of the text. A doubled key stands here once, with its first value.
  std::vector<JsonMember> members;
  // Where it begins (for a container) or ends, from 1.
  int line = 0;

  // The member's value; null if there is none.
  const JsonValue* Find(std::string_view key) const;
};

struct JsonMember {
  std::string key;
  JsonValue value;
};

// `a string`, `an object` ...
std::string_view Describe(JsonValue::Kind kind);

struct JsonDocument {
  JsonValue root;
  // Dotted paths of keys that an object has twice, each with the line of the second.
  struct DoubledKey {
    std::string path;
    int line;
  };
  std::vector<DoubledKey> doubled_keys;
};

// How deeply arrays and objects may nest.
inline constexpr int kJsonDepthMax = 100;

// Reads UTF-8 JSON text, with or without a byte order mark. INVALID_ARGUMENT (`BAD_JSON`), the message says
// line, column (unless the text ends too early) and fault.
absl::StatusOr<JsonDocument> ParseJson(std::string_view text);

}  // namespace overlock::config

#endif  // OVERLOCK_SERVICES_CONFIG_JSON_DOCUMENT_H_
