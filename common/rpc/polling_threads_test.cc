#include "common/rpc/polling_threads.h"

#include <grpcpp/grpcpp.h>

#include <mutex>
#include <set>
#include <thread>

#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/notification.h"
#include "common/rpc/server_runner.h"
#include "gtest/gtest.h"
#include "overlock/config/v1/config_service.grpc.pb.h"

namespace overlock::rpc {
namespace {

using config::v1::ConfigService;
using config::v1::ListAppsRequest;
using config::v1::ListAppsResponse;

constexpr int kCalls = 300;

// Answers at once, in the thread that polled.
class Service : public ConfigService::CallbackService {
 public:
  grpc::ServerUnaryReactor* ListApps(grpc::CallbackServerContext* context, const ListAppsRequest*,
                                     ListAppsResponse*) override {
    auto* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
};

struct Call {
  grpc::ClientContext context;
  ListAppsRequest request;
  ListAppsResponse response;
};

class PollingThreadsTest : public ::testing::Test {
 protected:
  // Makes calls, many at a time; returns the threads that their callbacks ran in.
  std::set<std::thread::id> ThreadsOfCalls() {
    std::mutex mutex;
    std::set<std::thread::id> threads;
    std::vector<Call> calls(kCalls);
    absl::BlockingCounter left(kCalls);
    for (Call& call : calls) {
      stub_->async()->ListApps(&call.context, &call.request, &call.response, [&](grpc::Status status) {
        EXPECT_TRUE(status.ok()) << status.error_message();
        {
          std::lock_guard lock(mutex);
          threads.insert(std::this_thread::get_id());
        }
        left.DecrementCount();
      });
    }
    left.Wait();
    return threads;
  }

  // Two callbacks that wait for each other, which needs two threads.
  void LetCallbacksMeet() {
    Call first, second;
    absl::Notification first_runs, second_runs;
    absl::BlockingCounter left(2);
    const auto meet = [&left](absl::Notification& mine, absl::Notification& others) {
      mine.Notify();
      others.WaitForNotification();
      left.DecrementCount();
    };
    stub_->async()->ListApps(&first.context, &first.request, &first.response,
                             [&](grpc::Status) { meet(first_runs, second_runs); });
    stub_->async()->ListApps(&second.context, &second.request, &second.response,
                             [&](grpc::Status) { meet(second_runs, first_runs); });
    left.Wait();
  }

  Service service_;
  std::unique_ptr<ServerRunner> server_ = ServerRunner::StartInProcess({&service_});
  std::unique_ptr<ConfigService::Stub> stub_ = ConfigService::NewStub(server_->InProcessChannel());
};

TEST_F(PollingThreadsTest, OneThreadRunsAllCallbacks) {
  PollingThreads polling(1);
  // A thread that was polling already may have one callback left.
  ThreadsOfCalls();
  EXPECT_EQ(ThreadsOfCalls().size(), 1);
}

TEST_F(PollingThreadsTest, MoreThanGrpcHasIsAllThatItHas) {
  PollingThreads polling(1000);
  LetCallbacksMeet();
}

TEST_F(PollingThreadsTest, CallsThemAgainAndAgain) {
  PollingThreads polling(1);
  polling.WaitForCall();
  polling.WaitForCall();
}

TEST_F(PollingThreadsTest, GivesThreadsBackAtItsEnd) {
  for (int i = 0; i < 5; ++i) {
    PollingThreads polling(1);
    ThreadsOfCalls();
  }
  LetCallbacksMeet();
}

TEST(PollingThreadsAloneTest, EndsWithoutAnyOtherUseOfGrpc) {
  for (int i = 0; i < 20; ++i) PollingThreads polling(1);
}

TEST(PollingThreadsAloneTest, ChannelsMayEndInCallbacks) {
  PollingThreads polling(1);
  for (int i = 0; i < 20; ++i) {
    absl::Notification ended;
    {
      auto call = std::make_shared<Call>();
      auto stub = ConfigService::NewStub(grpc::CreateChannel("", nullptr));
      // The context refers to the channel, and goes with the callback.
      stub->async()->ListApps(&call->context, &call->request, &call->response,
                              [call, &ended](grpc::Status) { ended.Notify(); });
    }
    ended.WaitForNotification();
  }
}

TEST(PollingThreadsAloneTest, DefaultIsAtLeastOne) { EXPECT_GE(DefaultPollingThreads(), 1); }

}  // namespace
}  // namespace overlock::rpc
