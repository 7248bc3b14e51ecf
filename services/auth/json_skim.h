// The top level of a JSON text, read without building anything of what lies below: a body may have 18 MB.
#ifndef OVERLOCK_SERVICES_AUTH_JSON_SKIM_H_
#define OVERLOCK_SERVICES_AUTH_JSON_SKIM_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/functional/function_ref.h"

namespace overlock::auth {

// Called with a member's name and its value's own text, e.g. `"ada"` or `{"a": 1}`. Both are valid in the call only.
using OnMember = absl::FunctionRef<void(std::string_view name, std::string_view value)>;

// Calls `on_member` for each member of the object that `text` is, in order. False if `text` is not one object and
// nothing else; then forget what was seen. Values below the top level are stepped over by their brackets and strings,
// not checked. Takes time linear in the text and no memory for it.
bool SkimObject(std::string_view text, OnMember on_member);

// What a JSON string says; nothing if `text` is no JSON string.
std::optional<std::string> DecodeJsonString(std::string_view text);

}  // namespace overlock::auth

#endif  // OVERLOCK_SERVICES_AUTH_JSON_SKIM_H_
