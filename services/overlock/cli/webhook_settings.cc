#include "services/overlock/cli/webhook_settings.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status/status.h"
#include "services/config/json_text.h"
#include "services/config/validation_methods.h"
#include "services/overlock/cli/exit_code.h"
#include "services/overlock/cli/files.h"
#include "services/overlock/cli/settings.h"

namespace overlock::cli {
namespace {

using config::JsonValue;

const std::vector<std::string>& TrueOrFalse() {
  static const auto* const words = new std::vector<std::string>{"true", "false"};
  return *words;
}

void SetBool(const std::string& given, const char* field, JsonValue& config) {
  if (!given.empty()) config::SetMember(config, field, config::MakeBool(given == "true"));
}

void ApplyAuthentication(const WebhookSettings& settings, JsonValue& config) {
  const std::string& mode = settings.authentication;
  if (mode.empty()) return;
  config::SetMember(config, "run_as_authed_user", config::MakeBool(mode == "application"));
  config::SetMember(config, "run_as_user_id", config::MakeString(mode == "user-id" ? settings.run_as_user_id : ""));
  config::SetMember(config, "run_as_user_id_script_source",
                    config::MakeString(mode == "script" ? settings.script_source : ""));
}

// The mode that the option is for is the mode.
absl::Status Imply(const char* option, const std::string& given, const char* mode, std::string& authentication) {
  if (given.empty()) return absl::OkStatus();
  if (authentication.empty()) authentication = mode;
  if (authentication == mode) return absl::OkStatus();
  return UsageError(absl::StrCat(option, ": is for --authentication ", mode));
}

bool NeedsSecret(const WebhookSettings& settings) {
  return !settings.validation.empty() && settings.validation != kNoValidation;
}

}  // namespace

const std::vector<std::string>& Authentications() {
  static const auto* const words = new std::vector<std::string>{"system", "application", "user-id", "script"};
  return *words;
}

const std::vector<std::string>& Methods() {
  static const auto* const words = new std::vector<std::string>{"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "ANY"};
  return *words;
}

const std::vector<std::string>& Validations() {
  static const auto* const words =
      new std::vector<std::string>(config::ValidationMethodNames().begin(), config::ValidationMethodNames().end());
  return *words;
}

void AddWebhookOptions(CLI::App& command, WebhookSettings& settings) {
  const char* group = "Webhook";
  auto add = [&](const char* name, std::string& value, const char* description) {
    return command.add_option(name, value, description)->group(group);
  };
  add("--authentication", settings.authentication, "As whom it runs. Preselected: system.")
      ->check(CLI::IsMember(Authentications()));
  add("--run_as_user_id", settings.run_as_user_id, "With user-id: the user's id.");
  add("--script", settings.script_file, "With script: a file with the JavaScript that returns the user's id.");
  add("--fetch_custom_user_data", settings.fetch_custom_user_data, "With application. Preselected: false.")
      ->check(CLI::IsMember(TrueOrFalse()));
  add("--create_user_on_auth", settings.create_user_on_auth, "With application. Preselected: false.")
      ->check(CLI::IsMember(TrueOrFalse()));
  add("--disable_arg_logs", settings.disable_arg_logs, "Leave the arguments out of the log. Preselected: true.")
      ->check(CLI::IsMember(TrueOrFalse()));
  add("--method", settings.method, "The HTTP method that it answers to. Preselected: POST.")
      ->check(CLI::IsMember(Methods()));
  add("--respond_result", settings.respond_result, "Send what the function returns. Preselected: true.")
      ->check(CLI::IsMember(TrueOrFalse()));
  add("--can_evaluate", settings.can_evaluate, "The authorization expression: JSON, or @FILE. Preselected: {}, true.");
  add("--validation", settings.validation, "How requests are validated. Preselected: NO_VALIDATION.")
      ->check(CLI::IsMember(Validations()));
  add("--secret_file", settings.secret_file,
      "The file with the secret of the others; a line break at its end is not part of it.");
  add("--signature_header", settings.signature_header,
      "With GENERIC_HMAC: the header that holds the signature. --set options.overlock.signature.NAME=VALUE says more.");
}

absl::Status ReadFiles(WebhookSettings& settings) {
  OVERLOCK_RETURN_IF_ERROR(Imply("--run_as_user_id", settings.run_as_user_id, "user-id", settings.authentication));
  OVERLOCK_RETURN_IF_ERROR(Imply("--script", settings.script_file, "script", settings.authentication));
  if (!settings.script_file.empty()) {
    OVERLOCK_ASSIGN_OR_RETURN(settings.script_source, ReadFile(settings.script_file));
  }
  if (!settings.secret_file.empty()) {
    OVERLOCK_ASSIGN_OR_RETURN(settings.secret, ReadSecretFile(settings.secret_file));
    if (settings.secret.empty()) return UsageError(absl::StrCat("--secret_file: ", settings.secret_file, " is empty"));
  }
  if (!settings.can_evaluate.empty()) {
    OVERLOCK_ASSIGN_OR_RETURN(settings.can_evaluate, TextOrFile(settings.can_evaluate));
    OVERLOCK_RETURN_IF_ERROR(ParseObject("--can_evaluate", settings.can_evaluate).status());
  }
  if (!settings.signature_header.empty() && !settings.validation.empty() && settings.validation != kGenericHmac) {
    return UsageError(absl::StrCat("--signature_header: is for --validation ", kGenericHmac));
  }
  return absl::OkStatus();
}

void SetDefaults(std::string_view service_type, WebhookSettings& settings) {
  auto preset = [](std::string& setting, std::string_view value) {
    if (setting.empty()) setting = value;
  };
  preset(settings.authentication, "system");
  preset(settings.disable_arg_logs, "true");
  preset(settings.respond_result, "true");
  if (service_type != "http") return;
  preset(settings.method, "POST");
  preset(settings.validation, kNoValidation);
}

std::vector<std::string> MissingOptions(const WebhookSettings& settings) {
  std::vector<std::string> missing;
  if (settings.authentication == "user-id" && settings.run_as_user_id.empty()) missing.push_back("--run_as_user_id");
  if (settings.authentication == "script" && settings.script_source.empty()) missing.push_back("--script");
  if (NeedsSecret(settings) && settings.secret.empty()) missing.push_back("--secret_file");
  return missing;
}

absl::Status Apply(const WebhookSettings& settings, JsonValue& config) {
  ApplyAuthentication(settings, config);
  if (!settings.can_evaluate.empty()) {
    OVERLOCK_ASSIGN_OR_RETURN(JsonValue expression, ParseObject("--can_evaluate", settings.can_evaluate));
    config::SetMember(config, "can_evaluate", std::move(expression));
  }
  SetBool(settings.disable_arg_logs, "disable_arg_logs", config);
  SetBool(settings.respond_result, "respond_result", config);
  SetBool(settings.fetch_custom_user_data, "fetch_custom_user_data", config);
  SetBool(settings.create_user_on_auth, "create_user_on_auth", config);
  const std::pair<const char*, const std::string&> options[] = {
      {"options.httpMethod", settings.method},
      {"options.validationMethod", settings.validation},
      {"options.secret", settings.secret},
      {"options.overlock.signature.header", settings.signature_header}};
  for (const auto& [path, value] : options) {
    if (!value.empty()) OVERLOCK_RETURN_IF_ERROR(SetField(config, path, config::MakeString(value)));
  }
  return absl::OkStatus();
}

}  // namespace overlock::cli
