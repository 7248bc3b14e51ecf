// Keeping the parser of command lines from reading arguments that are JSON.
#ifndef OVERLOCK_SERVICES_OVERLOCK_CLI_EJSON_ARGUMENTS_H_
#define OVERLOCK_SERVICES_OVERLOCK_CLI_EJSON_ARGUMENTS_H_

#include <string>
#include <vector>

namespace overlock::cli {

// CLI11 takes `[1,2]` for two values and `-1` for an option. What follows `--args` is marked before it comes there.
inline constexpr char kArgumentMark = '\x01';

inline void MarkArguments(std::vector<std::string>& words) {
  bool among_arguments = false;
  for (std::string& word : words) {
    if (word.rfind("--args=", 0) == 0) {
      word.insert(std::string("--args=").size(), 1, kArgumentMark);
      among_arguments = true;
    } else if (word.rfind("--", 0) == 0) {
      among_arguments = word == "--args";
    } else if (among_arguments) {
      word.insert(word.begin(), kArgumentMark);
    }
  }
}

inline std::string UnmarkArgument(const std::string& argument) {
  return !argument.empty() && argument[0] == kArgumentMark ? argument.substr(1) : argument;
}

}  // namespace overlock::cli

#endif  // OVERLOCK_SERVICES_OVERLOCK_CLI_EJSON_ARGUMENTS_H_
