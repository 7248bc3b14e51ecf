// Documents in a MongoDB, through its C driver.
#ifndef OVERLOCK_SERVICES_EXECUTOR_DATA_MONGOC_MONGOC_SOURCE_H_
#define OVERLOCK_SERVICES_EXECUTOR_DATA_MONGOC_MONGOC_SOURCE_H_

#include <boost/asio/any_io_executor.hpp>

#include <memory>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/executor/data/data_source.h"
#include "services/executor/data/mongoc/cluster.h"
#include "services/executor/data/mongoc/command_threads.h"
#include "services/executor/data/mongoc/uri.h"

namespace overlock::executor {

// The clusters in use, one for each connection string and not one for each application. One that nobody has used for
// ten minutes is left, and joined again when it is needed.
class MongoClusters {
 public:
  // At most `connections` to a cluster, to each of its servers.
  MongoClusters(boost::asio::any_io_executor loop, int connections);
  // Breaks off what is under way.
  ~MongoClusters();

  // Parses anew only what is not in use. INVALID_ARGUMENT (`MONGODB_URI_BAD`) as MongoUri; RESOURCE_EXHAUSTED
  // (`MONGODB_CLUSTERS_FULL`) where too many are in use.
  absl::StatusOr<std::shared_ptr<Cluster>> Find(const std::string& uri, UriOwner owner);

 private:
  void Sweep(absl::Time now);
  // Destroys it on a thread, as that blocks.
  void Leave(std::shared_ptr<Cluster> cluster);

  const boost::asio::any_io_executor loop_;
  const int connections_;
  absl::Time swept_;
  absl::flat_hash_map<std::pair<std::string, UriOwner>, std::shared_ptr<Cluster>> clusters_;
  CommandThreads leaving_;
};

// What one application sends to one cluster.
class MongocSource : public DataSource {
 public:
  // `uri` was parsed before. `clusters` must outlive it. `read_preference` is a mode such as `secondaryPreferred`;
  // empty for the connection string's own.
  MongocSource(MongoClusters& clusters, std::string app_id, std::string uri, UriOwner owner,
               std::string_view read_preference);

  Task<DataOutcome> Run(DataCommand command) override;

 private:
  MongoClusters& clusters_;
  const std::string app_id_;
  const std::string uri_;
  const UriOwner owner_;
  const ReadPreference read_preference_;
};

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_DATA_MONGOC_MONGOC_SOURCE_H_
