// Where webhooks are.
#ifndef OVERLOCK_SERVICES_OVERLOCK_CLI_WEBHOOK_URL_H_
#define OVERLOCK_SERVICES_OVERLOCK_CLI_WEBHOOK_URL_H_

#include <CLI/CLI.hpp>

#include <string>

#include "absl/status/statusor.h"

namespace overlock::cli {

inline constexpr char kEdgeUrlPreset[] = "http://127.0.0.1:8080";

// `--edge_url`.
void AddEdgeOption(CLI::App& command, std::string& edge_url);

// The webhook's URL (spec section 3). INVALID_ARGUMENT (`BAD_USAGE`) if `edge_url` is none.
absl::StatusOr<std::string> WebhookUrl(const std::string& edge_url, const std::string& app_id,
                                       const std::string& service, const std::string& webhook);

// The header Host that callers of the edge send. The same error.
absl::StatusOr<std::string> EdgeHost(const std::string& edge_url);

}  // namespace overlock::cli

#endif  // OVERLOCK_SERVICES_OVERLOCK_CLI_WEBHOOK_URL_H_
