// Asking whoever sits at the terminal.
#ifndef OVERLOCK_SERVICES_OVERLOCK_CLI_QUESTIONS_H_
#define OVERLOCK_SERVICES_OVERLOCK_CLI_QUESTIONS_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace overlock::cli {

// Questions go to standard error, answers come from standard input. Each fails with CANCELLED (`CANCELLED`) if the
// input ends.
class Questions {
 public:
  // Whether standard input is a terminal. The methods below are for that case only.
  static bool CanAsk();

  // An empty answer means `preset`, which is shown.
  static absl::StatusOr<std::string> Text(std::string_view question, std::string_view preset = "");
  // Asks until the answer is one of `allowed`.
  static absl::StatusOr<std::string> Choice(std::string_view question, const std::vector<std::string>& allowed,
                                            std::string_view preset);
  static absl::StatusOr<bool> YesNo(std::string_view question, bool preset);
  // What is typed is not shown.
  static absl::StatusOr<std::string> Hidden(std::string_view question);
};

}  // namespace overlock::cli

#endif  // OVERLOCK_SERVICES_OVERLOCK_CLI_QUESTIONS_H_
