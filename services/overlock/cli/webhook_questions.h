// Stitch's procedure for a new webhook, as questions (spec section 14).
#ifndef OVERLOCK_SERVICES_OVERLOCK_CLI_WEBHOOK_QUESTIONS_H_
#define OVERLOCK_SERVICES_OVERLOCK_CLI_WEBHOOK_QUESTIONS_H_

#include <map>
#include <set>
#include <string>

#include "absl/status/status.h"
#include "services/overlock/cli/webhook_settings.h"

namespace overlock::cli {

// What the questions are about, and what is known already: it is not asked again.
struct NewWebhook {
  std::string service;
  std::string name;
  WebhookSettings settings;
  std::string function_file;
};

// What the application has.
struct WebhookPlaces {
  // Services that can have webhooks: their types by their names.
  std::map<std::string, std::string> services;
  // `SERVICE/WEBHOOK`.
  std::set<std::string> taken;
};

// `webhook0`, or the first number that is free.
std::string FreeName(const WebhookPlaces& places, const std::string& service);

// Asks for what is not known, in the order of Stitch's page, with what it preselects. Errors of Questions.
absl::Status AskForWebhook(const WebhookPlaces& places, NewWebhook& webhook);

}  // namespace overlock::cli

#endif  // OVERLOCK_SERVICES_OVERLOCK_CLI_WEBHOOK_QUESTIONS_H_
