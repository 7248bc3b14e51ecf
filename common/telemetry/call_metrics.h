// How often each rpc for administration is called, how it ends, and how long it takes.
#ifndef OVERLOCK_COMMON_TELEMETRY_CALL_METRICS_H_
#define OVERLOCK_COMMON_TELEMETRY_CALL_METRICS_H_

#include <google/protobuf/descriptor.h>

#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/telemetry/metrics.h"

namespace overlock {

// `overlock_<service>_calls_total{rpc,result}` and `overlock_<service>_call_seconds{rpc}`; `result` is `done`,
// `refused` (the caller's fault, or the state of things) or `failed` (ours, or that of somebody we need). Both know all
// methods that they are made with from the start, and no others. Thread-safe.
class CallMetrics {
 public:
  // `service` is such as `config`. The methods of `rpcs`, and those in `more`. `metrics` must outlive it.
  CallMetrics(Metrics& metrics, std::string_view service, const google::protobuf::ServiceDescriptor& rpcs,
              const std::vector<std::string>& more = {});

  // `request` is the name of the rpc's request: `CreateAppRequest`. Others than those are not counted.
  void Count(std::string_view request, const absl::Status& status, absl::Duration duration) const;

 private:
  struct Rpc {
    Counter& done;
    Counter& refused;
    Counter& failed;
    Histogram& seconds;
  };
  absl::flat_hash_map<std::string, Rpc> rpcs_;
};

}  // namespace overlock

#endif  // OVERLOCK_COMMON_TELEMETRY_CALL_METRICS_H_
