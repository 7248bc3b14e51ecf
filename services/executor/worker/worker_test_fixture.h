// What the tests of the worker share: an application that is put together test by test, on a real worker.
#ifndef OVERLOCK_SERVICES_EXECUTOR_WORKER_WORKER_TEST_FIXTURE_H_
#define OVERLOCK_SERVICES_EXECUTOR_WORKER_WORKER_TEST_FIXTURE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/executor/worker/worker_harness.h"
#ifdef OVERLOCK_WORKER_IN_THREAD
#include "services/executor/worker/thread_containment.h"
#endif

namespace overlock::executor {

inline constexpr char kAppId[] = "shop-abcde";

class WorkerTest : public testing::Test {
 protected:
  // Whether the worker is a thread of the test.
#ifdef OVERLOCK_WORKER_IN_THREAD
  static constexpr bool InThread() { return true; }
  static WorkerHarness* NewWorker() { return new WorkerHarness(RunWorkerInThread); }
#else
  static constexpr bool InThread() { return false; }
  static WorkerHarness* NewWorker() { return new WorkerHarness(OVERLOCK_WORKER_BINARY); }
#endif

  // A worker serves all tests until one of them ends it.
  static WorkerHarness& worker() {
    if (worker_ == nullptr) worker_ = NewWorker();
    return *worker_;
  }
  static void EndWorker() {
    delete worker_;
    worker_ = nullptr;
  }
  static void TearDownTestSuite() { EndWorker(); }

  WorkerTest() {
    view_.set_app_name("shop");
    view_.mutable_limits()->mutable_cpu_time_max()->set_seconds(1);
    view_.mutable_limits()->set_memory_bytes_max(64 << 20);
  }

  void AddFunction(const std::string& name, const std::string& source, bool run_as_system = false) {
    auto& function = *view_.add_functions();
    function.set_name(name);
    function.set_source(source);
    function.set_run_as_system(run_as_system);
  }
  config::v1::ExecutorView::Webhook& AddWebhook(const std::string& source,
                                                type::v1::ServiceType type = type::v1::SERVICE_TYPE_HTTP) {
    auto& webhook = *view_.add_webhooks();
    webhook.mutable_name()->set_service("http");
    webhook.mutable_name()->set_webhook("hook");
    webhook.set_service_type(type);
    webhook.set_source(source);
    webhook.set_respond_result(true);
    return webhook;
  }
  void Load() { worker().Load(kAppId, view_, ++revision_); }

  v1::ExecuteRequest FunctionRequest(const std::string& name, const std::vector<std::string>& arguments = {}) {
    v1::ExecuteRequest request = Request();
    request.set_function(name);
    for (const std::string& argument : arguments) request.add_arguments_ejson(argument);
    return request;
  }
  v1::ExecuteRequest HookRequest(const std::string& body = "", const std::string& query = "") {
    v1::ExecuteRequest request = Request();
    request.mutable_webhook()->set_service("http");
    request.mutable_webhook()->set_webhook("hook");
    request.set_body(body);
    request.mutable_request()->set_raw_query_string(query);
    return request;
  }
  static void AddHeader(v1::ExecuteRequest& request, const std::string& name, const std::string& value) {
    auto& header = *request.mutable_request()->add_headers();
    header.set_name(name);
    header.set_value(value);
  }

  // The result of a function that is loaded and run for it.
  v1::ExecuteResponse RunFunction(const std::string& source, const std::vector<std::string>& arguments = {}) {
    AddFunction("f", source);
    Load();
    return worker().Execute(FunctionRequest("f", arguments));
  }
  std::string Returned(const std::string& source, const std::vector<std::string>& arguments = {}) {
    v1::ExecuteResponse response = RunFunction(source, arguments);
    view_.clear_functions();
    EXPECT_TRUE(response.has_returned()) << response.ShortDebugString();
    return response.returned().value_ejson();
  }
  std::string ReturnedBy(const std::string& expression) { return Returned("exports = () => (" + expression + ");"); }
  v1::ExecuteResponse RunHook(const std::string& source, const std::string& body = "", const std::string& query = "") {
    view_.clear_webhooks();
    AddWebhook(source);
    Load();
    return worker().Execute(HookRequest(body, query));
  }

  config::v1::ExecutorView view_;

 private:
  v1::ExecuteRequest Request() {
    v1::ExecuteRequest request;
    request.mutable_app()->set_app_id(kAppId);
    request.mutable_app()->set_revision(revision_);
    auto& http = *request.mutable_request();
    http.set_method("POST");
    http.set_webhook_url("https://example.com/hook");
    http.set_remote_ip_address("203.0.113.7");
    request.mutable_user()->set_type(type::v1::User::TYPE_SYSTEM);
    return request;
  }

  static inline WorkerHarness* worker_ = nullptr;
  static inline int64_t revision_ = 0;
};

inline std::string HeaderOf(const v1::ExecuteResponse& response, std::string_view name) {
  for (const type::v1::Header& header : response.response().headers()) {
    if (header.name() == name) return header.value();
  }
  return "(none)";
}

inline std::vector<std::string> ConsoleOf(const v1::ExecuteResponse& response) {
  std::vector<std::string> lines;
  for (const v1::ConsoleLine& line : response.console()) lines.push_back(line.text());
  return lines;
}

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_WORKER_WORKER_TEST_FIXTURE_H_
