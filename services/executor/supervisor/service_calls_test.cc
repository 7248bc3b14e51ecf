// Service calls between a worker that does what it is told (scripted_worker.cc) and a service type that the test holds.
#include "services/executor/supervisor/service_calls.h"

#include <signal.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/post.hpp>

#include "absl/strings/str_cat.h"
#include "common/async/event_loops.h"
#include "common/async/suspend.h"
#include "common/testing/span_keeper.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/executor/supervisor/supervisor.h"

namespace overlock::executor {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr auto kPatience = std::chrono::seconds(20);

// `echo` gives back what it got; `wait` ends when the test says so or stop is requested.
class TestType : public ServiceType {
 public:
  std::string_view KnownAction(std::string_view action) const override {
    if (action == "find") return "find";
    if (action == "echo") return "echo";
    if (action == "fail") return "fail";
    if (action == "bytes") return "bytes";
    return action == "wait" ? "wait" : "";
  }
  std::string SubjectOf(const ServiceCall& call) const override {
    return call.action == "find" ? "shop.orders.old" : "about it";
  }
  Task<ServiceOutcome> Call(ServiceCallPtr call) override {
    if (call->action == "fail") co_return ServiceFailure{"HTTPError", "caf\xe9", 112, "WriteConflict"};
    if (call->action == "bytes") co_return ServiceValue{ejson::Value::Document({}), std::string(39 << 20, 'x')};
    if (call->action == "wait") {
      auto begin = [this, call](auto resume) {
        auto shared = std::make_shared<decltype(resume)>(std::move(resume));
        begun.fetch_add(1);
        stops.emplace_back(std::make_unique<Stop>(call->context.stop, [this, shared] {
          stopped.fetch_add(1);
          (*shared)(true);
        }));
      };
      co_await Suspend<bool>(std::move(begin));
    }
    {
      std::lock_guard lock(mutex);
      seen.push_back(call);
    }
    co_return ServiceValue{call->argument, call->body};
  }

  using Stop = std::stop_callback<std::function<void()>>;
  std::atomic<int> begun = 0;
  std::atomic<int> stopped = 0;
  std::vector<std::unique_ptr<Stop>> stops;
  std::mutex mutex;
  std::vector<ServiceCallPtr> seen;
};

class ServiceCallsTest : public testing::Test {
 protected:
  ServiceCallsTest() {
    options_.worker_binary = OVERLOCK_SCRIPTED_WORKER;
    options_.workers = 1;
    options_.workers_max = 4;
    actions_->Register("http", type_);
    actions_->Register(ServiceActions::kNetwork, type_);
    view_.mutable_app()->set_app_id("a");
    view_.mutable_app()->set_revision(1);
    auto& service = *view_.mutable_executor()->add_services();
    service.set_name("web");
    service.set_type("http");
  }
  ~ServiceCallsTest() override {
    if (supervisor_) {
      OnLoop([this] { supervisor_->StopOnLoop(); });
    }
    loops_.Stop();
  }

  void OnLoop(std::function<void()> work) {
    std::promise<void> done;
    boost::asio::post(loops_.Get(0), [&] {
      work();
      done.set_value();
    });
    done.get_future().wait();
  }

  // Each argument is a worker::v1::ServiceCall as JSON; the answer is what came back, one result a line.
  std::future<std::string> Run(const std::string& function, const std::vector<std::string>& calls,
                               type::v1::User::Type user = type::v1::User::TYPE_SYSTEM,
                               absl::Duration run_time = absl::Seconds(60)) {
    if (!supervisor_) {
      supervisor_ = Supervisor::Make(loops_.Get(0), options_, metrics_, actions_);
      supervisor_->Start();
    }
    if (!code_) code_ = std::make_shared<const AppCode>(view_);
    auto invocation = std::make_shared<Invocation>();
    *invocation->request.mutable_app() = code_->revision();
    invocation->code = code_;
    invocation->request.set_function(function);
    invocation->trace = trace_;
    invocation->request.mutable_user()->set_type(user);
    for (const std::string& call : calls) invocation->request.add_arguments_ejson(call);
    invocation->deadline_ns = MonotonicNanos() + absl::ToInt64Nanoseconds(run_time);
    auto promise = std::make_shared<std::promise<std::string>>();
    invocation->resume = [promise](Invocation::Answer answer) {
      promise->set_value(!answer.ok()             ? answer.status().ToString()
                         : answer->has_returned() ? answer->returned().value_ejson()
                                                  : answer->failure().ShortDebugString());
    };
    supervisor_->Submit(invocation);
    return promise->get_future();
  }
  std::string Get(std::future<std::string> answer) {
    return answer.wait_for(kPatience) == std::future_status::ready ? answer.get() : "no answer";
  }
  static bool Await(const std::function<bool()>& condition) {
    auto give_up = std::chrono::steady_clock::now() + kPatience;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > give_up) return false;
      std::this_thread::yield();
    }
    return true;
  }

  SupervisorOptions options_;
  Metrics metrics_;
  // Of every invocation.
  TraceContext trace_;
  config::v1::AppView view_;
  std::shared_ptr<const AppCode> code_;
  std::shared_ptr<TestType> type_ = std::make_shared<TestType>();
  std::shared_ptr<ServiceActions> actions_ = std::make_shared<ServiceActions>();
  EventLoops loops_{1};
  std::shared_ptr<Supervisor> supervisor_;
};

TEST_F(ServiceCallsTest, CarriesACallThereAndItsResultBack) {
  std::string result = Get(Run("call", {R"({"operation":5,"service":"web","action":"echo",)"
                                        R"("argument_ejson":"{\"a\":1}","body":"AP8="})"}));
  EXPECT_THAT(result, HasSubstr("operation: 5"));
  EXPECT_THAT(result, HasSubstr(R"(value_ejson: "{\"a\":{\"$numberInt\":\"1\"}}")"));
  EXPECT_THAT(result, HasSubstr(R"(body: "\000\377")"));
  ASSERT_EQ(type_->seen.size(), 1u);
  const ServiceCall& call = *type_->seen[0];
  EXPECT_EQ(call.service->name(), "web");
  EXPECT_EQ(call.invocation->function(), "call");
  EXPECT_GT(call.context.TimeLeft(), absl::Seconds(30));
  EXPECT_LE(call.context.TimeLeft(), absl::Seconds(60));
  EXPECT_THAT(metrics_.Serialize(),
              HasSubstr(R"(overlock_executor_service_calls_total{type="http",action="echo",outcome="ok"} 1)"));
}

TEST_F(ServiceCallsTest, SaysWhyACallCannotBeMade) {
  EXPECT_THAT(Get(Run("call", {R"({"service":"none","action":"echo","argument_ejson":"{}"})"})),
              HasSubstr("ServiceNotFound"));
  EXPECT_THAT(Get(Run("call", {R"({"service":"web","action":"fly","argument_ejson":"{}"})"})),
              HasSubstr("ServiceCommandNotFound"));
  for (const char* argument : {"", "[]", "5", "{", R"({\"a\":{\"$oid\":\"5\"}})"}) {
    EXPECT_THAT(
        Get(Run("call", {absl::StrCat(R"({"service":"web","action":"echo","argument_ejson":")", argument, R"("})")})),
        HasSubstr("InvalidParameter"))
        << argument;
  }
  std::string failed = Get(Run("call", {R"({"action":"fail","argument_ejson":"{}"})"}));
  EXPECT_THAT(failed, HasSubstr("caf?"));
  EXPECT_THAT(failed, HasSubstr("number: 112 name: \"WriteConflict\""));
  EXPECT_THAT(Get(Run("call", {R"({"action":"bytes","argument_ejson":"{}"})"})), HasSubstr("value_ejson"));
}

TEST_F(ServiceCallsTest, TheLogOfAnInvocationListsItsCalls) {
  testing::internal::CaptureStderr();
  Get(Run("call", {R"({"service":"web","action":"echo","argument_ejson":"{\"a\":1}"})",
                   R"({"action":"fail","argument_ejson":"{}"})"}));
  OnLoop([] {});
  std::string log = testing::internal::GetCapturedStderr();
  EXPECT_THAT(log, HasSubstr(R"("event":"function called services")"));
  EXPECT_THAT(log, HasSubstr(R"("calls":2)"));
  EXPECT_THAT(log,
              testing::ContainsRegex("web.echo about it [0-9]+ us; context.http.fail about it [0-9]+ us HTTPError"));
}

TEST_F(ServiceCallsTest, AreSpansOfTheInvocationsTrace) {
  SpanKeeper keeper;
  actions_->Register("mongodb", type_);
  auto& database = *view_.mutable_executor()->add_services();
  database.set_name("mongodb-atlas");
  database.set_type("mongodb");
  trace_ = ContinueTrace("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
  Get(Run("call", {R"({"service":"web","action":"echo","argument_ejson":"{\"secret\":1}","body":"AP8="})",
                   R"({"action":"fail","argument_ejson":"{}"})", R"({"action":"fly to secret","argument_ejson":"{}"})",
                   R"({"service":"none","action":"echo","argument_ejson":"{}"})",
                   R"({"service":"mongodb-atlas","action":"find","argument_ejson":"{}"})"}));
  EXPECT_THAT(keeper.Texts(),
              testing::UnorderedElementsAre(
                  "internal http echo {overlock.action=echo, overlock.service_type=http, overlock.service=web}",
                  "internal network fail {overlock.action=fail, overlock.service_type=network, error.type=HTTPError, "
                  "db.response.status_code=112} failed",
                  "internal network unknown {overlock.action=unknown, overlock.service_type=network, "
                  "error.type=ServiceCommandNotFound} failed",
                  "client find shop.orders.old {db.system.name=mongodb, db.operation.name=find, db.namespace=shop, "
                  "db.collection.name=orders.old, overlock.service_type=mongodb, overlock.service=mongodb-atlas}"));
  for (const SpanData& span : keeper.spans()) EXPECT_EQ(span.parent_span_id, trace_.span_id);
  std::lock_guard lock(type_->mutex);
  EXPECT_EQ(type_->seen.at(0)->context.trace.span_id, keeper.Find("http echo").context.span_id)
      << "what the call does belongs to its span";
}

TEST_F(ServiceCallsTest, BelievesAWorkerThatItIsSystemOnlyWhereThatCanBe) {
  const std::string call = R"({"service":"web","action":"echo","argument_ejson":"{}","as_system":true})";
  EXPECT_THAT(Get(Run("call", {call}, type::v1::User::TYPE_NORMAL)), HasSubstr("NoMatchingRuleFound"));
  EXPECT_THAT(Get(Run("call", {call}, type::v1::User::TYPE_SYSTEM)), HasSubstr("value"));
  auto& function = *view_.mutable_executor()->add_functions();
  function.set_name("admin");
  function.set_run_as_system(true);
  code_ = std::make_shared<const AppCode>(view_);
  EXPECT_THAT(Get(Run("call", {call}, type::v1::User::TYPE_NORMAL)), HasSubstr("value"));
  EXPECT_THAT(
      Get(Run("call", {R"({"service":"web","action":"echo","argument_ejson":"{}"})"}, type::v1::User::TYPE_NORMAL)),
      HasSubstr("NoMatchingRuleFound"));
}

TEST_F(ServiceCallsTest, IgnoresCallsForWhatTheWorkerDoesNotHave) {
  // `forge` names sequences that are not its own before it makes a call that is.
  EXPECT_THAT(Get(Run("forge", {R"({"service":"web","action":"echo","argument_ejson":"{\"own\":1}"})"})),
              HasSubstr("own"));
  EXPECT_EQ(type_->seen.size(), 1u);
}

TEST_F(ServiceCallsTest, AnApplicationsCallsUnderWayAreBounded) {
  options_.app_service_calls_max = 2;
  const std::string wait = R"({"service":"web","action":"wait","argument_ejson":"{}"})";
  auto waiting = Run("call", {wait, wait});
  ASSERT_TRUE(Await([this] { return type_->begun == 2; }));
  EXPECT_THAT(Get(Run("call", {wait})), HasSubstr("too many service calls"));
  EXPECT_THAT(metrics_.Serialize(), HasSubstr(R"(_calls_total{type="unknown",action="unknown",outcome="refused"} 1)"));
}

TEST_F(ServiceCallsTest, TheBytesOfAnApplicationsCallsAreBounded) {
  options_.app_service_call_bytes_max = 1000;
  const std::string text(800, 'x');
  const std::string wait =
      absl::StrCat(R"({"service":"web","action":"wait","argument_ejson":"{\"a\":\")", text, R"(\"}"})");
  EXPECT_THAT(Get(Run("call", {wait, wait}, type::v1::User::TYPE_SYSTEM, absl::Milliseconds(300))),
              HasSubstr("KIND_RUN_TIME_LIMIT"));
  EXPECT_EQ(type_->begun, 1);
}

TEST_F(ServiceCallsTest, StopsWhatAnInvocationHasUnderWayWhenItEnds) {
  const std::string wait = R"({"service":"web","action":"wait","argument_ejson":"{}"})";
  EXPECT_THAT(Get(Run("call", {wait}, type::v1::User::TYPE_SYSTEM, absl::Milliseconds(200))),
              HasSubstr("KIND_RUN_TIME_LIMIT"));
  EXPECT_TRUE(Await([this] { return type_->stopped == 1; }));
  EXPECT_TRUE(Await([this] {
    std::lock_guard lock(type_->mutex);
    return type_->seen.size() == 1;
  }));
  // The worker goes on.
  EXPECT_THAT(Get(Run("call", {R"({"action":"echo","argument_ejson":"{}"})"})), HasSubstr("value"));
}

TEST_F(ServiceCallsTest, AWorkerWhoseFunctionsWaitForServicesIsNotTakenForDeaf) {
  options_.silence_max = absl::Milliseconds(20);
  auto answer = Run("call", {R"({"service":"web","action":"wait","argument_ejson":"{}"})"}, type::v1::User::TYPE_SYSTEM,
                    absl::Milliseconds(300));
  EXPECT_THAT(Get(std::move(answer)), HasSubstr("KIND_RUN_TIME_LIMIT"));
  EXPECT_THAT(metrics_.Serialize(), Not(HasSubstr("overlock_executor_worker_restarts_total")));
}

TEST_F(ServiceCallsTest, StopsWhatAWorkerThatDiesHadUnderWay) {
  const std::string wait = R"({"service":"web","action":"wait","argument_ejson":"{}"})";
  auto answer = Run("call", {wait});
  ASSERT_TRUE(Await([this] { return type_->begun == 1; }));
  OnLoop([this] {
    for (pid_t pid : supervisor_->WorkerPidsForTesting()) kill(pid, SIGKILL);
  });
  EXPECT_THAT(Get(std::move(answer)), HasSubstr("KIND_WORKER_LOST"));
  EXPECT_TRUE(Await([this] { return type_->stopped == 1; }));
}

}  // namespace
}  // namespace overlock::executor
