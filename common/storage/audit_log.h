// Who changed what, in a table of the database in which it was changed.
#ifndef OVERLOCK_COMMON_STORAGE_AUDIT_LOG_H_
#define OVERLOCK_COMMON_STORAGE_AUDIT_LOG_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/storage/database.h"

namespace overlock::storage {

// What is known of a change before it is made. No secret stands in it.
struct AuditEntry {
  // A token's name, or `process`.
  std::string actor;
  // The peer's address; empty for `process`.
  std::string peer;
  // `create user`, `delete secret`, ...
  std::string action;
  std::string app_id;
  // What exactly: `secret key`, `user 5e7a1c0f9d3b2a4c6e8f0a98`.
  std::string subject;
  std::string note;
};

struct AuditRow {
  int64_t id = 0;
  absl::Time time;
  AuditEntry entry;
  // What came of it; 0 if there are none.
  int64_t revision = 0;
};

struct AuditPage {
  // Newest first.
  std::vector<AuditRow> rows;
  // Empty on the last page.
  std::string next_page_token;
};

// Writes a record in the transaction of the change itself: there is no change without one. `id` must be greater than
// those before, and nobody else may get one until the transaction ends: a reader that pages misses none.
// The table is the owner's: `audit_records (id BIGINT PRIMARY KEY, created_at BIGINT, actor TEXT, peer TEXT, action
// TEXT, app_id TEXT, subject TEXT, revision BIGINT, note TEXT)`, times in milliseconds since 1970. Throws what SOCI
// throws.
void InsertAudit(soci::session& session, int64_t id, const AuditEntry& entry, int64_t revision, absl::Time now);

// A page of the records, newest first; of one application unless `app_id` is empty. `page_size` and `page_token` as
// common/text/page_token.h has them. Blocks. INVALID_ARGUMENT (`BAD_PAGE_TOKEN`); UNAVAILABLE (`STORE_UNAVAILABLE`).
absl::StatusOr<AuditPage> ReadAudit(Database& database, const std::string& app_id, int page_size,
                                    const std::string& page_token);

}  // namespace overlock::storage

#endif  // OVERLOCK_COMMON_STORAGE_AUDIT_LOG_H_
