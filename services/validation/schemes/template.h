// Templates of what is signed: `v0:{timestamp}:{body}`.
#ifndef OVERLOCK_SERVICES_VALIDATION_SCHEMES_TEMPLATE_H_
#define OVERLOCK_SERVICES_VALIDATION_SCHEMES_TEMPLATE_H_

#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace overlock::validation {

// A piece of the signed message.
struct Part {
  enum class Kind {
    // `text`.
    kText,
    // The request's body.
    kBody,
    // The sender's time, as it was sent.
    kTimestamp,
    // The delivery's id.
    kId,
    // The URL under which the sender knows the hook.
    kUrl,
  };
  Kind kind;
  // Refers to the template.
  std::string_view text;
};

// `{body}`, `{timestamp}`, `{id}` and `{url}` stand for those; no other brace may occur. INVALID_ARGUMENT
// (`TEMPLATE_INVALID`) says which one does. At most 256 bytes and 16 parts.
absl::StatusOr<std::vector<Part>> ParseTemplate(std::string_view text);

// Whether one of the parts is of that kind.
bool HasPart(const std::vector<Part>& parts, Part::Kind kind);

}  // namespace overlock::validation

#endif  // OVERLOCK_SERVICES_VALIDATION_SCHEMES_TEMPLATE_H_
