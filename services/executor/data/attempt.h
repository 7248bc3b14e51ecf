// A result, or why there is none.
#ifndef OVERLOCK_SERVICES_EXECUTOR_DATA_ATTEMPT_H_
#define OVERLOCK_SERVICES_EXECUTOR_DATA_ATTEMPT_H_

#include <string>
#include <utility>
#include <variant>

#include "services/executor/actions/service_type.h"
#include "services/executor/data/data_source.h"

namespace overlock::executor {

// What a step of an operation came to: as absl::StatusOr, but with what the function will see in place of a status.
template <class T>
class Attempt {
 public:
  Attempt() = default;
  Attempt(T value) : content_(std::in_place_index<0>, std::move(value)) {}                   // NOLINT: meant to convert
  Attempt(ServiceFailure failure) : content_(std::in_place_index<1>, std::move(failure)) {}  // NOLINT: meant to convert

  bool ok() const { return content_.index() == 0; }
  T& operator*() { return std::get<0>(content_); }
  const T& operator*() const { return std::get<0>(content_); }
  T* operator->() { return &std::get<0>(content_); }
  const T* operator->() const { return &std::get<0>(content_); }
  ServiceFailure& failure() { return std::get<1>(content_); }
  const ServiceFailure& failure() const { return std::get<1>(content_); }

 private:
  std::variant<T, ServiceFailure> content_;
};

inline ServiceFailure ToFailure(DataError error) {
  return {"MongoDBError", std::move(error.message), error.code, std::move(error.code_name)};
}

inline ServiceFailure BadParameter(std::string message) { return {"InvalidParameter", std::move(message), 0, ""}; }
inline ServiceFailure Forbidden(std::string message) { return {"NoMatchingRuleFound", std::move(message), 0, ""}; }

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_DATA_ATTEMPT_H_
