// The logic of finding the user.
#ifndef OVERLOCK_SERVICES_AUTH_LOCAL_AUTHENTICATOR_H_
#define OVERLOCK_SERVICES_AUTH_LOCAL_AUTHENTICATOR_H_

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "common/async/clock.h"
#include "common/snapshot/versioned_apps.h"
#include "common/telemetry/metrics.h"
#include "overlock/config/v1/config_service.pb.h"
#include "services/auth/authenticator.h"
#include "services/auth/providers.h"
#include "services/auth/user_store.h"
#include "services/auth/verdict_counters.h"
#include "services/executor/function_executor.h"

namespace overlock::auth {

// Finds users for the modes that Apply() brings. Scripts run on the executor as the system user; what a script
// returns is a user's id, or `{runAsSystemUser: true}` or `{runAsSystem: true}` for the system user (spec section 6.4).
// The executor also reads custom data, for those who log in where that is asked for (spec section 6.1). If it cannot,
// there is no answer: an expression that looks at them would judge another user.
// Every refusal is logged with its reason, and with no credential.
class LocalAuthenticator : public Authenticator {
 public:
  // All must outlive it.
  LocalAuthenticator(executor::FunctionExecutor& executor, UserStore& users, Metrics& metrics,
                     const Clock& clock = Clock::Real());

  // Takes over a change of configuration: a complete batch of VIEW_AUTH. One thread at a time.
  void Apply(const config::v1::WatchResponse& batch);

  Task<absl::StatusOr<v1::AuthenticateResponse>> Authenticate(v1::AuthenticateRequest request, Body body,
                                                              CallContext call) override;

 private:
  // As which user a webhook or an endpoint runs.
  struct Target {
    enum class Mode { kAuthedUser, kUserId, kScript };
    // Exactly one of them is set.
    type::v1::WebhookName webhook;
    type::v1::EndpointName endpoint;
    Mode mode = Mode::kScript;
    // Of kUserId.
    std::string user_id;
    // Of kAuthedUser.
    bool create_user = false;
    bool fetch_custom_data = false;
  };
  using Targets = absl::flat_hash_map<std::string, absl::flat_hash_map<std::string, Target>>;
  struct App {
    // By service and webhook.
    Targets webhooks;
    // By route and method.
    Targets endpoints;
    // Which credentials it takes.
    std::shared_ptr<const Providers> providers;
    // Whether it keeps custom data of users.
    bool has_custom_data = false;
  };

  // Of a webhook or an endpoint of the view, without its name; nothing for a mode of a newer config.
  template <class Message>
  static std::optional<Target> TargetOf(const Message& message);
  static std::shared_ptr<const App> Compile(const config::v1::AuthView& view, std::string_view app_id);
  // Null if the request names nothing that asks for a user.
  static const Target* FindTarget(const App& app, const v1::AuthenticateRequest& request);
  static std::string_view ModeName(Target::Mode mode);
  static void LogRefusal(const type::v1::AppRevision& app, const Target& target, Reason reason,
                         const CallContext& call);
  Task<absl::StatusOr<v1::AuthenticateResponse>> RunScript(v1::AuthenticateRequest request, Body body,
                                                           CallContext call);
  Task<absl::StatusOr<v1::AuthenticateResponse>> LookUp(std::string app_id, std::string user_id, CallContext call);
  // The user's custom data as Extended JSON, empty for none.
  Task<absl::StatusOr<std::string>> ReadCustomData(type::v1::AppRevision app, std::string user_id, CallContext call);
  // `app` and `target` outlive it.
  Task<absl::StatusOr<v1::AuthenticateResponse>> LogIn(const App& app, const Target& target,
                                                       v1::AuthenticateRequest request, Body body, CallContext call);

  executor::FunctionExecutor& executor_;
  UserStore& users_;
  VerdictCounters counters_;
  VersionedApps<App> apps_;
};

}  // namespace overlock::auth

#endif  // OVERLOCK_SERVICES_AUTH_LOCAL_AUTHENTICATOR_H_
