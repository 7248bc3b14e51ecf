#include "common/storage/audit_log.h"

#include <limits>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/status/status.h"
#include "common/text/page_token.h"

namespace overlock::storage {
namespace {

// At most `limit` records with ids below `before`.
std::vector<AuditRow> Select(soci::session& session, const std::string& app_id, int64_t before, int limit) {
  std::vector<AuditRow> rows;
  AuditRow row;
  long long id = 0, created_at = 0, revision = 0, before_id = before;
  int all = app_id.empty() ? 1 : 0;
  soci::statement select =
      (session.prepare << "SELECT id, created_at, actor, peer, action, app_id, subject, revision, note "
                          "FROM audit_records WHERE id < :before AND (:everything = 1 OR app_id = :app_id) "
                          "ORDER BY id DESC LIMIT :most",
       soci::into(id), soci::into(created_at), soci::into(row.entry.actor), soci::into(row.entry.peer),
       soci::into(row.entry.action), soci::into(row.entry.app_id), soci::into(row.entry.subject), soci::into(revision),
       soci::into(row.entry.note), soci::use(before_id, "before"), soci::use(all, "everything"),
       soci::use(app_id, "app_id"), soci::use(limit, "most"));
  select.execute();
  while (select.fetch()) {
    row.id = id;
    row.time = absl::FromUnixMillis(created_at);
    row.revision = revision;
    rows.push_back(row);
  }
  return rows;
}

}  // namespace

void InsertAudit(soci::session& session, int64_t id, const AuditEntry& entry, int64_t revision, absl::Time now) {
  long long id_column = id;
  long long created_at = absl::ToUnixMillis(now);
  long long revision_column = revision;
  session << "INSERT INTO audit_records (id, created_at, actor, peer, action, app_id, subject, revision, note) "
             "VALUES (:id, :created_at, :actor, :peer, :action, :app_id, :subject, :revision, :note)",
      soci::use(id_column, "id"), soci::use(created_at, "created_at"), soci::use(entry.actor, "actor"),
      soci::use(entry.peer, "peer"), soci::use(entry.action, "action"), soci::use(entry.app_id, "app_id"),
      soci::use(entry.subject, "subject"), soci::use(revision_column, "revision"), soci::use(entry.note, "note");
}

absl::StatusOr<AuditPage> ReadAudit(Database& database, const std::string& app_id, int page_size,
                                    const std::string& page_token) {
  OVERLOCK_ASSIGN_OR_RETURN(std::string last, ReadPageToken(page_token));
  int64_t before = std::numeric_limits<int64_t>::max();
  if (!last.empty() && !absl::SimpleAtoi(last, &before)) {
    return Error(absl::StatusCode::kInvalidArgument, "BAD_PAGE_TOKEN", "page_token: is not one we gave");
  }
  const int size = PageSize(page_size);
  AuditPage page;
  OVERLOCK_RETURN_IF_ERROR(database.Read([&](soci::session& session) {
    page.rows = Select(session, app_id, before, size + 1);
    return absl::OkStatus();
  }));
  if (page.rows.size() > static_cast<size_t>(size)) {
    page.rows.resize(size);
    page.next_page_token = MakePageToken(absl::StrCat(page.rows.back().id));
  }
  return page;
}

}  // namespace overlock::storage
