// Whether validation can do what an application asks of it. Internal to app_parser.
#ifndef OVERLOCK_SERVICES_CONFIG_VALIDATION_CHECK_H_
#define OVERLOCK_SERVICES_CONFIG_VALIDATION_CHECK_H_

#include "overlock/config/v1/application.pb.h"
#include "services/config/entity_parsers.h"

namespace overlock::config {

// Reports what does not fit of the validation of all webhooks and endpoints. Comes last: secrets must be known. What is
// wrong with a secret that a file holds is an error; one that the server keeps may be set later, which is a warning.
void CheckValidation(const ParseContext& context, const v1::Application& application);

}  // namespace overlock::config

#endif  // OVERLOCK_SERVICES_CONFIG_VALIDATION_CHECK_H_
