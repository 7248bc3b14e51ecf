#include "services/overlock/cli/webhook_questions.h"

#include <stdio.h>

#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/status.h"
#include "services/overlock/cli/files.h"
#include "services/overlock/cli/questions.h"
#include "services/overlock/cli/settings.h"

namespace overlock::cli {
namespace {

void Complain(std::string_view text) { fprintf(stderr, "  %.*s\n", static_cast<int>(text.size()), text.data()); }

absl::Status AskYesNo(std::string_view question, bool preset, std::string& setting) {
  if (!setting.empty()) return absl::OkStatus();
  OVERLOCK_ASSIGN_OR_RETURN(bool yes, Questions::YesNo(question, preset));
  setting = yes ? "true" : "false";
  return absl::OkStatus();
}

absl::Status AskService(const WebhookPlaces& places, NewWebhook& webhook) {
  if (!webhook.service.empty()) return absl::OkStatus();
  std::vector<std::string> names;
  for (const auto& [name, type] : places.services) names.push_back(name);
  OVERLOCK_ASSIGN_OR_RETURN(webhook.service, Questions::Choice("Service", names, names.size() == 1 ? names[0] : ""));
  return absl::OkStatus();
}

// A file that can be read; empty if that is the answer.
absl::StatusOr<std::string> AskForFile(std::string_view question, std::string& content) {
  while (true) {
    OVERLOCK_ASSIGN_OR_RETURN(std::string path, Questions::Text(question));
    if (path.empty()) return path;
    if (path != "-") {
      absl::StatusOr<std::string> read = ReadFile(path);
      if (read.ok()) {
        content = *std::move(read);
        return path;
      }
      Complain(std::string_view(read.status().message()));
    }
  }
}

absl::Status AskAuthentication(WebhookSettings& settings) {
  if (settings.authentication.empty()) {
    OVERLOCK_ASSIGN_OR_RETURN(settings.authentication,
                              Questions::Choice("Authentication", Authentications(), "system"));
  }
  while (settings.authentication == "user-id" && settings.run_as_user_id.empty()) {
    OVERLOCK_ASSIGN_OR_RETURN(settings.run_as_user_id, Questions::Text("User id"));
  }
  while (settings.authentication == "script" && settings.script_source.empty()) {
    OVERLOCK_RETURN_IF_ERROR(
        AskForFile("File with the script that returns the user's id", settings.script_source).status());
  }
  if (settings.authentication != "application") return absl::OkStatus();
  OVERLOCK_RETURN_IF_ERROR(AskYesNo("Fetch custom user data?", false, settings.fetch_custom_user_data));
  return AskYesNo("Create user upon authentication?", false, settings.create_user_on_auth);
}

absl::Status AskCanEvaluate(WebhookSettings& settings) {
  while (settings.can_evaluate.empty()) {
    OVERLOCK_ASSIGN_OR_RETURN(std::string text, Questions::Text("Can Evaluate, a JSON expression (empty: always)"));
    if (text.empty()) return absl::OkStatus();
    absl::Status good = ParseObject("expression", text).status();
    if (good.ok()) {
      settings.can_evaluate = std::move(text);
    } else {
      Complain(std::string_view(good.message()));
    }
  }
  return absl::OkStatus();
}

absl::Status AskValidation(std::string_view service_type, WebhookSettings& settings) {
  if (service_type == "twilio") return absl::OkStatus();
  if (service_type == "http" && settings.validation.empty()) {
    OVERLOCK_ASSIGN_OR_RETURN(settings.validation,
                              Questions::Choice("Request Validation", Validations(), kNoValidation));
  }
  if (service_type == "http" && settings.validation == kNoValidation) return absl::OkStatus();
  while (settings.secret.empty()) {
    OVERLOCK_ASSIGN_OR_RETURN(
        settings.secret,
        Questions::Hidden(service_type == "github" ? "Secret (empty: signatures are not checked)" : "Secret"));
    if (service_type == "github") break;
  }
  while (settings.validation == kGenericHmac && settings.signature_header.empty()) {
    OVERLOCK_ASSIGN_OR_RETURN(settings.signature_header, Questions::Text("Header that holds the signature"));
  }
  return absl::OkStatus();
}

}  // namespace

std::string FreeName(const WebhookPlaces& places, const std::string& service) {
  for (int number = 0;; ++number) {
    std::string name = absl::StrCat("webhook", number);
    if (!places.taken.contains(absl::StrCat(service, "/", name))) return name;
  }
}

absl::Status AskForWebhook(const WebhookPlaces& places, NewWebhook& webhook) {
  WebhookSettings& settings = webhook.settings;
  OVERLOCK_RETURN_IF_ERROR(AskService(places, webhook));
  auto type_of_service = places.services.find(webhook.service);
  const std::string type = type_of_service == places.services.end() ? "http" : type_of_service->second;
  if (webhook.name.empty()) {
    OVERLOCK_ASSIGN_OR_RETURN(webhook.name, Questions::Text("Name", FreeName(places, webhook.service)));
  }
  OVERLOCK_RETURN_IF_ERROR(AskAuthentication(settings));
  if (settings.disable_arg_logs.empty()) {
    OVERLOCK_ASSIGN_OR_RETURN(bool logs, Questions::YesNo("Log Function Arguments?", false));
    settings.disable_arg_logs = logs ? "false" : "true";
  }
  if (type == "http" && settings.method.empty()) {
    OVERLOCK_ASSIGN_OR_RETURN(settings.method, Questions::Choice("HTTP Method", Methods(), "POST"));
  }
  OVERLOCK_RETURN_IF_ERROR(AskYesNo("Respond With Result?", true, settings.respond_result));
  OVERLOCK_RETURN_IF_ERROR(AskCanEvaluate(settings));
  OVERLOCK_RETURN_IF_ERROR(AskValidation(type, settings));
  if (!webhook.function_file.empty()) return absl::OkStatus();
  std::string content;
  OVERLOCK_ASSIGN_OR_RETURN(webhook.function_file,
                            AskForFile("File with the function (empty: one to begin with)", content));
  return absl::OkStatus();
}

}  // namespace overlock::cli
