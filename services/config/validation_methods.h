// The names that files give to methods of request validation.
#ifndef OVERLOCK_SERVICES_CONFIG_VALIDATION_METHODS_H_
#define OVERLOCK_SERVICES_CONFIG_VALIDATION_METHODS_H_

#include <string_view>
#include <vector>

#include "overlock/config/v1/application.pb.h"

namespace overlock::config {

// `NO_VALIDATION`, `GITHUB`; of what is no method, `UNSPECIFIED`.
std::string_view ValidationMethodName(v1::ValidationMethod method);
// Every name that may stand in a file: Stitch's three, then ours (docs/validation.md).
const std::vector<std::string_view>& ValidationMethodNames();
// The method of a name; UNSPECIFIED if there is none. `SVIX` is another name for STANDARD_WEBHOOKS.
v1::ValidationMethod ValidationMethodOf(std::string_view name);
// Whether Stitch had it (spec section 5).
bool IsStitchMethod(v1::ValidationMethod method);

}  // namespace overlock::config

#endif  // OVERLOCK_SERVICES_CONFIG_VALIDATION_METHODS_H_
