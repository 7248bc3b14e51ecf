// Who changed what.
#ifndef OVERLOCK_SERVICES_CONFIG_AUDIT_LOG_H_
#define OVERLOCK_SERVICES_CONFIG_AUDIT_LOG_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/storage/database.h"
#include "overlock/config/v1/admin_service.pb.h"

namespace overlock::config {

// What is known of a change before it is made. AuditRecord says what each field is.
struct AuditEntry {
  std::string actor;
  std::string peer;
  std::string action;
  std::string app_id;
  std::string subject;
  std::string note;
};

// INVALID_ARGUMENT (`NOTE_TOO_LONG`) beyond 1,024 bytes.
absl::Status CheckNote(const std::string& note);

// Writes a record in the transaction of the change itself: there is no change without one.
void InsertAudit(soci::session& session, const AuditEntry& entry, int64_t revision, absl::Time now);

// At most `limit` records with ids below `before`, newest first; of one application unless `app_id` is empty. Blocks.
absl::StatusOr<std::vector<v1::AuditRecord>> ReadAudit(storage::Database& database, const std::string& app_id,
                                                       int64_t before, int limit);

}  // namespace overlock::config

#endif  // OVERLOCK_SERVICES_CONFIG_AUDIT_LOG_H_
