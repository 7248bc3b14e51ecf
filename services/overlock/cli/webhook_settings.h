// What Stitch's page of a webhook let one choose (spec sections 2 and 14), as options.
#ifndef OVERLOCK_SERVICES_OVERLOCK_CLI_WEBHOOK_SETTINGS_H_
#define OVERLOCK_SERVICES_OVERLOCK_CLI_WEBHOOK_SETTINGS_H_

#include <CLI/CLI.hpp>

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "services/config/json_document.h"

namespace overlock::cli {

// Empty means not given.
struct WebhookSettings {
  // `system`, `application`, `user-id`, `script`.
  std::string authentication;
  std::string run_as_user_id;
  std::string script_file;
  // `true` or `false`.
  std::string fetch_custom_user_data;
  std::string create_user_on_auth;
  std::string disable_arg_logs;
  std::string respond_result;
  std::string method;
  // JSON, or @FILE.
  std::string can_evaluate;
  std::string validation;
  std::string secret_file;
  // Of GENERIC_HMAC.
  std::string signature_header;
  // What the files hold (ReadFiles()), or what was typed.
  std::string script_source;
  std::string secret;
};

inline constexpr std::string_view kNoValidation = "NO_VALIDATION";
inline constexpr std::string_view kGenericHmac = "GENERIC_HMAC";

const std::vector<std::string>& Authentications();
const std::vector<std::string>& Methods();
const std::vector<std::string>& Validations();

void AddWebhookOptions(CLI::App& command, WebhookSettings& settings);

// INVALID_ARGUMENT (`BAD_USAGE`) for options that exclude each other; errors of files.h.
absl::Status ReadFiles(WebhookSettings& settings);

// What is preselected on Stitch's page for what was not given. `service_type` is `http`, `github` or `twilio`.
void SetDefaults(std::string_view service_type, WebhookSettings& settings);

// Options that what was given asks for: `--run_as_user_id`, `--script`, `--secret_file`.
std::vector<std::string> MissingOptions(const WebhookSettings& settings);

// Puts what was given into a webhook's configuration, in the order of an export. INVALID_ARGUMENT (`BAD_USAGE`).
absl::Status Apply(const WebhookSettings& settings, config::JsonValue& config);

}  // namespace overlock::cli

#endif  // OVERLOCK_SERVICES_OVERLOCK_CLI_WEBHOOK_SETTINGS_H_
