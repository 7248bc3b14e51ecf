// Early return on errors, for functions (RETURN) and coroutines (CO_RETURN).
#ifndef OVERLOCK_COMMON_STATUS_STATUS_MACROS_H_
#define OVERLOCK_COMMON_STATUS_STATUS_MACROS_H_

#define OVERLOCK_STATUS_CONCAT_(a, b) a##b
#define OVERLOCK_STATUS_CONCAT(a, b) OVERLOCK_STATUS_CONCAT_(a, b)

// Returns the status of `expression` unless it is OK.
#define OVERLOCK_RETURN_IF_ERROR(expression)                                  \
  do {                                                                        \
    if (absl::Status overlock_status = (expression); !overlock_status.ok()) { \
      return overlock_status;                                                 \
    }                                                                         \
  } while (false)

// `OVERLOCK_ASSIGN_OR_RETURN(auto x, MakeX());`
#define OVERLOCK_ASSIGN_OR_RETURN(target, expression) \
  OVERLOCK_ASSIGN_OR_RETURN_(OVERLOCK_STATUS_CONCAT(overlock_or_, __LINE__), target, expression, return )

#define OVERLOCK_CO_RETURN_IF_ERROR(expression)                               \
  do {                                                                        \
    if (absl::Status overlock_status = (expression); !overlock_status.ok()) { \
      co_return overlock_status;                                              \
    }                                                                         \
  } while (false)

#define OVERLOCK_CO_ASSIGN_OR_RETURN(target, expression) \
  OVERLOCK_ASSIGN_OR_RETURN_(OVERLOCK_STATUS_CONCAT(overlock_or_, __LINE__), target, expression, co_return )

#define OVERLOCK_ASSIGN_OR_RETURN_(holder, target, expression, leave) \
  auto holder = (expression);                                         \
  if (!holder.ok()) leave std::move(holder).status();                 \
  target = *std::move(holder)

#endif  // OVERLOCK_COMMON_STATUS_STATUS_MACROS_H_
