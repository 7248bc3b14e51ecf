// `%%name.path` in expressions.
#ifndef OVERLOCK_COMMON_EXPRESSION_EXPANSION_H_
#define OVERLOCK_COMMON_EXPRESSION_EXPANSION_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/expression/environment.h"
#include "common/expression/program.h"

namespace overlock::expression {

struct Expansion {
  // Set for `%%true` and `%%false`, which are nothing else.
  std::optional<bool> constant;
  Root root = Root::kUser;
  // The first part of the path; empty for the whole root.
  std::string member;
  // The name of one header; then `member` is `requestHeaders`.
  std::string header;
  // What follows.
  std::vector<std::string> path;
};

inline bool IsExpansion(std::string_view text) { return text.starts_with("%%"); }

// As it was written.
std::string TextOf(const Expansion& expansion);

// Reads an expansion. The error's message says what is wrong and what there is; it has no path and no reason.
absl::StatusOr<Expansion> ParseExpansion(std::string_view text, Place place);

}  // namespace overlock::expression

#endif  // OVERLOCK_COMMON_EXPRESSION_EXPANSION_H_
