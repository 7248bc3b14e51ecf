#include "services/executor/js/engine.h"

#include <v8-snapshot.h>

#include <string_view>
#include <utility>

#include "common/status/status_macros.h"
#include "services/executor/js/embedded_snapshot.h"
#include "services/executor/js/invocations.h"
#include "services/executor/js/platform.h"
#include "services/executor/js/snapshot.h"

namespace overlock::executor::js {

struct Engine::State {
  v8::StartupData snapshot;
  std::unique_ptr<Invocations> invocations;
};

absl::StatusOr<std::unique_ptr<Engine>> Engine::Create(StatusPage* page, Listener* listener, int background_threads) {
  InitializedPlatform(background_threads);
  OVERLOCK_ASSIGN_OR_RETURN(std::string_view blob, OpenSnapshot(EmbeddedSnapshot()));
  auto state = std::make_unique<State>();
  state->snapshot = {blob.data(), static_cast<int>(blob.size())};
  state->invocations = std::make_unique<Invocations>(state->snapshot, page, listener);
  return std::unique_ptr<Engine>(new Engine(std::move(state)));
}

Engine::Engine(std::unique_ptr<State> state) : state_(std::move(state)) {}
Engine::~Engine() = default;

void Engine::Load(worker::v1::LoadApp load) { state_->invocations->Load(std::move(load)); }
void Engine::Unload(const type::v1::AppRevision& app) { state_->invocations->Unload(app); }
void Engine::Invoke(worker::v1::Invoke& invoke, std::string_view shared_body) {
  state_->invocations->Invoke(invoke, shared_body);
}
void Engine::Cancel(uint64_t sequence) { state_->invocations->Cancel(sequence); }
void Engine::Settle(worker::v1::ServiceResult result) { state_->invocations->Settle(std::move(result)); }
void Engine::Configure(const worker::v1::Configure& configure) { state_->invocations->Configure(configure); }
void Engine::RunDue() { state_->invocations->RunDue(); }
int64_t Engine::NextDueNs() const { return state_->invocations->NextDueNs(); }
void Engine::Idle() { state_->invocations->Idle(); }

}  // namespace overlock::executor::js
