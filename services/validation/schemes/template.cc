#include "services/validation/schemes/template.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status/status.h"

namespace overlock::validation {
namespace {

constexpr size_t kTemplateBytesMax = 256;
constexpr size_t kPartsMax = 16;

constexpr std::pair<std::string_view, Part::Kind> kNames[] = {{"{body}", Part::Kind::kBody},
                                                              {"{timestamp}", Part::Kind::kTimestamp},
                                                              {"{id}", Part::Kind::kId},
                                                              {"{url}", Part::Kind::kUrl}};

absl::Status Invalid(std::string_view why) {
  return Error(absl::StatusCode::kInvalidArgument, "TEMPLATE_INVALID", why);
}

}  // namespace

absl::StatusOr<std::vector<Part>> ParseTemplate(std::string_view text) {
  if (text.size() > kTemplateBytesMax) return Invalid(absl::StrCat("has more than ", kTemplateBytesMax, " bytes"));
  std::vector<Part> parts;
  while (!text.empty()) {
    size_t brace = std::min(text.find_first_of("{}"), text.size());
    if (brace > 0) parts.push_back({Part::Kind::kText, text.substr(0, brace)});
    text.remove_prefix(brace);
    if (text.empty()) break;
    auto name = std::find_if(std::begin(kNames), std::end(kNames),
                             [&](const auto& candidate) { return text.starts_with(candidate.first); });
    if (name == std::end(kNames)) {
      // As far as the closing brace, which may be missing or be the fault.
      return Invalid(absl::StrCat("`", text.substr(0, std::min(text.find('}'), text.size() - 1) + 1),
                                  "`: only {body}, {timestamp}, {id} and {url} can stand in braces"));
    }
    parts.push_back({name->second, ""});
    text.remove_prefix(name->first.size());
  }
  if (parts.size() > kPartsMax) return Invalid(absl::StrCat("has more than ", kPartsMax, " parts"));
  return parts;
}

bool HasPart(const std::vector<Part>& parts, Part::Kind kind) {
  return std::any_of(parts.begin(), parts.end(), [kind](const Part& part) { return part.kind == kind; });
}

}  // namespace overlock::validation
