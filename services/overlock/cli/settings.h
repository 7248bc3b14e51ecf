// Fields of configuration files, as a command line gives them.
#ifndef OVERLOCK_SERVICES_OVERLOCK_CLI_SETTINGS_H_
#define OVERLOCK_SERVICES_OVERLOCK_CLI_SETTINGS_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "services/config/json_document.h"

namespace overlock::cli {

// JSON text that is an object. INVALID_ARGUMENT (`BAD_USAGE`), `where` says of what.
absl::StatusOr<config::JsonValue> ParseObject(std::string_view where, std::string_view text);

// What the text is as JSON; a string of the text if it is none.
config::JsonValue ValueOf(const std::string& text);

// Gives the field at a dotted path, e.g. `options.httpMethod`, a value; makes objects on the way. INVALID_ARGUMENT
// (`BAD_USAGE`) if the path is none or leads through something else than objects.
absl::Status SetField(config::JsonValue& object, std::string_view path, config::JsonValue value);

// The same for `PATH=VALUE` with ValueOf(VALUE); `PATH=` takes the field out.
absl::Status ApplySetting(config::JsonValue& object, const std::string& setting);

// The string at a dotted path; empty if there is none.
std::string StringAt(const config::JsonValue& object, std::string_view path);
bool TrueAt(const config::JsonValue& object, std::string_view path);

}  // namespace overlock::cli

#endif  // OVERLOCK_SERVICES_OVERLOCK_CLI_SETTINGS_H_
