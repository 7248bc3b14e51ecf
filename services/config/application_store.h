// Where applications are kept.
#ifndef OVERLOCK_SERVICES_CONFIG_APPLICATION_STORE_H_
#define OVERLOCK_SERVICES_CONFIG_APPLICATION_STORE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/crypto/seal.h"
#include "common/storage/database.h"
#include "overlock/config/v1/application.pb.h"
#include "services/config/audit_log.h"

namespace overlock::config {

// Applications by revision in a SQL database, sealed: whoever reads the database without the key learns ids, names,
// times and who changed what. Every write is one transaction, with its audit record. All methods block. Thread-safe.
class ApplicationStore {
 public:
  // Older revisions of an application beyond this many are dropped.
  static constexpr int kRevisionsKept = 50;

  using ApplicationPtr = std::shared_ptr<const v1::Application>;
  struct Stored {
    ApplicationPtr application;
    int64_t revision = 0;
  };
  struct Deleted {
    std::string app_id;
    int64_t revision = 0;
  };
  struct State {
    std::vector<Stored> applications;
    std::vector<Deleted> deleted;
    // The last revision given to any application; that before the first if there is none.
    int64_t revision = 0;
    // Revisions up to this one are not of this store.
    int64_t base_revision = 0;
  };
  struct Revision {
    int64_t revision = 0;
    absl::Time created_at;
    std::string actor;
    std::string action;
    std::string note;
  };
  struct Draft {
    ApplicationPtr application;
    // The revision that it was copied from.
    int64_t base_revision = 0;
    std::string actor;
    absl::Time created_at;
  };
  struct Change {
    // The revision that the application has, 0 if it is not there: ABORTED (`REVISION_CONFLICT`) otherwise.
    int64_t expected_revision = 0;
    // What it becomes; null to delete it with all its revisions and its draft.
    ApplicationPtr application;
    // Of the application `audit.app_id`.
    AuditEntry audit;
    // Its draft has become this.
    bool ends_draft = false;
  };

  // Brings the schema up to date, and seals again with `key` what one of `old_keys` opens. DATA_LOSS (`SEAL_BROKEN`) if
  // there are old keys and none of all opens something. `database` must have been opened.
  static absl::StatusOr<std::unique_ptr<ApplicationStore>> Open(std::shared_ptr<storage::Database> database,
                                                                crypto::SealKey key, absl::Time now,
                                                                const std::vector<crypto::SealKey>& old_keys = {});

  // Applications that changed or were deleted after `after`, in the order of their ids; by default all that there are.
  // DATA_LOSS (`SEAL_BROKEN`) if one was sealed with another key.
  absl::StatusOr<State> Load(int64_t after = 0);

  // Writes the change and returns its revision.
  absl::StatusOr<int64_t> Put(const Change& change, absl::Time now);

  // Calls `on_change`, on a thread of its own, when another process (or this one) has put something: where several can.
  std::unique_ptr<storage::Subscription> Listen(std::function<void()> on_change);

  // Newest first.
  absl::StatusOr<std::vector<Revision>> ListRevisions(const std::string& app_id);
  // Null if it is not kept.
  absl::StatusOr<ApplicationPtr> LoadRevision(const std::string& app_id, int64_t revision);

  absl::StatusOr<std::optional<Draft>> LoadDraft(const std::string& app_id);
  // Writes a new draft (ALREADY_EXISTS, `DRAFT_EXISTS`, if there is one) or changes the one there is (NOT_FOUND,
  // `NO_DRAFT`); of `draft` counts only the application then.
  absl::Status PutDraft(const Draft& draft, bool is_new, const AuditEntry& audit, absl::Time now);
  // NOT_FOUND (`NO_DRAFT`).
  absl::Status DropDraft(const AuditEntry& audit, absl::Time now);

 private:
  ApplicationStore(std::shared_ptr<storage::Database> database, crypto::SealKey key)
      : database_(std::move(database)), key_(std::move(key)) {}

  absl::Status Reseal(const std::vector<crypto::SealKey>& old_keys);

  const std::shared_ptr<storage::Database> database_;
  const crypto::SealKey key_;
};

// The bytes of an application; equal for equal applications.
std::string SerializeApplication(const v1::Application& application);

// NOT_FOUND (`NO_DRAFT`).
absl::Status NoDraft(const std::string& app_id);

}  // namespace overlock::config

#endif  // OVERLOCK_SERVICES_CONFIG_APPLICATION_STORE_H_
