#include "common/telemetry/metrics.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <map>
#include <mutex>

namespace overlock {
namespace {

constexpr size_t kLabelSetsMax = 2000;

prometheus::ClientMetric WithLabels(const Labels& labels) {
  prometheus::ClientMetric metric;
  for (const auto& [name, value] : labels) metric.label.push_back({name, value});
  return metric;
}

}  // namespace

Histogram::Histogram(std::vector<double> bounds)
    : bounds_(std::move(bounds)), counts_(new std::atomic<uint64_t>[bounds_.size() + 1]()) {}

void Histogram::Observe(double value) {
  size_t bucket = std::lower_bound(bounds_.begin(), bounds_.end(), value) - bounds_.begin();
  counts_[bucket].fetch_add(1, std::memory_order_relaxed);
  sum_.fetch_add(value, std::memory_order_relaxed);
}

std::vector<double> LatencyBuckets() {
  return {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 90};
}

struct Metrics::State {
  struct Family {
    std::string help;
    prometheus::MetricType type;
    std::map<Labels, std::unique_ptr<Counter>> counters;
    std::map<Labels, std::unique_ptr<Histogram>> histograms;
    std::vector<std::pair<Labels, std::function<double()>>> gauges;
  };

  mutable std::mutex mutex;
  std::map<std::string, Family, std::less<>> families;

  Family& Get(std::string_view name, std::string_view help, prometheus::MetricType type) {
    auto it = families.find(name);
    if (it == families.end()) {
      it = families.emplace(std::string(name), Family{std::string(help), type, {}, {}, {}}).first;
    }
    return it->second;
  }
};

Metrics::Metrics() : state_(std::make_unique<State>()) {}
Metrics::~Metrics() = default;

namespace {
template <class Map, class Make>
auto& FindOrMake(Map& map, Labels labels, Make make) {
  auto it = map.find(labels);
  if (it == map.end() && map.size() >= kLabelSetsMax) {
    for (auto& label : labels) label.second = "other";
    it = map.find(labels);
  }
  if (it == map.end()) it = map.emplace(std::move(labels), make()).first;
  return *it->second;
}
}  // namespace

Counter& Metrics::GetCounter(std::string_view name, std::string_view help, Labels labels) {
  std::lock_guard lock(state_->mutex);
  auto& family = state_->Get(name, help, prometheus::MetricType::Counter);
  return FindOrMake(family.counters, std::move(labels), [] { return std::make_unique<Counter>(); });
}

Histogram& Metrics::GetHistogram(std::string_view name, std::string_view help, std::vector<double> bounds,
                                 Labels labels) {
  std::lock_guard lock(state_->mutex);
  auto& family = state_->Get(name, help, prometheus::MetricType::Histogram);
  return FindOrMake(family.histograms, std::move(labels),
                    [&] { return std::make_unique<Histogram>(std::move(bounds)); });
}

void Metrics::AddGauge(std::string_view name, std::string_view help, Labels labels, std::function<double()> read) {
  std::lock_guard lock(state_->mutex);
  state_->Get(name, help, prometheus::MetricType::Gauge).gauges.emplace_back(std::move(labels), std::move(read));
}

std::string Metrics::Serialize() const {
  std::vector<prometheus::MetricFamily> collected;
  std::lock_guard lock(state_->mutex);
  for (const auto& [name, family] : state_->families) {
    prometheus::MetricFamily out;
    out.name = name;
    out.help = family.help;
    out.type = family.type;
    for (const auto& [labels, counter] : family.counters) {
      auto metric = WithLabels(labels);
      metric.counter.value = static_cast<double>(counter->value());
      out.metric.push_back(std::move(metric));
    }
    for (const auto& [labels, read] : family.gauges) {
      auto metric = WithLabels(labels);
      metric.gauge.value = read();
      out.metric.push_back(std::move(metric));
    }
    for (const auto& [labels, histogram] : family.histograms) {
      auto metric = WithLabels(labels);
      uint64_t cumulative = 0;
      for (size_t i = 0; i <= histogram->bounds().size(); ++i) {
        cumulative += histogram->count(i);
        double bound =
            i < histogram->bounds().size() ? histogram->bounds()[i] : std::numeric_limits<double>::infinity();
        metric.histogram.bucket.push_back({cumulative, bound});
      }
      metric.histogram.sample_count = cumulative;
      metric.histogram.sample_sum = histogram->sum();
      out.metric.push_back(std::move(metric));
    }
    collected.push_back(std::move(out));
  }
  return prometheus::TextSerializer().Serialize(collected);
}

}  // namespace overlock
