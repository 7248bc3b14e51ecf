#include "services/config/application_store.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status/status.h"
#include "services/config/config_schema.h"
#include "services/config/sealed_application.h"

namespace overlock::config {
namespace {

constexpr char kChangesChannel[] = "overlock_config_changes";

// The revision that the application has now; 0 if it is not there.
long long CurrentRevision(soci::session& session, const std::string& app_id) {
  long long revision = 0;
  session << "SELECT COALESCE(MAX(revision), 0) FROM apps WHERE app_id = :app_id AND deleted = 0", soci::into(revision),
      soci::use(app_id, "app_id");
  return revision;
}

void UpsertApp(soci::session& session, const std::string& app_id, const std::string& name, long long revision,
               int deleted) {
  session << "INSERT INTO apps (app_id, name, revision, deleted) VALUES (:app_id, :name, :revision, :deleted) "
             "ON CONFLICT (app_id) DO UPDATE SET name = excluded.name, revision = excluded.revision, "
             "deleted = excluded.deleted",
      soci::use(app_id, "app_id"), soci::use(name, "name"), soci::use(revision, "revision"),
      soci::use(deleted, "deleted");
}

void InsertRevision(soci::session& session, const ApplicationStore::Change& change, long long revision,
                    const std::string& sealed, long long created_at) {
  const AuditEntry& audit = change.audit;
  session << "INSERT INTO app_revisions (app_id, revision, sealed_application, created_at, actor, action, note) "
             "VALUES (:app_id, :revision, :sealed, :created_at, :actor, :action, :note)",
      soci::use(audit.app_id, "app_id"), soci::use(revision, "revision"), soci::use(sealed, "sealed"),
      soci::use(created_at, "created_at"), soci::use(audit.actor, "actor"), soci::use(audit.action, "action"),
      soci::use(audit.note, "note");
  int kept = ApplicationStore::kRevisionsKept;
  session << "DELETE FROM app_revisions WHERE app_id = :app_id AND revision NOT IN ("
             "SELECT revision FROM app_revisions WHERE app_id = :app_id ORDER BY revision DESC LIMIT :kept)",
      soci::use(audit.app_id, "app_id"), soci::use(kept, "kept");
}

// How many drafts were deleted: 0 or 1.
int DeleteDraft(soci::session& session, const std::string& app_id) {
  soci::statement statement =
      (session.prepare << "DELETE FROM app_drafts WHERE app_id = :app_id", soci::use(app_id, "app_id"));
  statement.execute(true);
  return static_cast<int>(statement.get_affected_rows());
}

void DeleteHistory(soci::session& session, const std::string& app_id) {
  DeleteDraft(session, app_id);
  session << "DELETE FROM app_revisions WHERE app_id = :app_id", soci::use(app_id, "app_id");
}

// A sealed text and where it stands.
struct SealedRow {
  std::string app_id;
  long long revision = 0;
  std::string text;
};

std::vector<SealedRow> SealedRows(soci::session& session, const std::string& query) {
  std::vector<SealedRow> rows;
  SealedRow row;
  soci::statement select =
      (session.prepare << query, soci::into(row.app_id), soci::into(row.revision), soci::into(row.text));
  select.execute();
  while (select.fetch()) rows.push_back(row);
  return rows;
}

}  // namespace

absl::Status NoDraft(const std::string& app_id) {
  return Error(absl::StatusCode::kNotFound, "NO_DRAFT", absl::StrCat("app_id: ", app_id, " has no draft"));
}

absl::StatusOr<std::unique_ptr<ApplicationStore>> ApplicationStore::Open(std::shared_ptr<storage::Database> database,
                                                                         crypto::SealKey key, absl::Time now,
                                                                         const std::vector<crypto::SealKey>& old_keys) {
  OVERLOCK_RETURN_IF_ERROR(PrepareSchema(*database, now));
  std::unique_ptr<ApplicationStore> store(new ApplicationStore(std::move(database), std::move(key)));
  if (!old_keys.empty()) OVERLOCK_RETURN_IF_ERROR(store->Reseal(old_keys));
  return store;
}

absl::Status ApplicationStore::Reseal(const std::vector<crypto::SealKey>& old_keys) {
  return database_->Write([&](soci::session& session) -> absl::Status {
    for (const SealedRow& row : SealedRows(session, "SELECT app_id, revision, sealed_application FROM app_revisions")) {
      OVERLOCK_ASSIGN_OR_RETURN(std::string text,
                                ResealText(key_, old_keys, row.text, RevisionContext(row.app_id, row.revision)));
      if (text == row.text) continue;
      session << "UPDATE app_revisions SET sealed_application = :text WHERE app_id = :app_id AND revision = :revision",
          soci::use(text, "text"), soci::use(row.app_id, "app_id"), soci::use(row.revision, "revision");
    }
    for (const SealedRow& row :
         SealedRows(session, "SELECT app_id, base_revision, sealed_application FROM app_drafts")) {
      OVERLOCK_ASSIGN_OR_RETURN(std::string text, ResealText(key_, old_keys, row.text, DraftContext(row.app_id)));
      if (text == row.text) continue;
      session << "UPDATE app_drafts SET sealed_application = :text WHERE app_id = :app_id", soci::use(text, "text"),
          soci::use(row.app_id, "app_id");
    }
    return absl::OkStatus();
  });
}

absl::StatusOr<ApplicationStore::State> ApplicationStore::Load(int64_t after) {
  State state;
  auto load = [&](soci::session& session) -> absl::Status {
    state = State();
    // First: what is committed meanwhile is loaded with the next call.
    state.base_revision = ReadCounter(session, "base_revision");
    state.revision = ReadCounter(session, "revision");
    std::string app_id, text;
    long long revision = 0, after_column = after;
    int deleted = 0;
    soci::indicator text_indicator = soci::i_ok;
    soci::statement select =
        (session.prepare << "SELECT apps.app_id, apps.revision, apps.deleted, app_revisions.sealed_application "
                            "FROM apps LEFT JOIN app_revisions ON app_revisions.app_id = apps.app_id "
                            "AND app_revisions.revision = apps.revision WHERE apps.revision > :after "
                            "ORDER BY apps.app_id",
         soci::into(app_id), soci::into(revision), soci::into(deleted), soci::into(text, text_indicator),
         soci::use(after_column, "after"));
    select.execute();
    while (select.fetch()) {
      if (deleted != 0 || text_indicator != soci::i_ok) {
        state.deleted.push_back({app_id, revision});
        continue;
      }
      OVERLOCK_ASSIGN_OR_RETURN(v1::Application application,
                                OpenApplication(key_, text, RevisionContext(app_id, revision)));
      state.applications.push_back({std::make_shared<const v1::Application>(std::move(application)), revision});
    }
    return absl::OkStatus();
  };
  OVERLOCK_RETURN_IF_ERROR(database_->Read(load));
  return state;
}

absl::StatusOr<int64_t> ApplicationStore::Put(const Change& change, absl::Time now) {
  const std::string& app_id = change.audit.app_id;
  int64_t revision = 0;
  auto put = [&](soci::session& session) -> absl::Status {
    // Before anything is read: from here on no other writer comes between.
    revision = NextOfCounter(session, "revision");
    const long long current = CurrentRevision(session, app_id);
    if (current != change.expected_revision) {
      return Error(absl::StatusCode::kAborted, "REVISION_CONFLICT",
                   absl::StrCat("app_id: ", app_id, " has revision ", current, ", not ", change.expected_revision));
    }
    if (change.application == nullptr) {
      DeleteHistory(session, app_id);
      UpsertApp(session, app_id, "", revision, 1);
    } else {
      std::string sealed = SealApplication(key_, *change.application, RevisionContext(app_id, revision));
      UpsertApp(session, app_id, change.application->name(), revision, 0);
      InsertRevision(session, change, revision, sealed, absl::ToUnixMillis(now));
      if (change.ends_draft) DeleteDraft(session, app_id);
    }
    InsertAudit(session, change.audit, revision, now);
    return database_->Notify(session, kChangesChannel);
  };
  OVERLOCK_RETURN_IF_ERROR(database_->Write(put));
  return revision;
}

std::unique_ptr<storage::Subscription> ApplicationStore::Listen(std::function<void()> on_change) {
  return database_->Listen(kChangesChannel, std::move(on_change));
}

absl::StatusOr<std::vector<ApplicationStore::Revision>> ApplicationStore::ListRevisions(const std::string& app_id) {
  std::vector<Revision> revisions;
  auto list = [&](soci::session& session) {
    revisions.clear();
    Revision revision;
    long long number = 0, created_at = 0;
    soci::statement select = (session.prepare << "SELECT revision, created_at, actor, action, note FROM app_revisions "
                                                 "WHERE app_id = :app_id ORDER BY revision DESC",
                              soci::into(number), soci::into(created_at), soci::into(revision.actor),
                              soci::into(revision.action), soci::into(revision.note), soci::use(app_id, "app_id"));
    select.execute();
    while (select.fetch()) {
      revision.revision = number;
      revision.created_at = absl::FromUnixMillis(created_at);
      revisions.push_back(revision);
    }
    return absl::OkStatus();
  };
  OVERLOCK_RETURN_IF_ERROR(database_->Read(list));
  return revisions;
}

absl::StatusOr<ApplicationStore::ApplicationPtr> ApplicationStore::LoadRevision(const std::string& app_id,
                                                                                int64_t revision) {
  ApplicationPtr result;
  auto load = [&](soci::session& session) -> absl::Status {
    std::string text;
    long long number = revision;
    session << "SELECT sealed_application FROM app_revisions WHERE app_id = :app_id AND revision = :revision",
        soci::into(text), soci::use(app_id, "app_id"), soci::use(number, "revision");
    if (!session.got_data()) return absl::OkStatus();
    OVERLOCK_ASSIGN_OR_RETURN(v1::Application application,
                              OpenApplication(key_, text, RevisionContext(app_id, revision)));
    result = std::make_shared<const v1::Application>(std::move(application));
    return absl::OkStatus();
  };
  OVERLOCK_RETURN_IF_ERROR(database_->Read(load));
  return result;
}

absl::StatusOr<std::optional<ApplicationStore::Draft>> ApplicationStore::LoadDraft(const std::string& app_id) {
  std::optional<Draft> result;
  auto load = [&](soci::session& session) -> absl::Status {
    Draft draft;
    std::string text;
    long long base_revision = 0, created_at = 0;
    session << "SELECT base_revision, sealed_application, actor, created_at FROM app_drafts WHERE app_id = :app_id",
        soci::into(base_revision), soci::into(text), soci::into(draft.actor), soci::into(created_at),
        soci::use(app_id, "app_id");
    if (!session.got_data()) return absl::OkStatus();
    OVERLOCK_ASSIGN_OR_RETURN(v1::Application application, OpenApplication(key_, text, DraftContext(app_id)));
    draft.application = std::make_shared<const v1::Application>(std::move(application));
    draft.base_revision = base_revision;
    draft.created_at = absl::FromUnixMillis(created_at);
    result = std::move(draft);
    return absl::OkStatus();
  };
  OVERLOCK_RETURN_IF_ERROR(database_->Read(load));
  return result;
}

absl::Status ApplicationStore::PutDraft(const Draft& draft, bool is_new, const AuditEntry& audit, absl::Time now) {
  const std::string& app_id = audit.app_id;
  const std::string sealed = SealApplication(key_, *draft.application, DraftContext(app_id));
  return database_->Write([&](soci::session& session) -> absl::Status {
    InsertAudit(session, audit, 0, now);
    int count = 0;
    session << "SELECT COUNT(*) FROM app_drafts WHERE app_id = :app_id", soci::into(count), soci::use(app_id, "app_id");
    if (!is_new) {
      if (count == 0) return NoDraft(app_id);
      session << "UPDATE app_drafts SET sealed_application = :sealed WHERE app_id = :app_id",
          soci::use(sealed, "sealed"), soci::use(app_id, "app_id");
      return absl::OkStatus();
    }
    if (count != 0) {
      return Error(absl::StatusCode::kAlreadyExists, "DRAFT_EXISTS",
                   absl::StrCat("app_id: ", app_id, " has a draft already; deploy or discard it"));
    }
    long long base_revision = draft.base_revision, created_at = absl::ToUnixMillis(now);
    session << "INSERT INTO app_drafts (app_id, base_revision, sealed_application, actor, created_at) "
               "VALUES (:app_id, :base_revision, :sealed, :actor, :created_at)",
        soci::use(app_id, "app_id"), soci::use(base_revision, "base_revision"), soci::use(sealed, "sealed"),
        soci::use(audit.actor, "actor"), soci::use(created_at, "created_at");
    return absl::OkStatus();
  });
}

absl::Status ApplicationStore::DropDraft(const AuditEntry& audit, absl::Time now) {
  return database_->Write([&](soci::session& session) -> absl::Status {
    InsertAudit(session, audit, 0, now);
    return DeleteDraft(session, audit.app_id) == 0 ? NoDraft(audit.app_id) : absl::OkStatus();
  });
}

}  // namespace overlock::config
