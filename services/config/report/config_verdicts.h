// What of an application's configuration runs here (spec sections 1, 2, 5, 6, 11 and 12).
#ifndef OVERLOCK_SERVICES_CONFIG_REPORT_CONFIG_VERDICTS_H_
#define OVERLOCK_SERVICES_CONFIG_REPORT_CONFIG_VERDICTS_H_

#include <span>
#include <string_view>

#include "services/config/report/verdict.h"
#include "services/config/report/verdict_table.h"

namespace overlock::config {

// What is not known does not run.

// A service's `type`.
Verdict VerdictOfServiceType(std::string_view type);
// An authentication provider's `type`.
Verdict VerdictOfAuthProvider(std::string_view type);
// A directory below the application's root, `triggers` or `services`, in any layout.
Verdict VerdictOfDirectory(std::string_view directory);
// How a webhook of a service validates requests: `validation_method` as an HTTP service's `options.validationMethod`
// has it, which GitHub and Twilio services have not; `is_known` is whether there is a method of that name. Of a Twilio
// service the secret is its auth token.
Verdict VerdictOfValidation(std::string_view service_type, std::string_view validation_method, bool is_known,
                            bool has_secret);
// Our own settings (docs/validation.md) by their names in `overlock`.
Verdict VerdictOfValidationSetting(std::string_view setting);
std::span<const VerdictRow> ValidationSettings();
// A field that is set, by its place and name: `webhook.fetch_custom_user_data`, `function.run_as_user_id`,
// `root.hosting`. ConfigFields() has them all.
Verdict VerdictOfField(std::string_view field);
std::span<const VerdictRow> ConfigFields();
// `rules`, `schema`, `relationships` ... of a MongoDB data source.
Verdict VerdictOfDataSourcePart(std::string_view part);

}  // namespace overlock::config

#endif  // OVERLOCK_SERVICES_CONFIG_REPORT_CONFIG_VERDICTS_H_
