#include "services/executor/supervisor/worker.h"

#include <algorithm>
#include <utility>

#include "common/status/status.h"
#include "services/executor/channel/frame.h"
#include "services/executor/supervisor/frames.h"

namespace overlock::executor {
namespace {

// What the worker has not read yet may grow to this; one larger frame is let through alone.
constexpr size_t kUnsentBytesMax = 32 << 20;
// A worker keeps this many applications; the one that was not used for longest goes.
constexpr size_t kLoadedAppsMax = 64;
// A worker without functions takes less.
constexpr int64_t kWorkerItselfBytes = 64 << 20;
// Revisions of one application (architecture, section 5: one request, one revision).
constexpr size_t kRevisionsKept = 2;

void SortBySequence(std::vector<InvocationPtr>& invocations) {
  std::sort(invocations.begin(), invocations.end(),
            [](const InvocationPtr& a, const InvocationPtr& b) { return a->sequence < b->sequence; });
}

}  // namespace

std::unique_ptr<Worker> Worker::Make(boost::asio::any_io_executor executor, const SupervisorOptions& options,
                                     Owner& owner, StartedWorker started) {
  auto link = WorkerLink::Make(std::move(executor), std::move(started));
  return std::unique_ptr<Worker>(new Worker(options, owner, std::move(link)));
}

Worker::Worker(const SupervisorOptions& options, Owner& owner, std::shared_ptr<WorkerLink> link)
    : options_(options),
      owner_(owner),
      link_(std::move(link)),
      watch_(link_->meter(), options),
      started_ns_(MonotonicNanos()) {
  link_->Listen(*this);
  LimitMemory();
  AppendConfigure(options_.isolate_memory_bytes_max, link_->outbox());
  link_->Flush();
}

Worker::~Worker() { link_->Abandon(); }

// ---- Sending.

bool Worker::HasLoaded(const AppCode& code) const {
  return std::any_of(loaded_.begin(), loaded_.end(), [&](const Loaded& loaded) { return loaded.code.get() == &code; });
}

bool Worker::HasAtWork(const AppState& app) const {
  return std::any_of(in_flight_.begin(), in_flight_.end(),
                     [&](const auto& entry) { return entry.second->app.get() == &app && !entry.second->parked; });
}

int64_t Worker::loaded_memory_bytes() const {
  absl::flat_hash_map<std::string_view, int64_t> by_app;
  for (const Loaded& loaded : loaded_) {
    int64_t& bytes = by_app[loaded.code->app_id()];
    bytes = std::max(bytes, loaded.code->memory_bytes_max());
  }
  int64_t sum = 0;
  for (const auto& [app_id, bytes] : by_app) sum += bytes;
  return sum;
}

bool Worker::CanTake(const Invocation& invocation) const {
  size_t unsent_bytes = link_->unsent_bytes();
  if (unsent_bytes > 0 && unsent_bytes + invocation.request_bytes > kUnsentBytesMax) return false;
  // A slot is free again once the worker has looked at it. One that was revoked is only known to have been looked
  // at when the worker, which goes in order, has begun something later.
  size_t slot = next_sequence_ % kClaimSlots;
  uint8_t claim = link_->page().claims[slot].load(std::memory_order_acquire);
  if (claim == kPending) return false;
  if (claim != kRevoked) return true;
  return link_->page().begun_sequence.load(std::memory_order_acquire) > slot_sequence_[slot];
}

void Worker::Send(const InvocationPtr& invocation, int64_t now_ns) {
  if (load() == 0) heard_ns_ = now_ns;
  uint64_t sequence = next_sequence_++;
  Load(invocation->code);
  size_t slot = sequence % kClaimSlots;
  slot_sequence_[slot] = sequence;
  link_->page().claims[slot].store(kPending, std::memory_order_release);
  invocation->worker = this;
  invocation->sequence = sequence;
  invocation->parked = false;
  invocation->cancelled = false;
  int64_t left_us = std::max<int64_t>((invocation->deadline_ns - now_ns) / 1'000, 1);
  if (invocation->compile) {
    AppendCompile(sequence, invocation->request, *invocation->compile, left_us, link_->outbox());
  } else {
    const std::string_view body = invocation->body.view();
    AppendInvoke(sequence, invocation->request, body, link_->bodies().Put(body), left_us, link_->outbox());
  }
  link_->Flush();
  in_flight_.emplace(sequence, invocation);
  if (invocation->trial) ++trials_;
}

bool Worker::HasOthers(const AppState& app) const {
  return std::any_of(in_flight_.begin(), in_flight_.end(),
                     [&app](const auto& entry) { return entry.second->app.get() != &app; });
}

bool Worker::HasTrialOfOthers(const AppState& app) const {
  return trials_ > 0 && std::any_of(in_flight_.begin(), in_flight_.end(), [&app](const auto& entry) {
           return entry.second->trial && entry.second->app.get() != &app;
         });
}

void Worker::Load(const std::shared_ptr<const AppCode>& code) {
  for (Loaded& loaded : loaded_) {
    if (loaded.code == code) {
      loaded.used = next_sequence_;
      return;
    }
  }
  MakeRoomFor(*code);
  AppendLoadApp(*code, link_->outbox());
  loaded_.push_back({code, next_sequence_});
  LimitMemory();
}

// As much as the watch allows it, which looks at it now and then only.
void Worker::LimitMemory() {
  link_->SetMemoryMax(kWorkerItselfBytes + loaded_memory_bytes() + options_.memory_headroom_bytes);
}

void Worker::MakeRoomFor(const AppCode& code) {
  Unload(code.app_id(), kRevisionsKept - 1);
  if (loaded_.size() < kLoadedAppsMax) return;
  auto oldest = std::min_element(loaded_.begin(), loaded_.end(),
                                 [](const Loaded& a, const Loaded& b) { return a.used < b.used; });
  AppendUnloadApp(oldest->code->revision(), link_->outbox());
  loaded_.erase(oldest);
}

void Worker::Unload(std::string_view app_id, size_t keep) {
  size_t have = static_cast<size_t>(std::count_if(
      loaded_.begin(), loaded_.end(), [&](const Loaded& loaded) { return loaded.code->app_id() == app_id; }));
  if (have <= keep) return;
  for (auto it = loaded_.begin(); it != loaded_.end() && have > keep;) {
    if (it->code->app_id() != app_id) {
      ++it;
      continue;
    }
    AppendUnloadApp(it->code->revision(), link_->outbox());
    it = loaded_.erase(it);
    --have;
  }
  link_->Flush();
}

void Worker::Send(const worker::v1::ToWorker& message) {
  AppendFrame(message, link_->outbox());
  link_->Flush();
}

void Worker::Cancel(Invocation& invocation) {
  if (invocation.cancelled) return;
  invocation.cancelled = true;
  AppendCancel(invocation.sequence, link_->outbox());
  link_->Flush();
}

// ---- Taking back.

bool Worker::Began(const Invocation& invocation) const {
  size_t slot = invocation.sequence % kClaimSlots;
  // A slot is used again only after it was looked at.
  return slot_sequence_[slot] != invocation.sequence ||
         link_->page().claims[slot].load(std::memory_order_acquire) != kPending;
}

bool Worker::Revoke(const Invocation& invocation) {
  size_t slot = invocation.sequence % kClaimSlots;
  if (slot_sequence_[slot] != invocation.sequence) return false;
  uint8_t pending = kPending;
  return link_->page().claims[slot].compare_exchange_strong(pending, kRevoked, std::memory_order_acq_rel);
}

bool Worker::TakeBack(const InvocationPtr& invocation) {
  if (invocation->worker != this || !Revoke(*invocation)) return false;
  Forget(*invocation);
  return true;
}

std::vector<InvocationPtr> Worker::TakeBackUnbegun() {
  std::vector<InvocationPtr> taken = InFlight();
  std::erase_if(taken, [this](const InvocationPtr& invocation) { return !Revoke(*invocation); });
  for (const InvocationPtr& invocation : taken) Forget(*invocation);
  return taken;
}

InvocationPtr Worker::Find(uint64_t sequence) const {
  auto it = in_flight_.find(sequence);
  return it == in_flight_.end() ? nullptr : it->second;
}

std::vector<InvocationPtr> Worker::InFlight() const {
  std::vector<InvocationPtr> all;
  all.reserve(in_flight_.size());
  for (const auto& [sequence, invocation] : in_flight_) all.push_back(invocation);
  SortBySequence(all);
  return all;
}

void Worker::Forget(Invocation& invocation) {
  if (invocation.parked) --parked_;
  if (invocation.trial) --trials_;
  invocation.worker = nullptr;
  in_flight_.erase(invocation.sequence);
  if (in_flight_.empty()) idle_since_ns_ = MonotonicNanos();
}

// ---- What the worker says.

void Worker::OnMessage(worker::v1::FromWorker& message) {
  heard_ns_ = MonotonicNanos();
  switch (message.message_case()) {
    case worker::v1::FromWorker::kReady:
      if (stage_ != Stage::kStarting) return;
      stage_ = Stage::kReady;
      idle_since_ns_ = heard_ns_;
      watch_.SetBaseline();
      return owner_.OnReady(*this);
    case worker::v1::FromWorker::kDone:
      return OnDone(*message.mutable_done());
    case worker::v1::FromWorker::kParked:
      if (InvocationPtr invocation = Find(message.parked().sequence()); invocation && !invocation->parked) {
        invocation->parked = true;
        ++parked_;
      }
      return;
    case worker::v1::FromWorker::kServiceCall:
      return OnServiceCall(*message.mutable_service_call());
    case worker::v1::FromWorker::kIsolateDropped:
      return owner_.OnIsolateDropped(message.isolate_dropped().cause());
    case worker::v1::FromWorker::MESSAGE_NOT_SET:
      return;
  }
}

void Worker::OnDone(worker::v1::Done& done) {
  InvocationPtr invocation = Find(done.sequence());
  if (!invocation) return;
  Forget(*invocation);
  if (invocation->compile) invocation->compiled.Swap(done.mutable_compiled());
  owner_.OnDone(*this, invocation, std::move(*done.mutable_response()));
}

void Worker::OnServiceCall(worker::v1::ServiceCall& call) {
  InvocationPtr invocation = Find(call.sequence());
  // What has not begun can be taken back and run elsewhere: nothing is done for it here.
  if (!invocation || !Began(*invocation)) return;
  owner_.OnServiceCall(invocation, std::move(call));
}

// ---- The end.

bool Worker::SetPriority(WorkerPriority priority) {
  if (priority == priority_) return true;
  if (!link_->SetNiceness(NicenessOf(priority))) return false;
  priority_ = priority;
  return true;
}

void Worker::Kill(Doom doom) {
  if (stage_ == Stage::kDoomed) return;
  stage_ = Stage::kDoomed;
  doom_ = doom;
  // A thread goes on to leave JavaScript.
  if (doom == Doom::kCpuTime || doom == Doom::kRunTime || doom == Doom::kMemory) doomed_sequence_ = watch_.sequence();
  link_->Kill();
}

void Worker::OnExit(WorkerExit exit) {
  stage_ = Stage::kDoomed;
  owner_.OnExit(*this, exit);
}

Worker::Remains Worker::TakeRemains() {
  Remains remains;
  // The page outlives the worker, so it shows what was in JavaScript at the end.
  uint64_t running = doomed_sequence_;
  if (running == 0) running = link_->page().running_sequence.load(std::memory_order_acquire);
  for (const InvocationPtr& invocation : InFlight()) {
    if (!Began(*invocation)) {
      remains.unbegun.push_back(invocation);
    } else if (invocation->sequence == running) {
      remains.culprit = invocation;
    } else {
      remains.begun.push_back(invocation);
    }
  }
  // Between two stays in JavaScript (reading a body, encoding an answer) one invocation has begun and does not wait.
  if (!remains.culprit) {
    auto at_work = std::find_if(remains.begun.begin(), remains.begun.end(),
                                [](const InvocationPtr& invocation) { return !invocation->parked; });
    if (at_work != remains.begun.end()) {
      remains.culprit = *at_work;
      remains.begun.erase(at_work);
    }
  }
  for (const InvocationPtr& invocation : InFlight()) Forget(*invocation);
  return remains;
}

}  // namespace overlock::executor
