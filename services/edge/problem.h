// From what went wrong to HTTP: the only place that knows status codes.
#ifndef OVERLOCK_SERVICES_EDGE_PROBLEM_H_
#define OVERLOCK_SERVICES_EDGE_PROBLEM_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "overlock/auth/v1/auth_service.pb.h"
#include "overlock/executor/v1/executor_service.pb.h"
#include "services/edge/router.h"

namespace overlock::edge {

// Why a request was not answered by its function; the label of `overlock_edge_refusals_total`.
enum class Cause {
  kNone,
  kNotFound,
  kOrigin,
  kMethod,
  kTooLarge,
  kMalformed,
  kTimeout,
  kConnections,
  kValidation,
  kUser,
  kAuthorization,
  kFunction,
  kOverload,
  kUnavailable,
  kClientGone,
  // Validation answered: a sender's handshake.
  kHandshake,
  // The delivery has been taken before.
  kDuplicate,
};
inline constexpr int kCauseCount = static_cast<int>(Cause::kDuplicate) + 1;
// `not_found`.
std::string_view CauseName(Cause cause);

// The services that the edge calls.
enum class Service { kValidation, kAuth, kAuthz, kExecutor };
inline constexpr size_t kServiceCount = 4;
std::string_view ServiceName(Service service);

// An answer that says what went wrong (architecture, section 11; spec section 4.2).
struct Problem {
  int status = 0;
  // Of the spec's list, or our own in its manner; empty: left out. Static storage.
  std::string_view error_code;
  // For the sender.
  std::string message;
  Cause cause = Cause::kNone;
  // Seconds for `Retry-After`; 0: left out.
  int retry_after = 0;
  // For `Allow`; empty: left out.
  std::string allow;
};

// The body of spec section 4.1: compact JSON. `console_url` empty: without `link`.
std::string ProblemBody(const Problem& problem, std::string_view console_url, std::string_view request_id);

// What the edge itself refuses.
Problem NotFound(const RouteMatch& match);
Problem OriginRefused(std::string_view origin);
// `what` is a webhook or an endpoint.
Problem MethodRefused(std::string_view what, std::string allow);
Problem HeaderTooLarge();
Problem BodyTooLarge();
Problem Malformed(std::string_view why);
Problem ExpectationFailed();
Problem ReadTimedOut();
Problem TooManyConnections();
Problem ConfigurationNotLoaded();
// The client went away; nobody reads this answer, but logs and metrics count it.
Problem ClientGone();

// Verdicts.
Problem ValidationRefused();
Problem UserRefused(const auth::v1::AuthenticateResponse::Refusal& refusal);
// `function` is the webhook's name, or that of an endpoint's function.
Problem NotAuthorized(std::string_view function);
Problem FunctionFailed(const executor::v1::Failure& failure);
// The function's answer cannot be sent: `why`.
Problem AnswerUnusable(std::string_view why);

// A service gave no answer: the request is refused whatever the reason was.
Problem FromStatus(Service service, const absl::Status& status);
// A service answered with a message that holds no answer.
Problem EmptyAnswer(Service service);

// The status of an answer to OPTIONS.
int PreflightStatus();
// The status of an answer that the edge gives in a function's place, where nothing is wrong.
int AnsweredStatus();
// Whether the sender of a delivery takes a function's answer with this status for a failure of ours, and sends it
// again.
bool IsServerError(int status);
// Whether HTTP lets an answer with this status be a final one.
bool IsFinalStatus(int status);
// Whether an answer with this status has a body; one without has no Content-Length either.
bool HasBody(int status);
// `Not Found`; empty for a status without one.
std::string_view ReasonPhrase(int status);

}  // namespace overlock::edge

#endif  // OVERLOCK_SERVICES_EDGE_PROBLEM_H_
