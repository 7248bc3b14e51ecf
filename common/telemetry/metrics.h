// Metrics, served in the Prometheus text format.
#ifndef OVERLOCK_COMMON_TELEMETRY_METRICS_H_
#define OVERLOCK_COMMON_TELEMETRY_METRICS_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace overlock {

// Names are `overlock_<service>_<noun>_<unit>`; labels are bounded sets, never ids of requests or users.
using Labels = std::vector<std::pair<std::string, std::string>>;

// Counts up. Thread-safe, no lock.
class Counter {
 public:
  void Increment(uint64_t by = 1) { value_.fetch_add(by, std::memory_order_relaxed); }
  uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> value_{0};
};

// Counts observations in buckets. Thread-safe, no lock (prometheus-cpp's own holds a mutex).
class Histogram {
 public:
  // Upper bounds, growing; one bucket without a bound is added.
  explicit Histogram(std::vector<double> bounds);
  void Observe(double value);

  const std::vector<double>& bounds() const { return bounds_; }
  uint64_t count(size_t bucket) const { return counts_[bucket].load(std::memory_order_relaxed); }
  double sum() const { return sum_.load(std::memory_order_relaxed); }

 private:
  const std::vector<double> bounds_;
  const std::unique_ptr<std::atomic<uint64_t>[]> counts_;
  std::atomic<double> sum_{0};
};

// Seconds, from a tenth of a millisecond to ninety.
std::vector<double> LatencyBuckets();

// What a process measures. Thread-safe. Returned references live as long as the Metrics; asking again for the
// same name and labels gives the same one. A name keeps at most 2,000 label sets; what is beyond them is counted
// in one whose label values are all `other`.
class Metrics {
 public:
  Metrics();
  ~Metrics();
  Counter& GetCounter(std::string_view name, std::string_view help, Labels labels = {});
  Histogram& GetHistogram(std::string_view name, std::string_view help, std::vector<double> bounds, Labels labels = {});
  // `read` is called, from any thread, whenever the metrics are served.
  void AddGauge(std::string_view name, std::string_view help, Labels labels, std::function<double()> read);
  // The Prometheus text exposition format 0.0.4.
  std::string Serialize() const;

 private:
  struct State;
  const std::unique_ptr<State> state_;
};

}  // namespace overlock

#endif  // OVERLOCK_COMMON_TELEMETRY_METRICS_H_
