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
  long long id = NextOfCounter(session, "audit");
  long long created_at = absl::ToUnixMillis(now);
  long long revision_column = revision;
  session << "INSERT INTO audit_records (id, created_at, actor, peer, action, app_id, subject, revision, note) "
             "VALUES (:id, :created_at, :actor, :peer, :action, :app_id, :subject, :revision, :note)",
      soci::use(id, "id"), soci::use(created_at, "created_at"), soci::use(entry.actor, "actor"),
      soci::use(entry.peer, "peer"), soci::use(entry.action, "action"), soci::use(entry.app_id, "app_id"),
      soci::use(entry.subject, "subject"), soci::use(revision_column, "revision"), soci::use(entry.note, "note");
}

absl::StatusOr<std::vector<v1::AuditRecord>> ReadAudit(storage::Database& database, const std::string& app_id,
                                                       int64_t before, int limit) {
  std::vector<v1::AuditRecord> records;
  auto read = [&](soci::session& session) {
    records.clear();
    long long id = 0, created_at = 0, revision = 0, before_id = before;
    int all = app_id.empty() ? 1 : 0;
    v1::AuditRecord record;
    soci::statement select =
        (session.prepare << "SELECT id, created_at, actor, peer, action, app_id, subject, revision, note "
                            "FROM audit_records WHERE id < :before AND (:everything = 1 OR app_id = :app_id) "
                            "ORDER BY id DESC LIMIT :most",
         soci::into(id), soci::into(created_at), soci::into(*record.mutable_actor()),
         soci::into(*record.mutable_peer()), soci::into(*record.mutable_action()), soci::into(*record.mutable_app_id()),
         soci::into(*record.mutable_subject()), soci::into(revision), soci::into(*record.mutable_note()),
         soci::use(before_id, "before"), soci::use(all, "everything"), soci::use(app_id, "app_id"),
         soci::use(limit, "most"));
    select.execute();
    while (select.fetch()) {
      record.set_id(id);
      record.set_revision(revision);
      *record.mutable_time() = google::protobuf::util::TimeUtil::MillisecondsToTimestamp(created_at);
      records.push_back(record);
    }
    return absl::OkStatus();
  };
  OVERLOCK_RETURN_IF_ERROR(database.Read(read));
  return records;
}

}  // namespace overlock::config
