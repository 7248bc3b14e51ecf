// The services of the types `mongodb`, `mongodb-atlas` and `datalake` (spec section 11).
#ifndef OVERLOCK_SERVICES_EXECUTOR_DATA_DATA_SERVICE_H_
#define OVERLOCK_SERVICES_EXECUTOR_DATA_DATA_SERVICE_H_

#include <boost/asio/any_io_executor.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "common/telemetry/metrics.h"
#include "services/executor/actions/service_type.h"
#include "services/executor/data/attempt.h"
#include "services/executor/data/data_actions.h"
#include "services/executor/data/data_sources.h"
#include "services/executor/data/user_cursors.h"

namespace overlock::executor {

// An operation's argument is `{database, collection}`, its body a command in BSON; its result's body is the server's
// reply. What the system user asks for goes to the service's data source as it is; what others ask for goes through the
// rules of the collection. Used on the supervisor's loop only.
class DataService : public ServiceType {
 public:
  // `executor` is the supervisor's loop; `metrics` must outlive it.
  DataService(boost::asio::any_io_executor executor, std::shared_ptr<DataSources> sources, Metrics& metrics);

  std::string_view KnownAction(std::string_view action) const override;
  bool HasOwnRules() const override { return true; }
  void UseFunctions(FunctionExecutor& functions) override { functions_ = &functions; }
  // `shop.orders`
  std::string SubjectOf(const ServiceCall& call) const override;
  Task<ServiceOutcome> Call(ServiceCallPtr call) override;

 private:
  Task<Attempt<std::string>> Run(ServiceCallPtr call, const DataAction* action);
  Task<Attempt<std::string>> RunAsSystem(ServiceCallPtr call, DataOperation operation);
  Task<Attempt<std::string>> RunAsUser(ServiceCallPtr call, DataOperation operation);
  Task<Attempt<std::string>> RunWithRules(UserCallPtr user, std::string command);
  void Measure(const ServiceCall& call, std::string_view action, const Attempt<std::string>& outcome, double seconds);

  const std::shared_ptr<DataSources> sources_;
  const std::shared_ptr<UserCursors> cursors_;
  Metrics& metrics_;
  FunctionExecutor* functions_ = nullptr;
  // By the service's type and the action; and for errors besides by what failed. All are constants.
  absl::flat_hash_map<std::pair<std::string_view, std::string_view>, Histogram*> seconds_;
  absl::flat_hash_map<std::tuple<std::string_view, std::string_view, std::string_view>, Counter*> errors_;
};

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_DATA_DATA_SERVICE_H_
