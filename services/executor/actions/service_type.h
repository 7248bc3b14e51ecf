// What a function asks of a service, and who does it (spec sections 9.3 and 12).
#ifndef OVERLOCK_SERVICES_EXECUTOR_ACTIONS_SERVICE_TYPE_H_
#define OVERLOCK_SERVICES_EXECUTOR_ACTIONS_SERVICE_TYPE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "common/async/call_context.h"
#include "common/async/task.h"
#include "common/ejson/value.h"
#include "overlock/config/v1/view.pb.h"
#include "overlock/executor/v1/executor_service.pb.h"
#include "services/executor/function_executor.h"
#include "services/executor/supervisor/app_code.h"

namespace overlock::executor {

// What a function asked of a service. Immutable once it is called.
struct ServiceCall {
  // The revision of the application; owns `service`.
  std::shared_ptr<const AppCode> code;
  // Null for the network itself: `context.http` and `fetch`, which no rule concerns.
  const config::v1::ExecutorView::Service* service = nullptr;
  // E.g. `get`, `send`, `s3:PutObject`. Chosen by the function: not for metrics, not unchecked into a URL.
  std::string action;
  // A document whose shape the action defines. Chosen by the function.
  ejson::Value argument;
  // Bytes that belong to it, e.g. an HTTP request's body.
  std::string body;
  // The calling function runs as the system user, whoever the invocation's user is.
  bool as_system = false;
  // Never null: the user, and the request that led here.
  std::shared_ptr<const v1::ExecuteRequest> invocation;
  // The deadline is the invocation's. Stop is requested, on the supervisor's loop, when the invocation ends; the
  // outcome is of no use then.
  CallContext context;
};
using ServiceCallPtr = std::shared_ptr<const ServiceCall>;

// Whether no rule is asked: the caller is the system user.
inline bool RunsAsSystem(const ServiceCall& call) {
  return call.as_system || call.invocation->user().type() == type::v1::User::TYPE_SYSTEM;
}

// An action has succeeded.
struct ServiceValue {
  // Its shape is the action's.
  ejson::Value value;
  // Bytes that belong to it, e.g. an HTTP response's body.
  std::string body;
};

// An action has failed: an Error in the function.
struct ServiceFailure {
  // One of the wire codes of spec section 4.2, e.g. `HTTPError`.
  std::string code;
  // For the function's author; never holds a credential.
  std::string message;
  // The number that a database's server gave the error, and its name: `code` and `codeName` of the Error. 0 and empty
  // without one.
  int32_t number = 0;
  std::string name;
};

using ServiceOutcome = std::variant<ServiceValue, ServiceFailure>;

// The actions of all services of one type. Used on the supervisor's loop only, and never blocks it.
class ServiceType {
 public:
  virtual ~ServiceType() = default;

  // The action's name as a metric may tell it: one of few constants. Empty when there is no such action; then it is
  // not called.
  virtual std::string_view KnownAction(std::string_view action) const = 0;

  // Whether the type has rules of its own, which it enforces itself, in place of those that spec section 1.7 describes.
  virtual bool HasOwnRules() const { return false; }

  // Where rules of its own run their `%function`s; comes before the first call, and outlives the last.
  virtual void UseFunctions(FunctionExecutor&) {}

  // What rules see as `%%args` (spec section 10.2): a document. Asked for once a call, when a rule needs it.
  virtual ejson::Value RuleArguments(const ServiceCall& call) const { return call.argument; }

  // What the call is about, for the log of its invocation, e.g. `shop.orders`; empty where the action says it all.
  virtual std::string SubjectOf(const ServiceCall&) const { return ""; }

  // Does it. Ends by the call's deadline; gives up when stop is requested.
  virtual Task<ServiceOutcome> Call(ServiceCallPtr call) = 0;
};

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_ACTIONS_SERVICE_TYPE_H_
