#include "services/config/audit_log.h"

#include <google/protobuf/util/time_util.h>

#include "absl/strings/str_cat.h"
#include "common/status/status.h"
#include "services/config/config_schema.h"

namespace overlock::config {
namespace {

constexpr size_t kNoteBytesMax = 1024;

}  // namespace

absl::Status CheckNote(const std::string& note) {
  if (note.size() <= kNoteBytesMax) return absl::OkStatus();
  return Error(absl::StatusCode::kInvalidArgument, "NOTE_TOO_LONG",
               absl::StrCat("note: has ", note.size(), " bytes; at most ", kNoteBytesMax));
}

void InsertAudit(soci::session& session, const AuditEntry& entry, int64_t revision, absl::Time now) {
  storage::InsertAudit(session, NextOfCounter(session, "audit"), entry, revision, now);
}

absl::StatusOr<v1::ListAuditRecordsResponse> ReadAudit(storage::Database& database,
                                                       const v1::ListAuditRecordsRequest& request) {
  OVERLOCK_ASSIGN_OR_RETURN(storage::AuditPage page,
                            storage::ReadAudit(database, request.app_id(), request.page_size(), request.page_token()));
  v1::ListAuditRecordsResponse response;
  for (const storage::AuditRow& row : page.rows) {
    v1::AuditRecord& record = *response.add_records();
    record.set_id(row.id);
    *record.mutable_time() = google::protobuf::util::TimeUtil::MillisecondsToTimestamp(absl::ToUnixMillis(row.time));
    record.set_actor(row.entry.actor);
    record.set_peer(row.entry.peer);
    record.set_action(row.entry.action);
    record.set_app_id(row.entry.app_id);
    record.set_subject(row.entry.subject);
    record.set_revision(row.revision);
    record.set_note(row.entry.note);
  }
  response.set_next_page_token(page.next_page_token);
  return response;
}

}  // namespace overlock::config
