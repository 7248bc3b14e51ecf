// The embedded database as every service's documents.
#ifndef OVERLOCK_SERVICES_EXECUTOR_DATA_EMBEDDED_SOURCES_H_
#define OVERLOCK_SERVICES_EXECUTOR_DATA_EMBEDDED_SOURCES_H_

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "services/executor/data/data_sources.h"
#include "services/executor/data/embedded/embedded_database.h"

namespace overlock::executor {

// Each service of each application has documents of its own, whatever its configuration says. They stay when the
// application is imported again, and go to whoever has the same application id and service name.
class EmbeddedSources : public DataSources {
 public:
  explicit EmbeddedSources(std::unique_ptr<EmbeddedDatabase> database) : database_(std::move(database)) {}

  DataSource* Find(const ServiceCall& call) override;

 private:
  const std::unique_ptr<EmbeddedDatabase> database_;
  // By application and service.
  std::map<std::pair<std::string, std::string>, std::unique_ptr<DataSource>> sources_;
};

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_DATA_EMBEDDED_SOURCES_H_
