#include "services/executor/supervisor/waiting_invocations.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status/status.h"

namespace overlock::executor {

absl::Status WaitingInvocations::Push(InvocationPtr invocation) {
  AppState& app = *invocation->app;
  if (app.waiting.size() >= static_cast<size_t>(options_.app_queue_items_max)) {
    return Error(absl::StatusCode::kResourceExhausted, "APP_OVER_SHARE",
                 absl::StrCat("app: ", app.waiting.size(), " invocations of ", app.app_id, " wait already"));
  }
  if (items_ >= options_.queue_items_max ||
      bytes_ + static_cast<int64_t>(invocation->request_bytes) > options_.queue_bytes_max) {
    return Error(absl::StatusCode::kUnavailable, "EXECUTOR_FULL",
                 absl::StrCat(items_, " invocations of ", bytes_, " bytes wait already"));
  }
  Added(invocation);
  app.waiting.push_back(std::move(invocation));
  return absl::OkStatus();
}

void WaitingInvocations::PutBack(const std::vector<InvocationPtr>& invocations) {
  for (auto it = invocations.rbegin(); it != invocations.rend(); ++it) {
    Added(*it);
    (*it)->app->waiting.push_front(*it);
  }
}

void WaitingInvocations::Added(const InvocationPtr& invocation) {
  ++items_;
  bytes_ += static_cast<int64_t>(invocation->request_bytes);
  if (invocation->app->waiting.empty()) turns_.push_back(invocation->app);
}

void WaitingInvocations::Removed(const Invocation& invocation) {
  --items_;
  bytes_ -= static_cast<int64_t>(invocation.request_bytes);
  if (invocation.app->waiting.empty()) std::erase(turns_, invocation.app);
}

bool WaitingInvocations::Remove(const InvocationPtr& invocation) {
  std::deque<InvocationPtr>& waiting = invocation->app->waiting;
  auto it = std::find(waiting.begin(), waiting.end(), invocation);
  if (it == waiting.end()) return false;
  waiting.erase(it);
  Removed(*invocation);
  return true;
}

std::vector<InvocationPtr> WaitingInvocations::TakeOverdue(int64_t now_ns) {
  return TakeIf([now_ns](const Invocation& invocation) { return now_ns > invocation.deadline_ns; });
}

std::vector<InvocationPtr> WaitingInvocations::TakeAll() {
  return TakeIf([](const Invocation&) { return true; });
}

std::vector<InvocationPtr> WaitingInvocations::TakeIf(const std::function<bool(const Invocation&)>& take) {
  std::vector<InvocationPtr> taken;
  for (const auto& app : std::vector<std::shared_ptr<AppState>>(turns_.begin(), turns_.end())) {
    auto stay = std::stable_partition(app->waiting.begin(), app->waiting.end(),
                                      [&](const InvocationPtr& invocation) { return !take(*invocation); });
    std::vector<InvocationPtr> of_app(std::make_move_iterator(stay), std::make_move_iterator(app->waiting.end()));
    app->waiting.erase(stay, app->waiting.end());
    for (InvocationPtr& invocation : of_app) {
      Removed(*invocation);
      taken.push_back(std::move(invocation));
    }
  }
  return taken;
}

void WaitingInvocations::SendEach(const std::function<bool(const InvocationPtr&)>& send) {
  // Ends when every application in turn has been refused one after the other.
  for (size_t refused = 0; refused < turns_.size();) {
    std::shared_ptr<AppState> app = turns_.front();
    turns_.pop_front();
    InvocationPtr invocation = app->waiting.front();
    if (!send(invocation)) {
      turns_.push_back(std::move(app));
      ++refused;
      continue;
    }
    refused = 0;
    app->waiting.pop_front();
    --items_;
    bytes_ -= static_cast<int64_t>(invocation->request_bytes);
    if (!app->waiting.empty()) turns_.push_back(std::move(app));
  }
}

}  // namespace overlock::executor
