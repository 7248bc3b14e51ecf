// Who changed what.
#ifndef OVERLOCK_SERVICES_CONFIG_AUDIT_LOG_H_
#define OVERLOCK_SERVICES_CONFIG_AUDIT_LOG_H_

#include <string>

#include "absl/status/statusor.h"
#include "common/storage/audit_log.h"
#include "overlock/config/v1/admin_service.pb.h"

namespace overlock::config {

using storage::AuditEntry;

// INVALID_ARGUMENT (`NOTE_TOO_LONG`) beyond 1,024 bytes.
absl::Status CheckNote(const std::string& note);

// Writes a record in the transaction of the change itself: there is no change without one.
void InsertAudit(soci::session& session, const AuditEntry& entry, int64_t revision, absl::Time now);

// Blocks. The errors of storage::ReadAudit().
absl::StatusOr<v1::ListAuditRecordsResponse> ReadAudit(storage::Database& database,
                                                       const v1::ListAuditRecordsRequest& request);

}  // namespace overlock::config

#endif  // OVERLOCK_SERVICES_CONFIG_AUDIT_LOG_H_
