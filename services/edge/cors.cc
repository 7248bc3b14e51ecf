#include "services/edge/cors.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace overlock::edge {
namespace {

constexpr std::string_view kMethods[] = {"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"};
constexpr std::string_view kAnyMethod = "GET, POST, PUT, PATCH, DELETE, HEAD";
constexpr std::string_view kAllowedHeaders =
    "Authorization, Content-Type, Accept, Origin, X-Hook-Signature, X-Hub-Signature, X-Hub-Signature-256";
constexpr int kPreflightSecondsMax = 600;

// Empty for ANY.
std::string_view MethodName(config::v1::HttpMethod method) {
  switch (method) {
    case config::v1::HTTP_METHOD_GET:
      return "GET";
    case config::v1::HTTP_METHOD_PUT:
      return "PUT";
    case config::v1::HTTP_METHOD_PATCH:
      return "PATCH";
    case config::v1::HTTP_METHOD_DELETE:
      return "DELETE";
    case config::v1::HTTP_METHOD_HEAD:
      return "HEAD";
    case config::v1::HTTP_METHOD_ANY:
      return "";
    // GitHub's and Twilio's hooks have no method option; both senders POST (spec section 3).
    default:
      return "POST";
  }
}

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

void AppendPreflightLines(const Request& request, config::v1::HttpMethod method, std::string& lines) {
  absl::StrAppend(&lines, "Allow: ", AllowedMethods(method), "\r\n");
  AppendCorsLines(request, lines);
  if (request.Find("Origin").empty()) return;
  std::string_view name = MethodName(method);
  absl::StrAppend(&lines, "Access-Control-Allow-Methods: ", name.empty() ? kAnyMethod : name,
                  "\r\nAccess-Control-Allow-Headers: ", kAllowedHeaders,
                  "\r\nAccess-Control-Max-Age: ", kPreflightSecondsMax, "\r\n");
}

bool MethodMatches(config::v1::HttpMethod method, std::string_view request_method) {
  std::string_view name = MethodName(method);
  if (!name.empty()) return request_method == name;
  return std::find(std::begin(kMethods), std::end(kMethods), request_method) != std::end(kMethods);
}

std::string AllowedMethods(config::v1::HttpMethod method) {
  std::string_view name = MethodName(method);
  return absl::StrCat(name.empty() ? kAnyMethod : name, ", OPTIONS");
}

}  // namespace overlock::edge
