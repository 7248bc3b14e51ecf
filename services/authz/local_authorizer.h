// The authorization logic.
#ifndef OVERLOCK_SERVICES_AUTHZ_LOCAL_AUTHORIZER_H_
#define OVERLOCK_SERVICES_AUTHZ_LOCAL_AUTHORIZER_H_

#include <memory>
#include <optional>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "common/async/clock.h"
#include "common/expression/program.h"
#include "common/expression/trace.h"
#include "common/request_environment/request_environment.h"
#include "common/snapshot/versioned_apps.h"
#include "common/telemetry/metrics.h"
#include "overlock/config/v1/config_service.pb.h"
#include "services/authz/authorizer.h"
#include "services/config/token_check.h"
#include "services/executor/function_executor.h"

namespace overlock::authz {

// Evaluates the expressions that Apply() brings. `%function` runs on the executor, as the request's user and with its
// `context.request`, one call after the other; whatever such a function does wrong, not existing included, is a denial.
// When the executor itself gives no answer, neither does this. An expression that does not parse, which the import
// should have refused, denies everything.
class LocalAuthorizer : public Authorizer {
 public:
  // All must outlive it.
  LocalAuthorizer(executor::FunctionExecutor& executor, config::TokenChecker& tokens, Metrics& metrics,
                  const Clock& clock = Clock::Real());

  // Takes over a change of configuration: a complete batch of VIEW_AUTHZ. One thread at a time.
  void Apply(const config::v1::WatchResponse& batch);

  Task<absl::StatusOr<v1::AuthorizeResponse>> Authorize(v1::AuthorizeRequest request, CallContext call) override;
  Task<absl::StatusOr<v1::ExplainResponse>> Explain(v1::ExplainRequest request, CallContext call) override;

 private:
  // Empty for an expression that does not parse.
  using Programs =
      absl::flat_hash_map<std::string, absl::flat_hash_map<std::string, std::optional<expression::Program>>>;
  struct App {
    // By service and webhook.
    Programs webhooks;
    // By route and method.
    Programs endpoints;
    expression::AppNames names;
    expression::Secrets secrets;
  };

  static std::shared_ptr<const App> Compile(const config::v1::AppView& view);
  // Null if the request names nothing that has an expression.
  static const std::optional<expression::Program>* FindProgram(const App& app, const v1::AuthorizeRequest& request);
  // The request's own expression, or the deployed one.
  static absl::StatusOr<expression::Program> ProgramToExplain(const App& app, const v1::ExplainRequest& request,
                                                              const v1::AuthorizeRequest& described);
  // Evaluates, makes the calls that the expression waits for, evaluates again. With a `trace`, which must outlive the
  // task, it writes down how; then a user whose data cannot be read is INVALID_ARGUMENT (`BAD_USER`).
  Task<absl::StatusOr<bool>> Evaluate(expression::Program program, std::shared_ptr<const App> app,
                                      v1::AuthorizeRequest request, CallContext call, expression::Trace* trace);

  executor::FunctionExecutor& executor_;
  config::TokenChecker& tokens_;
  Counter& allowed_;
  Counter& denied_;
  VersionedApps<App> apps_;
};

}  // namespace overlock::authz

#endif  // OVERLOCK_SERVICES_AUTHZ_LOCAL_AUTHORIZER_H_
