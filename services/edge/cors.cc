#include "services/edge/cors.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace overlock::edge {
namespace {

constexpr std::string_view kAllowedHeaders =
    "Authorization, Content-Type, Accept, Origin, X-Hook-Signature, X-Hub-Signature, X-Hub-Signature-256, "
    "Endpoint-Signature";
constexpr int kPreflightSecondsMax = 600;

}  // namespace

std::string_view FindRefusedOrigin(const Request& request, const std::vector<std::string>& allowed) {
  if (allowed.empty()) return {};
  for (size_t i = 0; i < request.header_count(); ++i) {
    Request::HeaderLine line = request.header(i);
    if (line.name != "Origin") continue;
    bool known = std::any_of(allowed.begin(), allowed.end(),
                             [&line](const std::string& origin) { return absl::EqualsIgnoreCase(origin, line.value); });
    if (!known) return line.value.empty() ? std::string_view("null") : line.value;
  }
  return {};
}

void AppendCorsLines(const Request& request, std::string& lines) {
  std::string_view origin = request.Find("Origin");
  if (!origin.empty()) absl::StrAppend(&lines, "Access-Control-Allow-Origin: ", origin, "\r\n");
}

void AppendPreflightLines(const Request& request, MethodSet methods, std::string& lines) {
  absl::StrAppend(&lines, "Allow: ", AllowedMethods(methods), "\r\n");
  AppendCorsLines(request, lines);
  if (request.Find("Origin").empty()) return;
  absl::StrAppend(&lines, "Access-Control-Allow-Methods: ", methods.Names(),
                  "\r\nAccess-Control-Allow-Headers: ", kAllowedHeaders,
                  "\r\nAccess-Control-Max-Age: ", kPreflightSecondsMax, "\r\n");
}

std::string AllowedMethods(MethodSet methods) { return absl::StrCat(methods.Names(), ", OPTIONS"); }

}  // namespace overlock::edge
