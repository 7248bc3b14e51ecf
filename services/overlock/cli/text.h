// Text for people.
#ifndef OVERLOCK_SERVICES_OVERLOCK_CLI_TEXT_H_
#define OVERLOCK_SERVICES_OVERLOCK_CLI_TEXT_H_

#include <google/protobuf/timestamp.pb.h>

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace overlock::cli {

// Without what a terminal would obey: control characters become `\x1b` and the like. With `keep_lines` line breaks and
// tabs stay.
std::string Printable(std::string_view text, bool keep_lines = false);

bool IsUtf8(std::string_view text);

// How many columns UTF-8 text takes, one for each code point.
size_t WidthOf(std::string_view text);

// `2021-03-04 05:06:07` in the given zone, the local one unless told otherwise; `never` if it is unset.
std::string FormatTime(const google::protobuf::Timestamp& time, absl::TimeZone zone = absl::LocalTimeZone());

// `90d`, `12h`, `1d12h30m`, `45s`, `2w`: at least one second, at most 100 years. INVALID_ARGUMENT (`BAD_USAGE`).
absl::StatusOr<absl::Duration> ParseDuration(std::string_view text);

// The name that resembles `word` most; empty if none does.
template <class Names>
std::string Resembling(std::string_view word, const Names& names);
// Edits that make `b` of `a`.
size_t EditDistance(std::string_view a, std::string_view b);

template <class Names>
std::string Resembling(std::string_view word, const Names& names) {
  std::string best;
  size_t least = word.size() / 3 + 2;
  for (const auto& name : names) {
    size_t distance = EditDistance(word, name);
    if (distance >= least) continue;
    least = distance;
    best = name;
  }
  return best;
}

}  // namespace overlock::cli

#endif  // OVERLOCK_SERVICES_OVERLOCK_CLI_TEXT_H_
