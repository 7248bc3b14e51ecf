#include "services/validation/schemes/scheme.h"

#include "absl/strings/str_cat.h"

namespace overlock::validation {

std::string UrlOf(const Input& input) {
  const std::string& query = input.request.raw_query_string();
  return query.empty() ? std::string(input.public_url) : absl::StrCat(input.public_url, "?", query);
}

}  // namespace overlock::validation
