// Where applications are kept.
#ifndef OVERLOCK_SERVICES_CONFIG_APPLICATION_STORE_H_
#define OVERLOCK_SERVICES_CONFIG_APPLICATION_STORE_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/crypto/seal.h"
#include "common/storage/database.h"
#include "overlock/config/v1/application.pb.h"

namespace overlock::config {

// Applications by revision in a SQL database, sealed: whoever reads the file without the key learns ids, names and
// times. All methods block. Thread-safe.
class ApplicationStore {
 public:
  // Older revisions of an application beyond this many are dropped.
  static constexpr int kRevisionsKept = 50;

  struct Stored {
    std::shared_ptr<const v1::Application> application;
    int64_t revision;
  };
  struct State {
    std::vector<Stored> applications;
    // The last revision given to any application; that before the first if there is none.
    int64_t revision = 0;
    // Revisions up to this one are not of this store.
    int64_t base_revision = 0;
  };

  // Brings the schema up to date. The revisions of a new store begin at the seconds since 1970: so whoever has a
  // revision of a store that was lost finds it below this one's base. `database` must have been opened.
  static absl::StatusOr<std::unique_ptr<ApplicationStore>> Open(std::unique_ptr<storage::Database> database,
                                                                crypto::SealKey key, absl::Time now);

  // The newest revision of every application, in the order of their ids. DATA_LOSS (`SEAL_BROKEN`) if one was sealed
  // with another key.
  absl::StatusOr<State> Load();

  // Stores an application in one transaction and returns its revision.
  absl::StatusOr<int64_t> Put(const v1::Application& application, absl::Time now);

 private:
  ApplicationStore(std::unique_ptr<storage::Database> database, crypto::SealKey key)
      : database_(std::move(database)), key_(std::move(key)) {}

  const std::unique_ptr<storage::Database> database_;
  const crypto::SealKey key_;
};

// The bytes of an application; equal for equal applications.
std::string SerializeApplication(const v1::Application& application);

}  // namespace overlock::config

#endif  // OVERLOCK_SERVICES_CONFIG_APPLICATION_STORE_H_
