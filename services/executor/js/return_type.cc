#include "services/executor/js/return_type.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"

namespace overlock::executor::js {
namespace {

// Of the parameters of a media range, from `;` on: 1 without a `q`, 0 with one that is none.
double QualityOf(absl::string_view parameters) {
  for (absl::string_view parameter : absl::StrSplit(parameters, ';')) {
    parameter = absl::StripAsciiWhitespace(parameter);
    if (!absl::StartsWithIgnoreCase(parameter, "q=")) continue;
    double quality = 0;
    bool is_number = absl::SimpleAtod(parameter.substr(2), &quality) && std::isfinite(quality);
    return is_number ? std::clamp(quality, 0.0, 1.0) : 0;
  }
  return 1;
}

}  // namespace

config::v1::ReturnType ReturnTypeFor(const type::v1::HttpRequest& request, config::v1::ReturnType configured) {
  double json = 0, ejson = 0;
  for (const type::v1::Header& header : request.headers()) {
    if (!absl::EqualsIgnoreCase(header.name(), "accept")) continue;
    for (absl::string_view range : absl::StrSplit(header.value(), ',')) {
      size_t end = std::min(range.find(';'), range.size());
      absl::string_view type = absl::StripAsciiWhitespace(range.substr(0, end));
      bool is_json = absl::EqualsIgnoreCase(type, "application/json");
      if (!is_json && !absl::EqualsIgnoreCase(type, "application/ejson")) continue;
      double& quality = is_json ? json : ejson;
      quality = std::max(quality, QualityOf(range.substr(end)));
    }
  }
  if (json > ejson) return config::v1::RETURN_TYPE_JSON;
  if (ejson > json) return config::v1::RETURN_TYPE_EJSON;
  return configured == config::v1::RETURN_TYPE_JSON ? configured : config::v1::RETURN_TYPE_EJSON;
}

}  // namespace overlock::executor::js
