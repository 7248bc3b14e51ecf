// The order of the checks (architecture, section 3).
#ifndef OVERLOCK_SERVICES_EDGE_PIPELINE_H_
#define OVERLOCK_SERVICES_EDGE_PIPELINE_H_

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "common/async/call_context.h"
#include "common/async/task.h"
#include "services/auth/authenticator.h"
#include "services/authz/authorizer.h"
#include "services/edge/answer.h"
#include "services/edge/edge_options.h"
#include "services/edge/problem.h"
#include "services/edge/request.h"
#include "services/edge/retry_throttle.h"
#include "services/edge/router.h"
#include "services/executor/function_executor.h"
#include "services/validation/validator.h"

namespace overlock::edge {

// The services that the edge asks, here or in other processes.
struct Services {
  validation::Validator* validator;
  auth::Authenticator* authenticator;
  authz::Authorizer* authorizer;
  executor::FunctionExecutor* executor;
};

// Takes a request through its checks to its answer. A request that fails one check never reaches the next, and
// without an answer from a service it goes no further. Thread-safe; everything given to it must outlive it.
class Pipeline {
 public:
  Pipeline(const Router& router, Services services, const EdgeOptions& options)
      : router_(router), services_(services), options_(options) {}

  // What can be said before the body is read.
  struct Admission {
    RouteMatch match;
    // Set if the request goes no further.
    std::optional<Problem> refusal;
    // The request is OPTIONS: answer with Preflight().
    bool preflight = false;
  };
  // Route, origin, method; in this order.
  Admission Admit(const Request& request) const;

  // The answer to OPTIONS, which the edge gives itself.
  Answer Preflight(const Request& request, const RouteMatch& match) const;

  // Validation, user, authorisation, execution: only what the webhook or endpoint needs. Starts over, once, with the
  // newest revision when a service no longer keeps this one and nothing of the owner's code has run. `match` is of an
  // admission without refusal or preflight. `call.deadline` is set here.
  //
  // A sender's handshake and a delivery that was taken before are answered here, and nothing is executed. Where
  // validation has taken the delivery, it is told how that ended, whatever happened: one that succeeded while the
  // answer is on its way, and one that failed before its answer, since the sender may repeat it at once; but no answer
  // waits for that longer than `release_wait_max`.
  Task<Answer> Run(std::shared_ptr<const Request> request, RouteMatch match, CallContext call) const;

 private:
  // How a step ended. Without a refusal the request may go on.
  struct Step {
    std::optional<Problem> refusal;
    // The service no longer keeps this revision; `refusal` is set too.
    bool revision_gone = false;
    // Of Validate: validation has taken it; may be empty.
    std::string delivery;
    // Of Validate: `answer` is the request's, and nothing is executed.
    bool answered = false;
    // Of Authenticate.
    type::v1::User user;
    // Of Validate and Execute.
    Answer answer;
  };
  struct Attempt {
    Answer answer;
    bool start_over = false;
    // Which validation has taken; may be empty.
    std::string delivery;
    // The function ran to its end, and its answer is no server's error.
    bool succeeded = false;
  };
  using SharedRequest = std::shared_ptr<const Request>;

  Task<Attempt> Try(SharedRequest request, RouteMatch match, CallContext call) const;
  Task<Step> Validate(SharedRequest request, RouteMatch match, CallContext call) const;
  Task<Step> Authenticate(SharedRequest request, RouteMatch match, CallContext call) const;
  Task<Step> Authorize(SharedRequest request, RouteMatch match, CallContext call, type::v1::User user) const;
  Task<Step> Execute(SharedRequest request, RouteMatch match, CallContext call, type::v1::User user) const;
  // Tells validation how a delivery ended, and goes on as Run() says.
  Task<void> EndDelivery(std::string delivery, bool succeeded, CallContext call) const;
  Task<void> CompleteDelivery(std::string delivery, bool succeeded, CallContext call) const;

  static Step Validated(const validation::v1::ValidateResponse& response, const CallContext& call);
  static Step NoAnswer(Service service, const absl::Status& status, const CallContext& call);
  Answer Refuse(const Problem& problem, const CallContext& call) const;
  RetryThrottle& Throttle(Service service) const;
  // Whether a call that did nothing, or that does no harm twice, is worth another try.
  bool MayRetry(Service service) const;

  const Router& router_;
  const Services services_;
  const EdgeOptions& options_;
  mutable std::array<RetryThrottle, kServiceCount> throttles_;
};

}  // namespace overlock::edge

#endif  // OVERLOCK_SERVICES_EDGE_PIPELINE_H_
