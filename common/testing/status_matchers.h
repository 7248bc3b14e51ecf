// Matchers for statuses; Debian's Abseil has none. For tests only.
#ifndef OVERLOCK_COMMON_TESTING_STATUS_MATCHERS_H_
#define OVERLOCK_COMMON_TESTING_STATUS_MATCHERS_H_

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/status/status.h"
#include "gmock/gmock.h"

namespace overlock {
namespace testing_internal {
inline const absl::Status& AsStatus(const absl::Status& status) { return status; }
template <class T>
const absl::Status& AsStatus(const absl::StatusOr<T>& status_or) {
  return status_or.status();
}
}  // namespace testing_internal

MATCHER(IsOk, "is OK") {
  *result_listener << testing_internal::AsStatus(arg).ToString();
  return testing_internal::AsStatus(arg).ok();
}

MATCHER_P(StatusIs, code, "has the code") {
  const absl::Status& status = testing_internal::AsStatus(arg);
  *result_listener << status.ToString();
  return status.code() == code;
}

MATCHER_P2(StatusIs, code, reason, "has the code and the reason") {
  const absl::Status& status = testing_internal::AsStatus(arg);
  *result_listener << status.ToString() << ", reason " << ReasonOf(status);
  return status.code() == code && ReasonOf(status) == reason;
}

MATCHER_P(IsOkAndHolds, inner, "is OK and holds a value that matches") {
  if (!arg.ok()) {
    *result_listener << arg.status().ToString();
    return false;
  }
  return ::testing::ExplainMatchResult(inner, *arg, result_listener);
}

}  // namespace overlock

#endif  // OVERLOCK_COMMON_TESTING_STATUS_MATCHERS_H_
