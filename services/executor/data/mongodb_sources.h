// Which MongoDB a service's documents are in.
#ifndef OVERLOCK_SERVICES_EXECUTOR_DATA_MONGODB_SOURCES_H_
#define OVERLOCK_SERVICES_EXECUTOR_DATA_MONGODB_SOURCES_H_

#include <boost/asio/any_io_executor.hpp>

#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <utility>

#include "services/executor/data/data_sources.h"
#include "services/executor/data/mongoc/mongoc_source.h"

namespace overlock::executor {

struct MongodbOptions {
  // For every cluster that `uris` does not name; empty for none. Connection strings may hold credentials.
  std::string default_uri;
  // Connection strings by `config.clusterName`.
  std::map<std::string, std::string> uris;
  // Whether a service may bring a connection string of its own: the secret of its `secret_config.uri`.
  bool service_uris = true;
  // At most so many connections to each server of a cluster, besides those that watch it.
  int connections = 100;
};

// The first that is there: the service's own connection string, the one for its cluster's name, the default one, and
// else what `otherwise` finds.
class MongodbSources : public DataSources {
 public:
  // `otherwise` may be null: then a service without a connection string fails with a text that says what to set.
  // All connection strings of `options` can be parsed.
  MongodbSources(boost::asio::any_io_executor loop, MongodbOptions options, std::unique_ptr<DataSources> otherwise);
  ~MongodbSources() override;

  DataSource* Find(const ServiceCall& call) override;

 private:
  // Application and service.
  using ServiceKey = std::pair<std::string, std::string>;
  // What one revision of a service says is read once.
  struct Found {
    int64_t revision = 0;
    DataSource* source = nullptr;
  };
  // Application, connection string, owner and read preference.
  using SourceKey = std::tuple<std::string, std::string, UriOwner, std::string>;

  DataSource* FindAnew(const ServiceCall& call);
  DataSource* Refuse(std::string message);

  const MongodbOptions options_;
  const std::unique_ptr<DataSources> otherwise_;
  MongoClusters clusters_;
  std::map<ServiceKey, Found> by_service_;
  std::map<SourceKey, std::unique_ptr<MongocSource>> sources_;
  // By what they say.
  std::map<std::string, std::unique_ptr<DataSource>> refusals_;
};

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_DATA_MONGODB_SOURCES_H_
