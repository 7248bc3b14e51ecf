#include "services/executor/supervisor/supervisor.h"

#include <algorithm>
#include <utility>

#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>

#include "absl/strings/str_cat.h"
#include "common/status/status.h"
#include "common/telemetry/log.h"
#include "services/executor/supervisor/invocation_log.h"

namespace overlock::executor {
namespace {

// Deadlines are looked at every so many looks at the status pages.
constexpr int64_t kLooksPerDeadlineCheck = 4;
// A worker that has not answered, this long after its deadline, what it does not even run.
constexpr absl::Duration kOverdueMax = absl::Seconds(2);
// A worker that runs something that is not known for longer than this.
constexpr absl::Duration kUnknownMax = absl::Seconds(1);
// While workers start.
constexpr absl::Duration kTidyUnsettled = absl::Milliseconds(100);

Doom DoomOf(Overrun overrun) {
  switch (overrun) {
    case Overrun::kCpuTime:
      return Doom::kCpuTime;
    case Overrun::kRunTime:
      return Doom::kRunTime;
    case Overrun::kMemory:
      return Doom::kMemory;
    case Overrun::kNone:
      break;
  }
  return Doom::kNone;
}

// Names a target among those of its application.
std::string TargetKey(const v1::ExecuteRequest& request) {
  switch (request.target_case()) {
    case v1::ExecuteRequest::kWebhook:
      return absl::StrCat("w", request.webhook().service(), "\n", request.webhook().webhook());
    case v1::ExecuteRequest::kWebhookFunction:
      return absl::StrCat("w", request.webhook_function().service(), "\n", request.webhook_function().webhook());
    case v1::ExecuteRequest::kRunAsScript:
      return absl::StrCat("s", request.run_as_script().service(), "\n", request.run_as_script().webhook());
    case v1::ExecuteRequest::kEndpoint:
      return absl::StrCat("e", request.endpoint().method(), "\n", request.endpoint().route());
    case v1::ExecuteRequest::kEndpointRunAsScript:
      return absl::StrCat("t", request.endpoint_run_as_script().method(), "\n",
                          request.endpoint_run_as_script().route());
    default:
      return absl::StrCat("f", request.function());
  }
}

absl::Duration CpuTime(const v1::ExecuteResponse& response) {
  const auto& cpu_time = response.usage().cpu_time();
  return absl::Seconds(cpu_time.seconds()) + absl::Nanoseconds(cpu_time.nanos());
}

absl::Status Stopping() {
  return Error(absl::StatusCode::kUnavailable, "EXECUTOR_STOPPING", "the executor is stopping");
}

}  // namespace

std::shared_ptr<Supervisor> Supervisor::Make(boost::asio::any_io_executor executor, SupervisorOptions options,
                                             Metrics& metrics, std::shared_ptr<ServiceActions> actions) {
  return std::shared_ptr<Supervisor>(
      new Supervisor(std::move(executor), std::move(options), metrics, std::move(actions)));
}

Supervisor::Supervisor(boost::asio::any_io_executor executor, SupervisorOptions options, Metrics& metrics,
                       std::shared_ptr<ServiceActions> actions)
    : executor_(std::move(executor)),
      options_(std::move(options)),
      metrics_(metrics),
      service_calls_(ServiceCalls::Make(executor_, options_, std::move(actions), metrics)),
      pool_(executor_, options_, *this, metrics_),
      waiting_(options_),
      look_timer_(executor_),
      tidy_timer_(executor_) {}

// ---- From any thread.

void Supervisor::Start() {
  boost::asio::dispatch(executor_, [self = shared_from_this()] {
    self->pool_.Resize();
    self->ArmTidy();
  });
}

void Supervisor::Submit(InvocationPtr invocation) {
  boost::asio::dispatch(executor_, [self = shared_from_this(), invocation = std::move(invocation)]() mutable {
    self->Accept(std::move(invocation));
  });
}

void Supervisor::Cancel(InvocationPtr invocation) {
  // Posted, not dispatched: a stop may be requested in the middle of anything.
  boost::asio::post(
      executor_, [self = shared_from_this(), invocation = std::move(invocation)] { self->CancelOnLoop(invocation); });
}

void Supervisor::AppsChanged(std::vector<std::string> changed, std::vector<std::string> removed) {
  boost::asio::dispatch(executor_, [self = shared_from_this(), changed = std::move(changed),
                                    removed = std::move(removed)] { self->ForgetApps(changed, removed); });
}

// ---- The way of an invocation.

void Supervisor::Accept(InvocationPtr invocation) {
  metrics_.SetInFlight(++outstanding_);
  invocation->accepted_ns = MonotonicNanos();
  if (stopped_) return Finish(invocation, Stopping());
  std::shared_ptr<AppState>& app = apps_[invocation->code->app_id()];
  if (!app) app = std::make_shared<AppState>(invocation->code->app_id());
  invocation->app = app;
  if (invocation->accepted_ns >= invocation->deadline_ns) return FinishWithFailure(invocation, RunTimeFailure());
  invocation->trial = !IsProven(*invocation);
  ArmLook();
  if (app->waiting.empty() && TrySend(invocation, invocation->accepted_ns)) return;
  if (absl::Status pushed = waiting_.Push(invocation); !pushed.ok()) return Finish(invocation, pushed);
  metrics_.SetQueueItems(waiting_.items());
  if (app->cordoned(invocation->accepted_ns)) pool_.MakeRoomForCordoned(*app);
  pool_.Resize();
}

bool Supervisor::TrySend(const InvocationPtr& invocation, int64_t now_ns) {
  Worker* worker = pool_.Choose(*invocation, now_ns);
  if (worker == nullptr) return false;
  worker->Send(invocation, now_ns);
  return true;
}

void Supervisor::SendWaiting() {
  if (waiting_.items() > 0) {
    int64_t now_ns = MonotonicNanos();
    std::shared_ptr<AppState> cordoned;
    waiting_.SendEach([this, now_ns, &cordoned](const InvocationPtr& invocation) {
      if (TrySend(invocation, now_ns)) return true;
      if (invocation->app->cordoned(now_ns)) cordoned = invocation->app;
      return false;
    });
    if (cordoned) pool_.MakeRoomForCordoned(*cordoned);
    metrics_.SetQueueItems(waiting_.items());
  }
  pool_.Resize();
}

void Supervisor::OnDone(Worker& worker, const InvocationPtr& invocation, v1::ExecuteResponse response) {
  if (worker.busy_with && worker.watch().sequence() == invocation->sequence) ClearBusy(worker);
  if (invocation->trial && !invocation->compile && CpuTime(response) <= options_.busy_after) {
    invocation->app->proven.insert(TargetKey(invocation->request));
  }
  if (response.outcome_case() == v1::ExecuteResponse::OUTCOME_NOT_SET) {
    Finish(invocation, Error(absl::StatusCode::kInternal, "WORKER_PROTOCOL", "a worker answered without an outcome"));
  } else {
    Finish(invocation, std::move(response));
  }
  if (waiting_.items() > 0) SendWaiting();
}

void Supervisor::OnServiceCall(const InvocationPtr& invocation, worker::v1::ServiceCall call) {
  service_calls_->Begin(invocation, std::move(call));
}

void Supervisor::CancelOnLoop(const InvocationPtr& invocation) {
  if (invocation->answered()) return;
  Worker* worker = invocation->worker;
  if (worker == nullptr ? waiting_.Remove(invocation) : worker->TakeBack(invocation)) {
    return Finish(invocation, Error(absl::StatusCode::kCancelled, "CALLER_GONE", "the caller has gone away"));
  }
  if (worker != nullptr) worker->Cancel(*invocation);
}

void Supervisor::Finish(const InvocationPtr& invocation, Invocation::Answer answer) {
  if (invocation->answered()) return;
  ServiceCalls::End(*invocation);
  metrics_.SetInFlight(--outstanding_);
  // Compilations are counted by who asked for them.
  if (answer.ok() && !invocation->compile) {
    metrics_.Answered(*answer, static_cast<double>(MonotonicNanos() - invocation->accepted_ns) * 1e-9);
    LogAnswer(*invocation, *answer);
  } else if (!invocation->compile) {
    metrics_.Refused(answer.status());
  }
  std::exchange(invocation->resume, nullptr)(std::move(answer));
}

void Supervisor::FinishWithFailure(const InvocationPtr& invocation, v1::Failure failure) {
  v1::ExecuteResponse response;
  *response.mutable_failure() = std::move(failure);
  absl::Duration run_time = absl::Nanoseconds(MonotonicNanos() - invocation->accepted_ns);
  response.mutable_usage()->mutable_run_time()->set_seconds(absl::ToInt64Seconds(run_time));
  response.mutable_usage()->mutable_run_time()->set_nanos(
      static_cast<int32_t>(absl::ToInt64Nanoseconds(run_time) % 1'000'000'000));
  Finish(invocation, std::move(response));
}

void Supervisor::ForgetApps(const std::vector<std::string>& changed, const std::vector<std::string>& removed) {
  for (const std::string& app_id : changed) {
    if (auto it = apps_.find(app_id); it != apps_.end()) {
      it->second->cordoned_until_ns = 0;
      it->second->distrusted_until_ns = 0;
      it->second->proven.clear();
    }
    // The revision before stays: requests that began with it are still on their way.
    for (const auto& worker : pool_.workers()) worker->Unload(app_id, 1);
  }
  for (const std::string& app_id : removed) {
    apps_.erase(app_id);
    for (const auto& worker : pool_.workers()) worker->Unload(app_id, 0);
  }
}

// ---- Watching.

void Supervisor::ArmLook() {
  if (look_armed_ || stopped_) return;
  look_armed_ = true;
  look_timer_.expires_after(absl::ToChronoNanoseconds(options_.look_every));
  look_timer_.async_wait([weak = weak_from_this()](boost::system::error_code error) {
    auto self = weak.lock();
    if (error || !self) return;
    self->look_armed_ = false;
    self->Look();
  });
}

void Supervisor::Look() {
  if (stopped_) return;
  int64_t now_ns = MonotonicNanos();
  bool check_deadlines = ++looks_ % kLooksPerDeadlineCheck == 0;
  for (const auto& worker : pool_.workers()) {
    LookAt(*worker, now_ns);
    if (check_deadlines) CheckDeadlines(*worker, now_ns);
  }
  if (check_deadlines) {
    for (const InvocationPtr& invocation : waiting_.TakeOverdue(now_ns)) {
      FinishWithFailure(invocation, RunTimeFailure());
    }
    metrics_.SetQueueItems(waiting_.items());
  }
  SendWaiting();
  pool_.Report();
  bool in_flight =
      std::any_of(pool_.workers().begin(), pool_.workers().end(), [](const auto& worker) { return !worker->idle(); });
  if (in_flight || outstanding_ > 0) ArmLook();
}

void Supervisor::LookAt(Worker& worker, int64_t now_ns) {
  if (worker.stage() != Worker::Stage::kReady) return;
  if (worker.crashed()) return End(worker, Doom::kCrash);
  uint64_t sequence = worker.idle() ? 0 : worker.Look(now_ns);
  if (sequence == 0) {
    ClearBusy(worker);
    if (worker.load() > 0 && absl::Nanoseconds(now_ns - worker.heard_ns()) > options_.silence_max) {
      End(worker, Doom::kSilent);
    }
    return;
  }
  InvocationPtr invocation = worker.Find(sequence);
  if (!invocation) {
    // It may have ended since; what stays is no work of ours.
    if (absl::Nanoseconds(now_ns - worker.watch().entered_ns()) > kUnknownMax) End(worker, Doom::kProtocol);
    return;
  }
  if (!worker.watch().busy(now_ns)) return ClearBusy(worker);
  const AppCode& code = *invocation->code;
  WorkerWatch::Limits limits{code.cpu_time_max(), invocation->deadline_ns, code.memory_bytes_max(),
                             worker.loaded_memory_bytes()};
  Overrun overrun = worker.watch().Check(limits, now_ns);
  if (overrun != Overrun::kNone) return End(worker, DoomOf(overrun));
  invocation->app->proven.erase(TargetKey(invocation->request));
  SetBusy(worker, invocation->app);
  absl::Duration stay = absl::Nanoseconds(now_ns - worker.watch().entered_ns());
  LowerPriority(worker, stay);
  if (stay > options_.held_up_max) KeepApart(worker, *invocation->app, now_ns);
}

void Supervisor::CheckDeadlines(Worker& worker, int64_t now_ns) {
  for (const InvocationPtr& invocation : worker.InFlight()) {
    absl::Duration overdue = absl::Nanoseconds(now_ns - invocation->deadline_ns);
    if (overdue <= absl::ZeroDuration()) continue;
    if (worker.TakeBack(invocation)) {
      FinishWithFailure(invocation, RunTimeFailure());
      continue;
    }
    // What is in JavaScript is Look's. The rest should have been answered by the worker: answer in its place.
    if (overdue <= options_.grace || worker.watch().sequence() == invocation->sequence) continue;
    FinishWithFailure(invocation, RunTimeFailure());
    worker.Cancel(*invocation);
    if (overdue > kOverdueMax && worker.watch().sequence() == 0) return End(worker, Doom::kSilent);
  }
}

bool Supervisor::IsProven(const Invocation& invocation) const {
  const AppState& app = *invocation.app;
  // No source is compiled twice: none has shown yet that it ends.
  if (invocation.compile) return false;
  return invocation.accepted_ns >= app.distrusted_until_ns && app.proven.contains(TargetKey(invocation.request));
}

// What waits in the worker for its timers and its calls stays where it is: it can only be spared the next time.
void Supervisor::KeepApart(Worker& worker, AppState& app, int64_t now_ns) {
  if (now_ns < app.distrusted_until_ns || !worker.HasOthers(app)) return;
  metrics_.HeldUp();
  log::Warning("an application has held up others", {{"app_id", app.app_id}, {"worker_pid", worker.pid()}});
  app.distrusted_until_ns = now_ns + absl::ToInt64Nanoseconds(options_.cordon);
}

void Supervisor::SetBusy(Worker& worker, std::shared_ptr<AppState> app) {
  if (worker.busy_with == app) return;
  ClearBusy(worker);
  ++app->busy_workers;
  worker.busy_with = std::move(app);
  PutBack(worker.TakeBackUnbegun());
}

void Supervisor::ClearBusy(Worker& worker) {
  if (!worker.busy_with) return;
  --worker.busy_with->busy_workers;
  worker.busy_with = nullptr;
  if (worker.priority() != WorkerPriority::kBusy || worker.stage() != Worker::Stage::kReady) return;
  auto before = worker.cordoned_for.empty() ? WorkerPriority::kNormal : WorkerPriority::kCordoned;
  if (worker.SetPriority(before) || !worker.cordoned_for.empty()) return;
  worker.retires = true;
  worker.in_service = false;
}

// What runs for long leaves the processors to what ends soon.
void Supervisor::LowerPriority(Worker& worker, absl::Duration stay) {
  // Where it cannot be raised again the worker has to be replaced: that only pays when it runs for really long.
  if (may_raise_priority_ || stay > options_.held_up_max) worker.SetPriority(WorkerPriority::kBusy);
}

void Supervisor::PutBack(const std::vector<InvocationPtr>& invocations) {
  std::vector<InvocationPtr> wanted;
  for (const InvocationPtr& invocation : invocations) {
    if (!invocation->answered()) wanted.push_back(invocation);
  }
  metrics_.Moved(wanted.size());
  waiting_.PutBack(wanted);
}

// ---- The end of a worker.

void Supervisor::End(Worker& worker, Doom doom) {
  if (worker.stage() == Worker::Stage::kDoomed) return;
  ClearBusy(worker);
  PutBack(worker.TakeBackUnbegun());
  worker.Kill(doom);
}

void Supervisor::OnReady(Worker& worker) {
  pool_.OnReady(worker);
  ready_workers_ = pool_.ready();
  SendWaiting();
  pool_.Report();
}

void Supervisor::OnExit(Worker& worker, WorkerExit exit) {
  ClearBusy(worker);
  Worker::Remains remains = worker.TakeRemains();
  int64_t memory_bytes_max = remains.culprit ? remains.culprit->code->memory_bytes_max() : 0;
  bool grown = remains.culprit && worker.watch().grown_bytes() > memory_bytes_max;
  WorkerEnd end = JudgeEnd(worker.doom(), exit, grown, memory_bytes_max);
  metrics_.WorkerEnded(end.cause);
  if (worker.doom() != Doom::kIdle) {
    log::Warning("a worker ended", {{"worker_pid", worker.pid()},
                                    {"cause", end.cause},
                                    {"signal", exit.signal},
                                    {"exit_code", exit.code},
                                    {"abandoned", exit.abandoned},
                                    {"moved", remains.unbegun.size()},
                                    {"lost", remains.begun.size()}});
  }
  if (remains.culprit) Blame(remains.culprit, end);
  for (const InvocationPtr& invocation : remains.begun) FinishWithFailure(invocation, LostFailure());
  PutBack(remains.unbegun);
  std::unique_ptr<Worker> gone = pool_.Remove(worker);
  ready_workers_ = pool_.ready();
  SendWaiting();
  ArmTidy();
  pool_.Report();
}

void Supervisor::Blame(const InvocationPtr& culprit, const WorkerEnd& end) {
  v1::Failure failure;
  failure.set_kind(end.kind);
  failure.set_message(end.message);
  FinishWithFailure(culprit, std::move(failure));
  if (!end.blame) return;
  AppState& app = *culprit->app;
  if (!app.cordoned(MonotonicNanos())) {
    log::Warning("an application is set apart", {{"app_id", app.app_id}, {"cause", end.cause}});
  }
  app.cordoned_until_ns = MonotonicNanos() + absl::ToInt64Nanoseconds(options_.cordon);
}

// ---- Housekeeping.

void Supervisor::ArmTidy() {
  if (stopped_) return;
  absl::Duration wait = pool_.unsettled() ? kTidyUnsettled : options_.spare_idle_max / 4;
  tidy_timer_.expires_after(absl::ToChronoNanoseconds(wait));
  tidy_timer_.async_wait([weak = weak_from_this()](boost::system::error_code error) {
    auto self = weak.lock();
    if (error || !self || self->stopped_) return;
    self->pool_.Tidy();
    self->pool_.Report();
    self->ArmTidy();
  });
}

std::vector<pid_t> Supervisor::WorkerPidsForTesting() const {
  std::vector<pid_t> pids;
  for (const auto& worker : pool_.workers()) pids.push_back(worker->pid());
  return pids;
}

void Supervisor::StopOnLoop() {
  if (std::exchange(stopped_, true)) return;
  look_timer_.cancel();
  tidy_timer_.cancel();
  for (const InvocationPtr& invocation : waiting_.TakeAll()) Finish(invocation, Stopping());
  for (const auto& worker : pool_.workers()) {
    ClearBusy(*worker);
    for (const InvocationPtr& invocation : worker->TakeBackUnbegun()) Finish(invocation, Stopping());
    for (const InvocationPtr& invocation : worker->InFlight()) {
      v1::Failure failure;
      failure.set_kind(v1::Failure::KIND_WORKER_LOST);
      failure.set_message("the executor was stopped while the function ran");
      FinishWithFailure(invocation, std::move(failure));
    }
  }
  pool_.Clear();
  ready_workers_ = 0;
}

}  // namespace overlock::executor
