#include "services/overlock/cli/webhook_url.h"

#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/http_client/url.h"
#include "services/overlock/cli/exit_code.h"

namespace overlock::cli {

void AddEdgeOption(CLI::App& command, std::string& edge_url) {
  command.add_option("--edge_url", edge_url, "Where the edge is, as its callers see it.")
      ->envname("OVERLOCK_EDGE_URL")
      ->capture_default_str();
}

absl::StatusOr<std::string> WebhookUrl(const std::string& edge_url, const std::string& app_id,
                                       const std::string& service, const std::string& webhook) {
  std::optional<http::UrlParts> parts = http::ParseUrl(edge_url);
  if (!parts || !parts->query.empty() || !parts->fragment.empty()) {
    return UsageError(absl::StrCat("--edge_url: '", edge_url, "', allowed: such as ", kEdgeUrlPreset));
  }
  std::string base = edge_url;
  while (absl::EndsWith(base, "/")) base.pop_back();
  return absl::StrCat(base, "/api/client/v2.0/app/", http::PercentEncode(app_id), "/service/",
                      http::PercentEncode(service), "/incoming_webhook/", http::PercentEncode(webhook));
}

}  // namespace overlock::cli
