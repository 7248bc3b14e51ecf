#include "services/executor/supervisor/pool.h"

#include <algorithm>
#include <limits>
#include <utility>

#include <boost/asio/post.hpp>

#include "common/telemetry/log.h"
#include "services/executor/supervisor/worker_process.h"
#include "services/executor/supervisor/worker_thread.h"

namespace overlock::executor {
namespace {

constexpr absl::Duration kRestartBackoffMax = absl::Seconds(5);

bool Ready(const Worker& worker) { return worker.stage() == Worker::Stage::kReady; }
bool Free(const Worker& worker) {
  return Ready(worker) && worker.cordoned_for.empty() && worker.busy_with == nullptr && !worker.retires;
}

WorkerState StateOf(const Worker& worker) {
  if (worker.stage() == Worker::Stage::kStarting) return WorkerState::kStarting;
  if (worker.stage() == Worker::Stage::kDoomed) return WorkerState::kEnding;
  if (worker.busy_with) return WorkerState::kBusy;
  if (!worker.idle()) return WorkerState::kRunning;
  return worker.in_service || !worker.cordoned_for.empty() ? WorkerState::kIdle : WorkerState::kSpare;
}

}  // namespace

Pool::Pool(boost::asio::any_io_executor executor, const SupervisorOptions& options, Worker::Owner& owner,
           SupervisorMetrics& metrics)
    : executor_(std::move(executor)),
      options_(options),
      owner_(owner),
      metrics_(metrics),
      spawner_(options.worker_main == nullptr ? std::make_unique<Spawner>(options.worker_binary) : nullptr) {}

// ---- Choosing.

Worker* Pool::Choose(const Invocation& invocation, int64_t now_ns) {
  Worker* chosen = invocation.app->cordoned(now_ns) ? ChooseCordoned(invocation) : ChooseGeneral(invocation);
  if (chosen == nullptr) KeepWarm();
  return chosen;
}

Worker* Pool::ChooseGeneral(const Invocation& invocation) {
  const int share = std::max(options_.workers_max / 2, 1);
  const int busy = invocation.app->busy_workers;
  if (busy >= share) return nullptr;
  // An application that keeps a worker busy probably will keep the next one busy too: it gets only what is idle, and
  // never the last free worker.
  const bool suspect = busy > 0;
  int free_workers = 0;
  int held = 0;
  for (const auto& worker : workers_) {
    // What it got last may not have shown yet that it stays, too.
    if (suspect && worker->HasAtWork(*invocation.app)) ++held;
    if (Free(*worker)) ++free_workers;
  }
  if (suspect && (held >= share || free_workers < 2)) return nullptr;
  Worker* best = BestInService(invocation, suspect, /*apart=*/true);
  if (best == nullptr && invocation.trial) {
    // One that is kept warm has nobody in it that could be hurt.
    if (Worker* warm = WarmFor(invocation, /*apart=*/true)) return warm;
    // Another is being started, and will be here in some 25 ms.
    if (CanGrow()) return nullptr;
  }
  if (best == nullptr) best = BestInService(invocation, suspect, /*apart=*/false);
  if (best != nullptr) return best;
  Worker* warm = WarmFor(invocation, /*apart=*/false);
  if (warm != nullptr) warm->in_service = true;
  return warm;
}

Worker* Pool::BestInService(const Invocation& invocation, bool only_idle, bool apart) const {
  Worker* best = nullptr;
  int best_rank = std::numeric_limits<int>::max();
  for (const auto& worker : workers_) {
    if (!Free(*worker) || !worker->in_service || !worker->CanTake(invocation)) continue;
    if (only_idle && worker->load() > 0) continue;
    const AppState& app = *invocation.app;
    if (apart && (invocation.trial ? worker->HasOthers(app) : worker->HasTrialOfOthers(app))) continue;
    // Idle and with the application loaded, then idle, then by load.
    int rank = 2 * worker->load() + (worker->HasLoaded(*invocation.code) ? 0 : 1);
    if (rank < best_rank) {
      best = worker.get();
      best_rank = rank;
    }
  }
  return best;
}

Worker* Pool::ChooseCordoned(const Invocation& invocation) {
  for (const auto& worker : workers_) {
    if (worker->cordoned_for != invocation.app->app_id || !Ready(*worker)) continue;
    if (worker->busy_with == nullptr && worker->CanTake(invocation)) return worker.get();
  }
  // A second one only while the first is busy: a loop in one of its functions should not stop the others.
  if (HasAllItsCordoned(*invocation.app)) return nullptr;
  if (CountWorkers().cordoned >= options_.workers_max - options_.workers) return nullptr;
  Worker* warm = Warm();
  if (warm == nullptr || !warm->idle()) return nullptr;
  warm->cordoned_for = invocation.app->app_id;
  warm->SetPriority(WorkerPriority::kCordoned);
  return warm;
}

bool Pool::HasAllItsCordoned(const AppState& app) const {
  auto own = std::count_if(workers_.begin(), workers_.end(), [&app](const auto& worker) {
    return worker->cordoned_for == app.app_id && worker->stage() != Worker::Stage::kDoomed;
  });
  return own >= std::max(options_.workers_max / 4, 1);
}

Worker* Pool::Warm() const {
  Worker* warm = nullptr;
  for (const auto& worker : workers_) {
    if (!Free(*worker) || worker->in_service) continue;
    if (worker->idle()) return worker.get();
    warm = worker.get();
  }
  return warm;
}

// There may be several: what took a trial is no longer what it was kept for, until it has nothing to do.
Worker* Pool::WarmFor(const Invocation& invocation, bool apart) const {
  for (const auto& worker : workers_) {
    if (!Free(*worker) || worker->in_service || !worker->CanTake(invocation)) continue;
    if (!apart || !worker->HasOthers(*invocation.app)) return worker.get();
  }
  return nullptr;
}

// ---- Sizing.

Pool::Count Pool::CountWorkers() const {
  Count count;
  for (const auto& worker : workers_) {
    if (worker->stage() == Worker::Stage::kDoomed) continue;
    if (!worker->cordoned_for.empty()) {
      ++count.cordoned;
      continue;
    }
    ++count.general;
    if (worker->stage() == Worker::Stage::kStarting) ++count.starting;
    // One that is kept warm and has work is no longer what it is kept for.
    if (worker->busy_with || worker->retires || (!worker->in_service && !worker->idle())) ++count.general_busy;
    if (worker->in_service) ++count.in_service;
    if (worker->in_service && !worker->busy_with && !worker->retires) ++count.serving;
  }
  count.general += spawning_;
  count.starting += spawning_;
  return count;
}

bool Pool::CanGrow() const {
  Count count = CountWorkers();
  if (exhausted()) return count.starting > 0;
  return failed_starts_ == 0 && (count.general < options_.workers_max - count.cordoned || count.starting > 0);
}

int Pool::GeneralWanted(const Count& count) const {
  const int warm = keeps_warm_ || count.general_busy > 0 ? 1 : 0;
  // What went into service in the place of a busy one stays there while it has work, when that one is free again.
  const int serving = std::max(options_.workers, count.serving);
  return std::min(options_.workers_max - count.cordoned, serving + count.general_busy + warm);
}

void Pool::KeepWarm() { keeps_warm_ = keeps_warm_ || CountWorkers().in_service >= options_.workers; }

void Pool::Resize() {
  for (const auto& worker : workers_) {
    if (worker->retires && worker->idle()) worker->Kill(Doom::kIdle);
  }
  AdjustService();
  int64_t now_ns = MonotonicNanos();
  Count count = CountWorkers();
  for (int general = count.general; general < GeneralWanted(count) && StartOne(now_ns); ++general) {
  }
}

bool Pool::StartOne(int64_t now_ns) {
  if (now_ns < next_start_ns_ || exhausted() || open_ == nullptr) return false;
  if (spawner_ != nullptr) {
    Spawn();
  } else {
    OnStarted(WorkerThread::Start(executor_, options_.worker_main, options_.thread_patience));
  }
  return true;
}

void Pool::Spawn() {
  ++spawning_;
  spawner_->Start([this, executor = executor_, open = std::weak_ptr(open_)](absl::StatusOr<SpawnedWorker> spawned) {
    boost::asio::post(executor, [this, open, spawned = std::move(spawned)]() mutable {
      if (open.expired()) return;
      --spawning_;
      if (!spawned.ok()) return OnStarted(spawned.status());
      OnStarted(WorkerProcess::Adopt(executor_, *std::move(spawned), options_.cgroups.get()));
    });
  });
}

void Pool::OnStarted(absl::StatusOr<StartedWorker> started) {
  if (!started.ok()) {
    log::Error("a worker could not be started", {{"error", started.status().ToString()}});
    return StartFailed(MonotonicNanos());
  }
  workers_.push_back(Worker::Make(executor_, options_, owner_, *std::move(started)));
}

void Pool::StartFailed(int64_t now_ns) {
  absl::Duration wait = std::min(options_.restart_backoff * (1 << std::min(failed_starts_, 10)), kRestartBackoffMax);
  ++failed_starts_;
  next_start_ns_ = now_ns + absl::ToInt64Nanoseconds(wait);
}

void Pool::AdjustService() {
  int missing = options_.workers - CountWorkers().in_service;
  for (; missing > 0; --missing) {
    Worker* warm = Warm();
    if (warm == nullptr) return;
    warm->in_service = true;
  }
  // What went into service while others were busy is kept warm again once it has nothing to do.
  for (const auto& worker : workers_) {
    if (missing >= 0) return;
    if (!Free(*worker) || !worker->in_service || !worker->idle()) continue;
    worker->in_service = false;
    ++missing;
  }
}

void Pool::OnReady(Worker& worker) {
  failed_starts_ = 0;
  next_start_ns_ = 0;
  log::Debug("a worker is ready", {{"worker_pid", worker.pid()}});
  AdjustService();
}

std::unique_ptr<Worker> Pool::Remove(Worker& worker) {
  auto it = std::find_if(workers_.begin(), workers_.end(), [&](const auto& other) { return other.get() == &worker; });
  std::unique_ptr<Worker> removed = std::move(*it);
  workers_.erase(it);
  metrics_.CountColdStarts(removed->TakeColdStarts());
  if (!removed->was_ready()) StartFailed(MonotonicNanos());
  return removed;
}

bool Pool::exhausted() const {
  return options_.worker_main != nullptr && WorkerThread::abandoned() >= options_.abandoned_threads_max;
}

void Pool::Clear() {
  open_ = nullptr;
  // All are told before the first is waited for.
  for (const auto& worker : workers_) worker->Kill(Doom::kIdle);
  workers_.clear();
}

void Pool::Tidy() {
  int64_t now_ns = MonotonicNanos();
  for (const auto& worker : workers_) {
    if (worker->stage() == Worker::Stage::kStarting &&
        absl::Nanoseconds(now_ns - worker->started_ns()) > options_.start_max) {
      worker->Kill(Doom::kStart);
    }
    if (!Ready(*worker) || !worker->idle() ||
        absl::Nanoseconds(now_ns - worker->idle_since_ns()) <= options_.spare_idle_max) {
      continue;
    }
    Count count = CountWorkers();
    if (!worker->cordoned_for.empty() || count.general > GeneralWanted(count)) worker->Kill(Doom::kIdle);
  }
  KeepWarm();
  Resize();
}

void Pool::MakeRoomForCordoned(const AppState& app) {
  if (HasAllItsCordoned(app)) return;
  Count count = CountWorkers();
  bool cordoned_full = count.cordoned >= options_.workers_max - options_.workers;
  bool full = count.general + count.cordoned >= options_.workers_max;
  Worker* warm = Warm();
  if (!cordoned_full && (!full || (warm != nullptr && warm->idle()))) return;
  if (spawning_ > 0) return;
  for (const auto& worker : workers_) {
    if (worker->stage() == Worker::Stage::kStarting) return;
    // One that is about to end makes room already.
    if (worker->stage() == Worker::Stage::kDoomed) return;
  }
  for (const auto& worker : workers_) {
    bool may_go = cordoned_full ? !worker->cordoned_for.empty() : worker->cordoned_for.empty();
    if (may_go && worker->idle()) return worker->Kill(Doom::kIdle);
  }
}

// ---- Reporting.

int Pool::ready() const {
  return static_cast<int>(
      std::count_if(workers_.begin(), workers_.end(), [](const auto& worker) { return Ready(*worker); }));
}

bool Pool::unsettled() const {
  return failed_starts_ > 0 || spawning_ > 0 || std::any_of(workers_.begin(), workers_.end(), [](const auto& worker) {
           return worker->stage() == Worker::Stage::kStarting;
         });
}

void Pool::Report() const {
  SupervisorMetrics::StateCounts counts{};
  Heaps heaps;
  for (const auto& worker : workers_) {
    ++counts[static_cast<size_t>(StateOf(*worker))];
    const Heaps of_worker = worker->ReadHeaps();
    heaps.isolates += of_worker.isolates;
    heaps.bytes += of_worker.bytes;
    metrics_.CountColdStarts(worker->TakeColdStarts());
  }
  counts[static_cast<size_t>(WorkerState::kStarting)] += spawning_;
  metrics_.SetWorkers(counts);
  metrics_.SetHeaps(heaps);
}

}  // namespace overlock::executor
