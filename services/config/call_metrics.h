// How often each rpc for administration is called, how it ends, and how long it takes.
#ifndef OVERLOCK_SERVICES_CONFIG_CALL_METRICS_H_
#define OVERLOCK_SERVICES_CONFIG_CALL_METRICS_H_

#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/telemetry/metrics.h"

namespace overlock::config {

// `overlock_config_calls_total{rpc,result}` and `overlock_config_call_seconds{rpc}`. Both know all methods of
// AdminService, and ImportApp and ListApps, from the start, and no others. Thread-safe.
class CallMetrics {
 public:
  // `metrics` must outlive it.
  explicit CallMetrics(Metrics& metrics);

  // `request` is the name of the rpc's request: `CreateAppRequest`.
  void Count(std::string_view request, const absl::Status& status, absl::Duration duration) const;

 private:
  struct Rpc {
    Counter& done;
    // The caller's fault, or the state of things.
    Counter& refused;
    // Ours, or the database's or the executor's.
    Counter& failed;
    Histogram& seconds;
  };
  absl::flat_hash_map<std::string, Rpc> rpcs_;
};

}  // namespace overlock::config

#endif  // OVERLOCK_SERVICES_CONFIG_CALL_METRICS_H_
