// Our own settings of request validation: `options.overlock` of a webhook, `overlock` of an endpoint
// (docs/validation.md).
#ifndef OVERLOCK_SERVICES_CONFIG_VALIDATION_SETTINGS_PARSER_H_
#define OVERLOCK_SERVICES_CONFIG_VALIDATION_SETTINGS_PARSER_H_

#include <optional>
#include <string_view>

#include "overlock/config/v1/application.pb.h"
#include "services/config/object_reader.h"

namespace overlock::config {

// The `overlock` of the reader's object; nothing if it is absent. What is wrong in it is an error there, a field that
// is not known too. What depends on the method is the checker's (app_parser.h). Secrets have no values.
std::optional<v1::ValidationSettings> ReadValidationSettings(ObjectReader& reader);

// The method that a field names; UNSPECIFIED if it is absent or wrong, which is an error.
v1::ValidationMethod ReadValidationMethod(ObjectReader& reader, std::string_view field);

}  // namespace overlock::config

#endif  // OVERLOCK_SERVICES_CONFIG_VALIDATION_SETTINGS_PARSER_H_
