// One run of the command line.
#ifndef OVERLOCK_SERVICES_OVERLOCK_CLI_RUN_H_
#define OVERLOCK_SERVICES_OVERLOCK_CLI_RUN_H_

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "common/async/task.h"
#include "common/rpc/polling_threads.h"
#include "common/status/status.h"
#include "services/auth/user_admin.h"
#include "services/config/app_admin.h"
#include "services/config/app_registry.h"
#include "services/overlock/cli/connection.h"
#include "services/overlock/cli/output.h"

namespace grpc {
class Channel;
}

namespace overlock::cli {

// Options of every command.
struct Globals {
  ConnectionOptions connection;
  bool json = false;
  bool yes = false;
};

// What a command works with: its output, and the server, to which it connects when it is asked for the first time.
class Run {
 public:
  explicit Run(const Globals& globals);
  ~Run();

  const Globals& globals() const { return globals_; }
  const Output& output() const { return output_; }

  // Another server than the options'. Before the first question.
  void UseServer(const std::string& target, const std::string& token);
  // Another token than the one that is found.
  void UseToken(const std::string& token) { token_ = token; }
  // Where a command needs longer than others and no --timeout was given.
  void SetDefaultTimeout(absl::Duration timeout) { default_timeout_ = timeout; }

  // Calls a method, which shows a sign of life if it takes long.
  template <class Request, class Response>
  absl::StatusOr<Response> Ask(config::AppAdmin::Answer<Response> (config::AppAdmin::*method)(Request, CallContext),
                               Request request) {
    OVERLOCK_RETURN_IF_ERROR(Connect());
    return AskOf(*admin_, method, std::move(request));
  }
  template <class Request, class Response>
  absl::StatusOr<Response> Ask(Task<absl::StatusOr<Response>> (config::AppRegistry::*method)(Request, CallContext),
                               Request request) {
    OVERLOCK_RETURN_IF_ERROR(Connect());
    return AskOf(*registry_, method, std::move(request));
  }
  // UNAVAILABLE (`AUTH_NOT_THERE`) if whoever answers serves no users.
  template <class Request, class Response>
  absl::StatusOr<Response> Ask(auth::UserAdmin::Answer<Response> (auth::UserAdmin::*method)(Request, CallContext),
                               Request request) {
    OVERLOCK_RETURN_IF_ERROR(ConnectToAuth());
    absl::StatusOr<Response> response = AskOf(*users_, method, std::move(request));
    if (!response.ok()) return FromAuth(response.status());
    return response;
  }

  // Waits for a task of one's own, with that sign of life.
  void Wait(Task<void> task);

  // The id of the application: `wanted`, or, if that is empty, that of the only one that the server has.
  // INVALID_ARGUMENT
  // (`APP_UNSPECIFIED`) if there are several, NOT_FOUND (`APP_NOT_FOUND`) if there is none.
  absl::StatusOr<std::string> FindApp(const std::string& wanted);
  // The same application's revision. The same errors.
  absl::StatusOr<type::v1::AppRevision> FindRevision(const std::string& wanted);
  // All applications that the token may see.
  absl::StatusOr<config::v1::ListAppsResponse> ListApps();

  // OK if whoever sits at the terminal, or --yes, agrees; CANCELLED if not, and INVALID_ARGUMENT (`BAD_USAGE`) if
  // nobody can be asked.
  absl::Status Confirm(std::string_view question) const;

  // Who was asked last, for people: `the config service at 127.0.0.1:9001`.
  std::string asked() const;

  absl::Status Connect();
  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }
  CallContext MakeCall() const;
  // What is being waited for; for people.
  void SetActivity(std::string activity) { activity_ = std::move(activity); }

 private:
  absl::Status ConnectToAuth();
  absl::Status FromAuth(const absl::Status& status) const;
  const std::string& AuthTarget() const;
  template <class Server, class Method, class Request>
  auto AskOf(Server& server, Method method, Request request)
      -> absl::StatusOr<typename std::invoke_result_t<Method, Server&, Request, CallContext>::value_type::value_type>;

  Globals globals_;
  const Output output_;
  std::optional<std::string> token_;
  absl::Duration default_timeout_ = absl::Seconds(60);
  std::string activity_ = "waiting for the server";
  // There once there is a channel, and until all have ended.
  std::unique_ptr<rpc::PollingThreads> polling_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<config::AppAdmin> admin_;
  std::unique_ptr<config::AppRegistry> registry_;
  std::unique_ptr<auth::UserAdmin> users_;
  bool asked_auth_ = false;
};

template <class Server, class Method, class Request>
auto Run::AskOf(Server& server, Method method, Request request)
    -> absl::StatusOr<typename std::invoke_result_t<Method, Server&, Request, CallContext>::value_type::value_type> {
  using Answer = typename std::invoke_result_t<Method, Server&, Request, CallContext>::value_type;
  std::optional<Answer> answer;
  auto ask = [&]() -> Task<void> {
    CallContext call = MakeCall();
    Answer given = co_await (server.*method)(std::move(request), std::move(call));
    answer.emplace(std::move(given));
  };
  Wait(ask());
  return *std::move(answer);
}

}  // namespace overlock::cli

#endif  // OVERLOCK_SERVICES_OVERLOCK_CLI_RUN_H_
