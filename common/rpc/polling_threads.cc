#include "common/rpc/polling_threads.h"

#include <grpc/support/cpu.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/support/byte_buffer.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

#include "common/processors/processors.h"

namespace overlock::rpc {
namespace {

// gRPC's threads sleep after a second without an event.
constexpr std::chrono::milliseconds kCallEvery{500};

// As gRPC 1.51 has it.
int ThreadsOfGrpc() { return std::clamp(static_cast<int>(gpr_cpu_num_cores() / 2), 2, 16); }

}  // namespace

class PollingThreads::State {
 public:
  explicit State(int count) : stub_(grpc::CreateChannel("", nullptr)) {
    const int surplus = std::max(0, ThreadsOfGrpc() - std::max(1, count));
    for (int i = 0; i < surplus; ++i) {
      InPollingThread([](State& state, std::unique_lock<std::mutex>& lock) {
        state.changed_.wait(lock, [&state] { return state.ended_; });
      });
    }
    // From its first call on the channel holds gRPC's threads.
    InPollingThread([](State&, std::unique_lock<std::mutex>&) {});
    caller_ = std::thread([this] { CallAgainAndAgain(); });
  }

  ~State() {
    {
      std::lock_guard lock(mutex_);
      ended_ = true;
      changed_.notify_all();
    }
    caller_.join();
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return under_way_ == 0; });
  }

  void WaitForCall() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this, wanted = calls_ + 1] { return calls_ >= wanted; });
  }

 private:
  using Act = void (*)(State&, std::unique_lock<std::mutex>&);

  void CallAgainAndAgain() {
    std::unique_lock lock(mutex_);
    while (!changed_.wait_for(lock, kCallEvery, [this] { return ended_; })) {
      // One at a time: threads that are busy need none.
      if (std::exchange(calling_, true)) continue;
      lock.unlock();
      InPollingThread([](State& state, std::unique_lock<std::mutex>&) {
        state.calling_ = false;
        ++state.calls_;
      });
      lock.lock();
    }
  }

  // Calls `act` there, with the mutex. A call on a channel without credentials fails at once, and ends as every call
  // does: in a polling thread.
  void InPollingThread(Act act) {
    struct Unary {
      grpc::ClientContext context;
      const grpc::Slice empty;
      const grpc::ByteBuffer request{&empty, 1};
      grpc::ByteBuffer response;
    };
    {
      std::lock_guard lock(mutex_);
      ++under_way_;
    }
    auto unary = std::make_shared<Unary>();
    stub_.UnaryCall(&unary->context, "/overlock.PollingThreads/Call", {}, &unary->request, &unary->response,
                    [this, unary, act](grpc::Status) mutable {
                      // It refers to the channel, which may not end here.
                      unary.reset();
                      std::unique_lock lock(mutex_);
                      act(*this, lock);
                      --under_way_;
                      changed_.notify_all();
                    });
  }

  grpc::GenericStub stub_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ended_ = false;
  bool calling_ = false;
  int calls_ = 0;
  // Until it is 0 something in a polling thread refers to this.
  int under_way_ = 0;
  std::thread caller_;
};

PollingThreads::PollingThreads(int count) : state_(std::make_unique<State>(count)) {}
PollingThreads::~PollingThreads() = default;
void PollingThreads::WaitForCall() { state_->WaitForCall(); }

int DefaultPollingThreads() { return std::max(1, AvailableProcessors() / 2); }

}  // namespace overlock::rpc
