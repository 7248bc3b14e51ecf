// One revision of an application as the executor keeps it.
#ifndef OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_APP_CODE_H_
#define OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_APP_CODE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/time/time.h"
#include "common/request_environment/request_environment.h"
#include "overlock/config/v1/view.pb.h"
#include "overlock/executor/v1/executor_service.pb.h"
#include "services/executor/actions/rules.h"
#include "services/executor/data/rules/collection_rules.h"

namespace overlock::executor {

// Immutable once built.
class AppCode {
 public:
  // `view.executor` must be set. Limits that are not set get the defaults of application.proto.
  explicit AppCode(config::v1::AppView view);
  AppCode(const AppCode&) = delete;
  AppCode& operator=(const AppCode&) = delete;

  const std::string& app_id() const { return view_.app().app_id(); }
  const type::v1::AppRevision& revision() const { return view_.app(); }
  const config::v1::ExecutorView& view() const { return view_.executor(); }

  absl::Duration run_time_max() const { return run_time_max_; }
  absl::Duration cpu_time_max() const { return cpu_time_max_; }
  int64_t memory_bytes_max() const { return memory_bytes_max_; }

  // Whether the request's target is in this revision.
  bool Has(const v1::ExecuteRequest& request) const;

  // Null if there is none. Lives as long as this.
  const config::v1::ExecutorView::Service* FindService(std::string_view name) const;
  // A service's rules; null if there is no such service. Lives as long as this.
  const ServiceRules* FindRules(std::string_view service_name) const;
  // The rules of a MongoDB service for documents; null if there is no such service. Lives as long as this.
  const DataRules* FindDataRules(std::string_view service_name) const;
  // What `%%values` and `%%environment` are in rules; empty if no service has any.
  const expression::AppNames& names() const { return names_; }
  // Whether a function runs as the system user, whoever calls it.
  bool has_system_function() const { return has_system_function_; }

 private:
  // Service and webhook, or an endpoint's route and method.
  using Key = std::pair<std::string, std::string>;
  struct Service {
    const config::v1::ExecutorView::Service* service;
    ServiceRules rules;
    DataRules data_rules;
  };
  void ReadServices();

  config::v1::AppView view_;
  absl::Duration run_time_max_;
  absl::Duration cpu_time_max_;
  int64_t memory_bytes_max_;
  // The values say whether there is a run-as script.
  absl::flat_hash_map<Key, bool> webhooks_;
  absl::flat_hash_map<Key, bool> endpoints_;
  absl::flat_hash_set<std::string> functions_;
  absl::flat_hash_map<std::string, Service> services_;
  expression::AppNames names_;
  bool has_system_function_ = false;
};

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_APP_CODE_H_
