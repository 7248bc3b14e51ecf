#include "services/executor/actions/aws/request_check.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/status/status.h"
#include "common/status/status_macros.h"
#include "services/executor/actions/aws/text.h"

namespace overlock::executor::aws {
namespace {

constexpr size_t kTargetBytesMax = 8192;
constexpr size_t kHeaderBytesMax = 8192;

absl::Status Bad(std::string text) {
  return Error(absl::StatusCode::kInvalidArgument, "AWS_REQUEST_BAD", std::move(text));
}

bool IsDotSegment(std::string_view segment) {
  const std::string decoded = PercentDecode(segment);
  return decoded == "." || decoded == "..";
}

bool HasOnlyUrlCharacters(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 127 && c != '#' && c != '\\'; });
}

// Whether the segments are the template's: a label takes one that is not empty, a greedy one as many as are left.
bool Matches(absl::Span<const std::string_view> pattern, absl::Span<const std::string_view> path) {
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (absl::EndsWith(pattern[i], "+}")) {
      const size_t after = pattern.size() - i - 1;
      if (path.size() < i + after + 1 || (path.size() == i + after + 1 && path[i].empty())) return false;
      return Matches(pattern.subspan(i + 1), path.subspan(path.size() - after));
    }
    if (i >= path.size()) return false;
    const bool is_label = absl::StartsWith(pattern[i], "{") && absl::EndsWith(pattern[i], "}");
    if (is_label ? path[i].empty() : pattern[i] != path[i]) return false;
  }
  return pattern.size() == path.size();
}

bool IsListed(std::string_view list, std::string_view name) {
  for (std::string_view one : SplitSkippingEmpty(list, ',')) {
    if (one.starts_with('!')) one.remove_prefix(1);
    if (one == name) return true;
    if (absl::EndsWith(one, "*") && absl::StartsWith(name, one.substr(0, one.size() - 1))) return true;
  }
  return false;
}

// Whether all that the list marks is among the names.
bool HasRequired(std::string_view list, absl::Span<const std::string> names) {
  for (std::string_view one : SplitSkippingEmpty(list, ',')) {
    if (one.starts_with('!') && std::find(names.begin(), names.end(), one.substr(1)) == names.end()) return false;
  }
  return true;
}

absl::Status CheckPath(std::string_view pattern, std::string_view path) {
  if (path.size() > kTargetBytesMax || !HasOnlyUrlCharacters(path) || absl::StrContains(path, '?')) {
    return Bad(absl::StrCat("path: at most ", kTargetBytesMax, " percent-encoded bytes"));
  }
  const std::vector<std::string_view> segments = Split(path, '/');
  if (std::any_of(segments.begin(), segments.end(), IsDotSegment)) {
    return Bad("path: no part of a key or name may be '.' or '..'");
  }
  const std::vector<std::string_view> wanted = Split(pattern, '/');
  if (!Matches(wanted, segments)) return Bad("path: not that of the action");
  return absl::OkStatus();
}

absl::Status CheckQuery(std::string_view fixed, std::string_view allowed, std::string_view query) {
  if (query.size() > kTargetBytesMax || !HasOnlyUrlCharacters(query)) {
    return Bad(absl::StrCat("query: at most ", kTargetBytesMax, " percent-encoded bytes"));
  }
  std::vector<std::string_view> missing = SplitSkippingEmpty(fixed, '&');
  std::vector<std::string> names;
  for (const std::string_view part : SplitSkippingEmpty(query, '&')) {
    const auto found = std::find(missing.begin(), missing.end(), part);
    if (found != missing.end()) {
      missing.erase(found);
      continue;
    }
    const std::string& name = names.emplace_back(PercentDecode(part.substr(0, part.find('='))));
    if (!IsListed(allowed, name)) return Bad("query: not that of the action");
  }
  if (!missing.empty() || !HasRequired(allowed, names)) return Bad("query: not that of the action");
  return absl::OkStatus();
}

// What the sender sets itself.
bool IsSenders(std::string_view name) {
  return name == "host" || name == "authorization" || name == "content-length" || name == "content-md5" ||
         name == "x-amz-date" || name == "x-amz-security-token" || name == "x-amz-content-sha256";
}

absl::Status CheckHeaders(const OperationModel& operation, Headers& headers) {
  Headers kept;
  std::vector<std::string> names;
  for (auto& [name, value] : headers) {
    const std::string lower = absl::AsciiStrToLower(name);
    if (IsSenders(lower)) continue;
    if (lower != "content-type" && lower != "accept" && !IsListed(operation.headers, lower)) continue;
    const bool is_plain =
        std::none_of(value.begin(), value.end(), [](unsigned char c) { return absl::ascii_iscntrl(c); });
    const bool is_token = std::all_of(lower.begin(), lower.end(), [](unsigned char c) {
      return absl::ascii_isalnum(c) || absl::StrContains("-_.!#$&'*+^`|~%", static_cast<char>(c));
    });
    if (!is_plain || !is_token || name.size() + value.size() > kHeaderBytesMax) {
      return Bad(absl::StrCat("header: at most ", kHeaderBytesMax, " bytes without control characters"));
    }
    kept.emplace_back(std::move(name), std::move(value));
    names.push_back(lower);
  }
  headers = std::move(kept);
  return HasRequired(operation.headers, names) ? absl::OkStatus() : Bad("header: not those of the action");
}

// A form must name the action, and name it once.
absl::Status CheckForm(const OperationModel& operation, std::string_view body) {
  bool named = false;
  for (const std::string_view part : SplitSkippingEmpty(body, '&')) {
    const size_t equals = std::min(part.find('='), part.size());
    const std::string_view name = part.substr(0, equals);
    if (name != "Action" && PercentDecode(name) != "Action") continue;
    if (named || part != absl::StrCat("Action=", operation.name)) return Bad("body: not that of the action");
    named = true;
  }
  return named ? absl::OkStatus() : Bad("body: not that of the action");
}

}  // namespace

absl::Status CheckRequest(const ApiModel& api, const OperationModel& operation, UnsignedRequest& request) {
  if (request.method != operation.method) return Bad("method: not that of the action");
  const std::pair<std::string_view, std::string_view> uri = SplitOnce(operation.uri, '?');
  OVERLOCK_RETURN_IF_ERROR(CheckPath(uri.first, request.path));
  OVERLOCK_RETURN_IF_ERROR(CheckQuery(uri.second, operation.query, request.query));
  switch (api.protocol) {
    case Protocol::kJson:
      request.headers = {{"Content-Type", absl::StrCat("application/x-amz-json-", api.json_version)},
                         {"X-Amz-Target", absl::StrCat(api.target_prefix, ".", operation.name)}};
      return absl::OkStatus();
    case Protocol::kQuery:
      request.headers = {{"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}};
      return CheckForm(operation, request.body);
    case Protocol::kRest:
      return CheckHeaders(operation, request.headers);
  }
  return absl::OkStatus();
}

}  // namespace overlock::executor::aws
