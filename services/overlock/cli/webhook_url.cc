#include "services/overlock/cli/webhook_url.h"

#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/http_client/url.h"
#include "common/status/status_macros.h"
#include "services/overlock/cli/exit_code.h"

namespace overlock::cli {
namespace {

absl::StatusOr<http::UrlParts> ParseEdgeUrl(const std::string& edge_url) {
  std::optional<http::UrlParts> parts = http::ParseUrl(edge_url);
  if (parts && parts->query.empty() && parts->fragment.empty()) return *std::move(parts);
  return UsageError(absl::StrCat("--edge_url: '", edge_url, "', allowed: such as ", kEdgeUrlPreset));
}

}  // namespace

void AddEdgeOption(CLI::App& command, std::string& edge_url) {
  command.add_option("--edge_url", edge_url, "Where the edge is, as its callers see it.")
      ->envname("OVERLOCK_EDGE_URL")
      ->capture_default_str();
}

absl::StatusOr<std::string> WebhookUrl(const std::string& edge_url, const std::string& app_id,
                                       const std::string& service, const std::string& webhook) {
  OVERLOCK_RETURN_IF_ERROR(ParseEdgeUrl(edge_url).status());
  std::string base = edge_url;
  while (absl::EndsWith(base, "/")) base.pop_back();
  return absl::StrCat(base, "/api/client/v2.0/app/", http::PercentEncode(app_id), "/service/",
                      http::PercentEncode(service), "/incoming_webhook/", http::PercentEncode(webhook));
}

absl::StatusOr<std::string> EdgeHost(const std::string& edge_url) {
  OVERLOCK_ASSIGN_OR_RETURN(http::UrlParts parts, ParseEdgeUrl(edge_url));
  return parts.host;
}

}  // namespace overlock::cli
