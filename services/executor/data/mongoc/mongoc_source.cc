#include "services/executor/data/mongoc/mongoc_source.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/status/status.h"

namespace overlock::executor {
namespace {

constexpr size_t kClustersMax = 256;
constexpr absl::Duration kSweepEvery = absl::Minutes(1);

mongoc_read_mode_t ModeOf(std::string_view name) {
  if (name == "primaryPreferred") return MONGOC_READ_PRIMARY_PREFERRED;
  if (name == "secondary") return MONGOC_READ_SECONDARY;
  if (name == "secondaryPreferred") return MONGOC_READ_SECONDARY_PREFERRED;
  if (name == "nearest") return MONGOC_READ_NEAREST;
  return MONGOC_READ_PRIMARY;
}

ReadPreference MakeReadPreference(std::string_view name) {
  if (name.empty()) return nullptr;
  return {mongoc_read_prefs_new(ModeOf(name)), DestroyReadPreference()};
}

Task<DataOutcome> Refuse(DataError error) { co_return std::move(error); }

}  // namespace

MongoClusters::MongoClusters(boost::asio::any_io_executor loop, int connections)
    : loop_(std::move(loop)), connections_(connections), swept_(absl::Now()), leaving_(1) {}

MongoClusters::~MongoClusters() {
  for (const auto& [uri, cluster] : clusters_) cluster->BreakOff();
}

absl::StatusOr<std::shared_ptr<Cluster>> MongoClusters::Find(const std::string& uri, UriOwner owner) {
  const absl::Time now = absl::Now();
  if (now - swept_ > kSweepEvery) Sweep(now);
  auto found = clusters_.find(std::pair(uri, owner));
  if (found != clusters_.end()) return found->second;
  if (clusters_.size() >= kClustersMax) {
    return Error(absl::StatusCode::kResourceExhausted, "MONGODB_CLUSTERS_FULL",
                 absl::StrCat("too many MongoDB clusters are in use, allowed: ", kClustersMax));
  }
  OVERLOCK_ASSIGN_OR_RETURN(MongoUri parsed, MongoUri::Parse(uri, owner));
  auto shared = std::make_shared<const MongoUri>(std::move(parsed));
  auto cluster = std::make_shared<Cluster>(loop_, std::move(shared), connections_);
  clusters_.emplace(std::pair(uri, owner), cluster);
  return cluster;
}

void MongoClusters::Sweep(absl::Time now) {
  swept_ = now;
  for (auto it = clusters_.begin(); it != clusters_.end();) {
    it->second->CloseOld(now);
    const auto here = it++;
    if (!here->second->Idle() || now - here->second->last_used() < kIdleMax) continue;
    Leave(std::move(here->second));
    clusters_.erase(here);
  }
}

void MongoClusters::Leave(std::shared_ptr<Cluster> cluster) {
  leaving_.Post([cluster = std::move(cluster)]() mutable { cluster.reset(); });
}

MongocSource::MongocSource(MongoClusters& clusters, std::string app_id, std::string uri, UriOwner owner,
                           std::string_view read_preference)
    : clusters_(clusters),
      app_id_(std::move(app_id)),
      uri_(std::move(uri)),
      owner_(owner),
      read_preference_(MakeReadPreference(read_preference)) {}

Task<DataOutcome> MongocSource::Run(DataCommand command) {
  absl::StatusOr<std::shared_ptr<Cluster>> cluster = clusters_.Find(uri_, owner_);
  if (!cluster.ok()) return Refuse({0, "", std::string(cluster.status().message())});
  return Cluster::Run(*std::move(cluster), app_id_, read_preference_, std::move(command));
}

}  // namespace overlock::executor
