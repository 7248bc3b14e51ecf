// Which documents a service reaches.
#ifndef OVERLOCK_SERVICES_EXECUTOR_DATA_DATA_SOURCES_H_
#define OVERLOCK_SERVICES_EXECUTOR_DATA_DATA_SOURCES_H_

#include "services/executor/actions/service_type.h"
#include "services/executor/data/data_source.h"

namespace overlock::executor {

// Used on the supervisor's loop only.
class DataSources {
 public:
  virtual ~DataSources() = default;

  // Where the documents of the call's service are; `call.service` is not null. Never null: where nothing is configured
  // every command fails and says what to set. What it returns lives as long as this.
  virtual DataSource* Find(const ServiceCall& call) = 0;
};

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_DATA_DATA_SOURCES_H_
