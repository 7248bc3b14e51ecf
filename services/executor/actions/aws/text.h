// Splitting of texts.
#ifndef OVERLOCK_SERVICES_EXECUTOR_ACTIONS_AWS_TEXT_H_
#define OVERLOCK_SERVICES_EXECUTOR_ACTIONS_AWS_TEXT_H_

#include <string_view>
#include <utility>
#include <vector>

namespace overlock::executor::aws {

// What stands before the separator and after it; all of it and nothing without one.
inline std::pair<std::string_view, std::string_view> SplitOnce(std::string_view text, char separator) {
  const size_t at = text.find(separator);
  if (at == std::string_view::npos) return {text, {}};
  return {text.substr(0, at), text.substr(at + 1)};
}

// All parts, empty ones too; at least one.
inline std::vector<std::string_view> Split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (size_t at = text.find(separator); at != std::string_view::npos; at = text.find(separator)) {
    parts.push_back(text.substr(0, at));
    text.remove_prefix(at + 1);
  }
  parts.push_back(text);
  return parts;
}

// Without the empty ones.
inline std::vector<std::string_view> SplitSkippingEmpty(std::string_view text, char separator) {
  std::vector<std::string_view> parts = Split(text, separator);
  std::erase(parts, std::string_view());
  return parts;
}

}  // namespace overlock::executor::aws

#endif  // OVERLOCK_SERVICES_EXECUTOR_ACTIONS_AWS_TEXT_H_
