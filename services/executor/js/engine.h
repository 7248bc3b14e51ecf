// JavaScript without its types: what the rest of the worker uses.
#ifndef OVERLOCK_SERVICES_EXECUTOR_JS_ENGINE_H_
#define OVERLOCK_SERVICES_EXECUTOR_JS_ENGINE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "overlock/worker/v1/channel.pb.h"
#include "services/executor/channel/status_page.h"

namespace overlock::executor::js {

class Invocations;

// Runs functions in V8, many waiting ones at a time, one at a time in JavaScript. One thread makes it, uses it and
// destroys it; it has threads of its own besides, all started by Create().
class Engine {
 public:
  class Listener {
   public:
    virtual ~Listener() = default;
    // An answer, or that an invocation waits, or that an isolate was dropped. Called from inside the engine's methods.
    virtual void OnMessage(const worker::v1::FromWorker& message) = 0;
  };

  // `page` and `listener` must outlive it. All engines of a process share V8's own threads, of which the first one
  // says how many there are. DATA_LOSS (`SNAPSHOT_INVALID`) if the built-in snapshot is not for this V8.
  static absl::StatusOr<std::unique_ptr<Engine>> Create(StatusPage* page, Listener* listener, int background_threads);
  ~Engine();

  void Load(worker::v1::LoadApp load);
  void Unload(const type::v1::AppRevision& app);
  // Runs the invocation until it ends or waits, or compiles what it says. Takes the message's contents and leaves
  // another message's memory there. `shared_body` is the request's body where that does not stand in the message, and
  // is used during the call only.
  void Invoke(worker::v1::Invoke& invoke, std::string_view shared_body);
  // Ends a waiting invocation.
  void Cancel(uint64_t sequence);
  // What a service's action came to.
  void Settle(worker::v1::ServiceResult result);
  // What holds for the whole worker.
  void Configure(const worker::v1::Configure& configure);
  // Fires timers that are due and ends what is past its deadline.
  void RunDue();
  // When RunDue() has something to do next (CLOCK_MONOTONIC); INT64_MAX for never.
  int64_t NextDueNs() const;
  // Does V8's own pending work. To be called when there is nothing else to do.
  void Idle();

 private:
  struct State;
  explicit Engine(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace overlock::executor::js

#endif  // OVERLOCK_SERVICES_EXECUTOR_JS_ENGINE_H_
