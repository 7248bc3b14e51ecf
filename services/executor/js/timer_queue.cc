#include "services/executor/js/timer_queue.h"

namespace overlock::executor::js {

uint64_t TimerQueue::Add(Timer timer) {
  timer.id = ++last_id_;
  uint64_t id = timer.id;
  Return(std::move(timer));
  return id;
}

void TimerQueue::Return(Timer timer) {
  order_.emplace(timer.due_ns, timer.id);
  timers_[timer.id] = std::move(timer);
}

TimerQueue::Timer* TimerQueue::Find(uint64_t id) {
  auto it = timers_.find(id);
  return it == timers_.end() ? nullptr : &it->second;
}

void TimerQueue::Remove(uint64_t id) {
  auto it = timers_.find(id);
  if (it == timers_.end()) return;
  order_.erase({it->second.due_ns, id});
  timers_.erase(it);
}

void TimerQueue::RemoveAllOf(uint64_t sequence) {
  for (auto it = timers_.begin(); it != timers_.end();) {
    auto here = it++;
    if (here->second.sequence != sequence) continue;
    order_.erase({here->second.due_ns, here->first});
    timers_.erase(here);
  }
}

std::optional<TimerQueue::Timer> TimerQueue::TakeDue(int64_t now_ns) {
  if (order_.empty() || order_.begin()->first > now_ns) return std::nullopt;
  auto it = timers_.find(order_.begin()->second);
  Timer timer = std::move(it->second);
  order_.erase(order_.begin());
  timers_.erase(it);
  return timer;
}

}  // namespace overlock::executor::js
