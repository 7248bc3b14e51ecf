// Making and writing JSON values.
#ifndef OVERLOCK_SERVICES_CONFIG_JSON_TEXT_H_
#define OVERLOCK_SERVICES_CONFIG_JSON_TEXT_H_

#include <string>
#include <string_view>

#include "services/config/json_document.h"

namespace overlock::config {

JsonValue MakeObject();
JsonValue MakeArray();
JsonValue MakeString(std::string_view text);
JsonValue MakeBool(bool value);
JsonValue MakeInteger(int64_t value);

// Gives the object's member this value, in its place or, if it is new, at the end.
void SetMember(JsonValue& object, std::string_view key, JsonValue value);
// The same at the beginning.
void SetFirstMember(JsonValue& object, std::string_view key, JsonValue value);
void RemoveMember(JsonValue& object, std::string_view key);

// Compact JSON text; numbers keep their spelling, members their order.
std::string ToText(const JsonValue& value);
// Indented by four spaces, with a line break at the end: as Stitch's command line wrote files (spec section 1.2).
std::string ToPrettyText(const JsonValue& value);

}  // namespace overlock::config

#endif  // OVERLOCK_SERVICES_CONFIG_JSON_TEXT_H_
