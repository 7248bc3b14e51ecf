// A whole edge on a loopback port, with mocks for the services behind it, and a client. For tests only.
#ifndef OVERLOCK_SERVICES_EDGE_EDGE_FIXTURE_H_
#define OVERLOCK_SERVICES_EDGE_EDGE_FIXTURE_H_

#include <sys/socket.h>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/async/event_loops.h"
#include "common/telemetry/log.h"
#include "common/telemetry/metrics.h"
#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/auth/authenticator_mock.h"
#include "services/authz/authorizer_mock.h"
#include "services/edge/listener.h"
#include "services/executor/function_executor_mock.h"
#include "services/validation/validator_mock.h"

namespace overlock::edge {

// One connection. A read that takes longer than ten seconds fails, so that a broken server fails a test and does not
// hang it.
class Client {
 public:
  explicit Client(int port) : socket_(loop_) {
    socket_.connect({boost::asio::ip::address_v4::loopback(), static_cast<uint16_t>(port)});
    timeval limit{10, 0};
    setsockopt(socket_.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  }

  void Send(std::string_view bytes) {
    boost::system::error_code ignored;
    boost::asio::write(socket_, boost::asio::buffer(bytes.data(), bytes.size()), ignored);
  }
  void CloseSending() {
    boost::system::error_code ignored;
    socket_.shutdown(boost::asio::ip::tcp::socket::shutdown_send, ignored);
  }
  void Close() { socket_.close(); }

  // Reads up to and with `end`; what follows waits for the next read.
  std::string ReadUntil(std::string_view end) {
    size_t found;
    while ((found = pending_.find(end)) == std::string::npos) {
      if (!Fill()) return std::exchange(pending_, "");
    }
    return Take(found + end.size());
  }
  // Reads one answer: head, and as much body as it says.
  std::string ReadAnswer(bool head_only = false) {
    std::string answer = ReadUntil("\r\n\r\n");
    size_t at = answer.find("Content-Length: ");
    size_t length = 0;
    if (head_only || at == std::string::npos ||
        !absl::SimpleAtoi(answer.substr(at + 16, answer.find('\r', at) - at - 16), &length)) {
      return answer;
    }
    while (pending_.size() < length && Fill()) {
    }
    return answer + Take(std::min(length, pending_.size()));
  }
  // Everything until the server closes.
  std::string ReadAll() {
    while (Fill()) {
    }
    return std::exchange(pending_, "");
  }

 private:
  bool Fill() {
    char bytes[16384];
    ssize_t size = recv(socket_.native_handle(), bytes, sizeof bytes, 0);
    if (size > 0) pending_.append(bytes, size);
    return size > 0;
  }
  std::string Take(size_t size) {
    std::string taken = pending_.substr(0, size);
    pending_.erase(0, size);
    return taken;
  }

  boost::asio::io_context loop_;
  boost::asio::ip::tcp::socket socket_;
  std::string pending_;
};

// Actions for mocks. A coroutine that is itself the action would outlive its captures: the mock copies the action, and
// the task begins only when it is awaited. So the captures travel as parameters.
template <class Function, class... Args>
auto CallCopy(Function function, Args... args) -> std::invoke_result_t<Function, Args...> {
  co_return co_await function(std::move(args)...);
}
template <class Function>
auto Does(Function function) {
  return [function](auto... args) { return CallCopy(function, std::move(args)...); };
}
template <class T>
Task<absl::StatusOr<T>> End(absl::StatusOr<T> value) {
  co_return value;
}
template <class T>
auto Answers(T value) {
  return [value = absl::StatusOr<T>(std::move(value))](auto&&...) { return End(value); };
}
template <class T>
auto Fails(absl::Status status) {
  return [value = absl::StatusOr<T>(std::move(status))](auto&&...) { return End(value); };
}

inline executor::v1::ExecuteResponse Responded(int status, std::string body,
                                               std::vector<std::pair<std::string, std::string>> headers = {}) {
  executor::v1::ExecuteResponse response;
  response.mutable_response()->set_status(status);
  response.mutable_response()->set_body(std::move(body));
  for (auto& [name, value] : headers) {
    auto* header = response.mutable_response()->add_headers();
    header->set_name(name);
    header->set_value(value);
  }
  return response;
}

// The application `app` has the service `s` with a webhook for every method (`get`, `post`, `any`, ...), and some that
// need more (`validated`, `user`, `authorized`, `guarded`: all three). They run as `revision`. Its endpoints are
// `/orders/new` (POST, and the function `listOrders` for all other methods), `/guarded`, and `/off`, which is disabled.
class EdgeTest : public ::testing::Test {
 protected:
  using ExecuteRequest = executor::v1::ExecuteRequest;
  using ExecuteResponse = executor::v1::ExecuteResponse;

  static void SetUpTestSuite() { log::Init(log::Level::kOff, "edge"); }

  void SetUp() override {
    options_.sweep_interval = absl::Milliseconds(5);
    ApplyConfig();
  }
  void TearDown() override { listener_.reset(); }

  // Starts the edge with `options_`; call it once, after changing them.
  void StartEdge() {
    context_ = std::make_shared<EdgeContext>(
        options_, router_, Services{&validator_, &authenticator_, &authorizer_, &executor_}, metrics_);
    auto listener = Listener::Start(loops_, context_, "127.0.0.1:0");
    ASSERT_THAT(listener, IsOk());
    listener_ = *std::move(listener);
  }
  Client Connect() { return Client(listener_->port()); }

  // Sends the bytes on a connection of its own and reads one answer.
  std::string Exchange(std::string_view bytes) {
    if (!listener_) StartEdge();
    Client client(listener_->port());
    client.Send(bytes);
    return client.ReadAnswer();
  }
  static std::string Request(std::string_view method, std::string_view hook, std::string_view lines = "",
                             std::string_view body = "") {
    return absl::StrCat(method, " ", Path(hook), " HTTP/1.1\r\nHost: edge.test\r\n", lines,
                        body.empty() ? "" : absl::StrCat("Content-Length: ", body.size(), "\r\n"), "\r\n", body);
  }
  static std::string Path(std::string_view hook) {
    return absl::StrCat("/api/client/v2.0/app/app/service/s/incoming_webhook/", hook);
  }
  // `target` begins with the route.
  static std::string EndpointRequest(std::string_view method, std::string_view target, std::string_view lines = "",
                                     std::string_view body = "") {
    return absl::StrCat(method, " /app/app/endpoint", target, " HTTP/1.1\r\nHost: edge.test\r\n", lines,
                        body.empty() ? "" : absl::StrCat("Content-Length: ", body.size(), "\r\n"), "\r\n", body);
  }

  static config::v1::AppView MakeView(int64_t revision) {
    config::v1::AppView view;
    view.mutable_app()->set_app_id("app");
    view.mutable_app()->set_revision(revision);
    config::v1::EdgeView& edge = *view.mutable_edge();
    edge.add_services("s");
    edge.add_services("empty");
    edge.mutable_run_time_max()->set_seconds(90);
    AddWebhook(edge, "get", config::v1::HTTP_METHOD_GET);
    AddWebhook(edge, "post", config::v1::HTTP_METHOD_POST);
    AddWebhook(edge, "head", config::v1::HTTP_METHOD_HEAD);
    AddWebhook(edge, "any", config::v1::HTTP_METHOD_ANY);
    AddWebhook(edge, "github", config::v1::HTTP_METHOD_UNSPECIFIED);
    AddWebhook(edge, "validated", config::v1::HTTP_METHOD_ANY)->set_needs_validation(true);
    AddWebhook(edge, "user", config::v1::HTTP_METHOD_ANY)->set_needs_user(true);
    AddWebhook(edge, "authorized", config::v1::HTTP_METHOD_ANY)->set_needs_authorization(true);
    auto* guarded = AddWebhook(edge, "guarded", config::v1::HTTP_METHOD_ANY);
    guarded->set_needs_validation(true);
    guarded->set_needs_user(true);
    guarded->set_needs_authorization(true);
    AddEndpoint(edge, "/orders/new", config::v1::HTTP_METHOD_POST, "newOrder");
    AddEndpoint(edge, "/orders/new", config::v1::HTTP_METHOD_ANY, "listOrders");
    AddEndpoint(edge, "/off", config::v1::HTTP_METHOD_ANY, "off")->set_disabled(true);
    auto* guarded_endpoint = AddEndpoint(edge, "/guarded", config::v1::HTTP_METHOD_POST, "folder/guarded");
    guarded_endpoint->set_needs_validation(true);
    guarded_endpoint->set_needs_user(true);
    guarded_endpoint->set_needs_authorization(true);
    return view;
  }
  void ApplyConfig(int64_t revision = 7, std::vector<std::string> origins = {}) {
    config::v1::WatchResponse batch;
    batch.set_revision(revision);
    batch.set_snapshot(true);
    *batch.add_apps() = MakeView(revision);
    for (std::string& origin : origins) {
      batch.mutable_apps(0)->mutable_edge()->add_allowed_request_origins(std::move(origin));
    }
    router_.Apply(batch);
  }

  EventLoops loops_{2};
  EdgeOptions options_;
  Metrics metrics_;
  Router router_;
  ::testing::StrictMock<validation::ValidatorMock> validator_;
  ::testing::StrictMock<auth::AuthenticatorMock> authenticator_;
  ::testing::StrictMock<authz::AuthorizerMock> authorizer_;
  ::testing::StrictMock<executor::FunctionExecutorMock> executor_;
  std::shared_ptr<EdgeContext> context_;
  std::unique_ptr<Listener> listener_;

 private:
  static config::v1::EdgeView::Endpoint* AddEndpoint(config::v1::EdgeView& edge, std::string_view route,
                                                     config::v1::HttpMethod method, std::string_view function) {
    auto* endpoint = edge.add_endpoints();
    endpoint->mutable_name()->set_route(std::string(route));
    endpoint->mutable_name()->set_method(method == config::v1::HTTP_METHOD_ANY ? "*" : MethodSet(method).Names());
    endpoint->set_http_method(method);
    endpoint->set_function_name(std::string(function));
    return endpoint;
  }
  static config::v1::EdgeView::Webhook* AddWebhook(config::v1::EdgeView& edge, std::string_view name,
                                                   config::v1::HttpMethod method) {
    auto* webhook = edge.add_webhooks();
    webhook->mutable_name()->set_service("s");
    webhook->mutable_name()->set_webhook(std::string(name));
    webhook->set_http_method(method);
    return webhook;
  }
};

// What a mock was asked. Written on a loop's thread, read on the test's.
template <class Message>
class Seen {
 public:
  void Set(Message message, std::string body, CallContext call) {
    std::lock_guard lock(mutex_);
    message_ = std::move(message);
    body_ = std::move(body);
    call_ = std::move(call);
  }
  Message message() {
    std::lock_guard lock(mutex_);
    return message_;
  }
  std::string body() {
    std::lock_guard lock(mutex_);
    return body_;
  }
  CallContext call() {
    std::lock_guard lock(mutex_);
    return call_;
  }

 private:
  std::mutex mutex_;
  Message message_;
  std::string body_;
  CallContext call_;
};

}  // namespace overlock::edge

#endif  // OVERLOCK_SERVICES_EDGE_EDGE_FIXTURE_H_
