#include "services/edge/edge_metrics.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

namespace overlock::edge {
namespace {

constexpr int kClassMin = 2;
constexpr char kOther[] = "other";

// Fewer than LatencyBuckets(): there is a histogram for every hook.
std::vector<double> HookBuckets() { return {0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10, 90}; }

// As validation's metrics have it.
std::string HookName(const Route& route) {
  if (route.is_endpoint()) return absl::StrCat(route.endpoint.method(), " ", route.endpoint.route());
  return absl::StrCat(route.service, "/", route.webhook);
}

}  // namespace

EdgeMetrics::EdgeMetrics(Metrics& metrics, int hooks_max)
    : metrics_(metrics),
      seconds_(metrics.GetHistogram("overlock_edge_request_seconds",
                                    "Time from a request's last head byte to its answer's last byte.",
                                    LatencyBuckets())),
      hooks_max_(hooks_max) {
  for (int i = 0; i < kCauseCount; ++i) {
    refusals_[i] = &metrics.GetCounter("overlock_edge_refusals_total", "Requests not answered by their function.",
                                       {{"cause", std::string(CauseName(static_cast<Cause>(i)))}});
  }
  metrics.AddGauge("overlock_edge_connections", "Open connections.", {},
                   [connections = connections_] { return static_cast<double>(connections->load()); });
}

void EdgeMetrics::CountAnswer(int status, Cause cause, double seconds) {
  seconds_.Observe(seconds);
  if (cause != Cause::kNone) CountRefusal(cause);
  if (status < 0 || status >= kStatusEnd) return;
  Counter* counter = answers_[status].load(std::memory_order_acquire);
  if (counter == nullptr) {
    counter = &metrics_.GetCounter("overlock_edge_requests_total", "Requests by the status of their answer.",
                                   {{"code", std::to_string(status)}});
    answers_[status].store(counter, std::memory_order_release);
  }
  counter->Increment();
}

void EdgeMetrics::CountHookAnswer(const std::string& app_id, const Route& route, int status, double seconds) {
  HookCounters* hook = route.counters.Get();
  if (hook == nullptr) {
    hook = FindHook(app_id, route);
    route.counters.Set(hook);
  }
  hook->seconds->Observe(seconds);
  const size_t index = static_cast<size_t>(status / 100 - kClassMin);
  if (index < hook->answers.size()) hook->answers[index]->Increment();
}

HookCounters* EdgeMetrics::FindHook(const std::string& app_id, const Route& route) {
  std::pair<std::string, std::string> key(app_id, HookName(route));
  std::lock_guard lock(hooks_mutex_);
  auto it = hooks_.find(key);
  if (it == hooks_.end() && hooks_.size() >= static_cast<size_t>(hooks_max_)) {
    key = {kOther, kOther};
    it = hooks_.find(key);
  }
  if (it == hooks_.end()) it = hooks_.emplace(key, MakeHook(key.first, key.second)).first;
  return &it->second;
}

HookCounters EdgeMetrics::MakeHook(const std::string& app_id, const std::string& hook) {
  HookCounters counters;
  for (size_t i = 0; i < counters.answers.size(); ++i) {
    counters.answers[i] =
        &metrics_.GetCounter("overlock_edge_hook_requests_total",
                             "Requests by webhook or endpoint, and by the class of their answer's status.",
                             {{"app", app_id}, {"hook", hook}, {"class", absl::StrCat(i + kClassMin, "xx")}});
  }
  counters.seconds =
      &metrics_.GetHistogram("overlock_edge_hook_seconds", "As overlock_edge_request_seconds, by webhook or endpoint.",
                             HookBuckets(), {{"app", app_id}, {"hook", hook}});
  return counters;
}

}  // namespace overlock::edge
