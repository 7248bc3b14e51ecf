// A mock of AppRegistry for the tests of its neighbours.
#ifndef OVERLOCK_SERVICES_CONFIG_APP_REGISTRY_MOCK_H_
#define OVERLOCK_SERVICES_CONFIG_APP_REGISTRY_MOCK_H_

#include "gmock/gmock.h"
#include "services/config/app_registry.h"

namespace overlock::config {

class AppRegistryMock : public AppRegistry {
 public:
  MOCK_METHOD(Task<absl::StatusOr<v1::ImportAppResponse>>, ImportApp, (v1::ImportAppRequest request, CallContext call),
              (override));
  MOCK_METHOD(Task<absl::StatusOr<v1::ListAppsResponse>>, ListApps, (v1::ListAppsRequest request, CallContext call),
              (override));
  MOCK_METHOD(Task<absl::Status>, Watch, (v1::WatchRequest request, OnWatch on_part, CallContext call), (override));
};

}  // namespace overlock::config

#endif  // OVERLOCK_SERVICES_CONFIG_APP_REGISTRY_MOCK_H_
