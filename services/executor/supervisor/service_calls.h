// The service calls that functions have under way.
#ifndef OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_SERVICE_CALLS_H_
#define OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_SERVICE_CALLS_H_

#include <boost/asio/any_io_executor.hpp>

#include <cstdint>
#include <memory>
#include <string_view>
#include <tuple>
#include <variant>

#include "absl/container/flat_hash_map.h"
#include "common/async/task.h"
#include "common/telemetry/metrics.h"
#include "common/telemetry/span.h"
#include "overlock/worker/v1/channel.pb.h"
#include "services/executor/actions/service_actions.h"
#include "services/executor/supervisor/invocation.h"
#include "services/executor/supervisor/options.h"

namespace overlock::executor {

// What a worker asks for is untrusted: it is checked, counted against its application's bounds, and answered to that
// worker only while the invocation is in it. Used on the supervisor's loop only.
class ServiceCalls : public std::enable_shared_from_this<ServiceCalls> {
 public:
  // Without `actions` there is no service. `metrics` must outlive it.
  static std::shared_ptr<ServiceCalls> Make(boost::asio::any_io_executor executor, const SupervisorOptions& options,
                                            std::shared_ptr<ServiceActions> actions, Metrics& metrics);

  // A function of the invocation, which has begun in `invocation->worker`, calls a service. Its result goes to that
  // worker, unless the invocation has ended before.
  void Begin(const InvocationPtr& invocation, worker::v1::ServiceCall message);

  // The invocation has ended: what it has under way is given up.
  static void End(Invocation& invocation);

 private:
  // A call on its way.
  struct Pending {
    InvocationPtr invocation;
    uint64_t sequence;
    uint64_t operation;
    int64_t bytes;
    int64_t began_ns;
    ServiceCallPtr call;
    Span span;
  };

  ServiceCalls(boost::asio::any_io_executor executor, const SupervisorOptions& options,
               std::shared_ptr<ServiceActions> actions, Metrics& metrics);
  // The call, checked, and its span; or why there is none.
  std::variant<ServiceCallPtr, ServiceFailure> Read(const InvocationPtr& invocation, worker::v1::ServiceCall& message,
                                                    Span& span);
  static Task<void> Run(std::shared_ptr<ServiceCalls> self, Pending pending);
  void Finish(Pending& pending, ServiceOutcome outcome);
  static void Reply(Invocation& invocation, uint64_t operation, ServiceOutcome outcome);
  static void ReplyFailure(Invocation& invocation, uint64_t operation, ServiceFailure failure);
  void Measure(const ServiceCall& call, const ServiceOutcome& outcome, double seconds);
  void Count(ServiceActions::MetricNames names, std::string_view outcome);
  // Answers what is not even tried.
  void Refuse(Invocation& invocation, uint64_t operation, ServiceFailure failure);
  // For the log line of the invocation.
  void Note(const Pending& pending, const ServiceOutcome& outcome, double seconds);
  static void Log(const Pending& pending, const ServiceOutcome& outcome, double seconds);

  const boost::asio::any_io_executor executor_;
  const int items_max_;
  const int64_t bytes_max_;
  const std::shared_ptr<ServiceActions> actions_;
  Metrics& metrics_;
  // By type, action and outcome: constants.
  absl::flat_hash_map<std::tuple<std::string_view, std::string_view, std::string_view>, Counter*> totals_;
  absl::flat_hash_map<std::string_view, Histogram*> seconds_;
};

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_SERVICE_CALLS_H_
