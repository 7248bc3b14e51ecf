#include "services/executor/data/embedded_sources.h"

namespace overlock::executor {

DataSource* EmbeddedSources::Find(const ServiceCall& call) {
  const std::string& application = call.code->app_id();
  const std::string& service = call.service->name();
  std::unique_ptr<DataSource>& source = sources_[{application, service}];
  if (source == nullptr) source = database_->MakeSource(application, service);
  return source.get();
}

}  // namespace overlock::executor
