#include "services/config/application_store.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/status/status.h"

namespace overlock::config {
namespace {

// Sealed applications are base64 text: SOCI's blobs do not work on every database.
const std::vector<storage::Migration>& Migrations() {
  static const auto* const kMigrations = new std::vector<storage::Migration>{
      {1,
       "applications by revision",
       {"CREATE TABLE config_counters (name TEXT PRIMARY KEY, value BIGINT NOT NULL)",
        "CREATE TABLE apps (app_id TEXT PRIMARY KEY, name TEXT NOT NULL, revision BIGINT NOT NULL)",
        "CREATE TABLE app_revisions ("
        "app_id TEXT NOT NULL REFERENCES apps (app_id), revision BIGINT NOT NULL, "
        "sealed_application TEXT NOT NULL, created_at BIGINT NOT NULL, PRIMARY KEY (app_id, revision))"}}};
  return *kMigrations;
}

// What a sealed application is bound to: it cannot stand in for another one or an older one.
std::string SealContext(std::string_view app_id, int64_t revision) {
  return absl::StrCat("config application ", app_id, " ", revision);
}

absl::StatusOr<v1::Application> OpenApplication(const crypto::SealKey& key, const std::string& text,
                                                const std::string& app_id, int64_t revision) {
  std::string sealed;
  v1::Application application;
  if (!absl::Base64Unescape(text, &sealed)) {
    return Error(absl::StatusCode::kDataLoss, "SEAL_BROKEN", absl::StrCat("app ", app_id, " is not base64 text"));
  }
  OVERLOCK_ASSIGN_OR_RETURN(std::string plain, key.Open(sealed, SealContext(app_id, revision)));
  if (!application.ParseFromString(plain)) {
    return Error(absl::StatusCode::kDataLoss, "STORE_BROKEN", absl::StrCat("app ", app_id, " cannot be read"));
  }
  return application;
}

long long Counter(soci::session& session, const char* name) {
  long long value = 0;
  std::string counter = name;
  session << "SELECT COALESCE(MAX(value), 0) FROM config_counters WHERE name = :name", soci::into(value),
      soci::use(counter, "name");
  return value;
}

void SetCounter(soci::session& session, const char* name, long long value) {
  std::string counter = name;
  session << "INSERT INTO config_counters (name, value) VALUES (:name, :value) "
             "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
      soci::use(counter, "name"), soci::use(value, "value");
}

void InsertRevision(soci::session& session, const std::string& app_id, const std::string& name, long long revision,
                    const std::string& sealed, long long created_at) {
  session << "INSERT INTO apps (app_id, name, revision) VALUES (:app_id, :name, :revision) "
             "ON CONFLICT (app_id) DO UPDATE SET name = excluded.name, revision = excluded.revision",
      soci::use(app_id, "app_id"), soci::use(name, "name"), soci::use(revision, "revision");
  session << "INSERT INTO app_revisions (app_id, revision, sealed_application, created_at) "
             "VALUES (:app_id, :revision, :sealed, :created_at)",
      soci::use(app_id, "app_id"), soci::use(revision, "revision"), soci::use(sealed, "sealed"),
      soci::use(created_at, "created_at");
  int kept = ApplicationStore::kRevisionsKept;
  session << "DELETE FROM app_revisions WHERE app_id = :app_id AND revision NOT IN ("
             "SELECT revision FROM app_revisions WHERE app_id = :app_id ORDER BY revision DESC LIMIT :kept)",
      soci::use(app_id, "app_id"), soci::use(kept, "kept");
}

}  // namespace

std::string SerializeApplication(const v1::Application& application) {
  std::string bytes;
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream coded(&stream);
  // Maps have no order of their own.
  coded.SetSerializationDeterministic(true);
  application.SerializeToCodedStream(&coded);
  coded.Trim();
  return bytes;
}

absl::StatusOr<std::unique_ptr<ApplicationStore>> ApplicationStore::Open(std::unique_ptr<storage::Database> database,
                                                                         crypto::SealKey key, absl::Time now) {
  OVERLOCK_RETURN_IF_ERROR(storage::Migrate(*database, Migrations()));
  OVERLOCK_RETURN_IF_ERROR(database->Write([now](soci::session& session) {
    if (Counter(session, "base_revision") == 0) {
      SetCounter(session, "base_revision", absl::ToUnixSeconds(now));
      SetCounter(session, "revision", absl::ToUnixSeconds(now));
    }
    return absl::OkStatus();
  }));
  return std::unique_ptr<ApplicationStore>(new ApplicationStore(std::move(database), std::move(key)));
}

absl::StatusOr<ApplicationStore::State> ApplicationStore::Load() {
  State state;
  auto load = [&](soci::session& session) -> absl::Status {
    state.base_revision = Counter(session, "base_revision");
    state.revision = Counter(session, "revision");
    std::string app_id;
    std::string text;
    long long revision = 0;
    soci::statement select =
        (session.prepare << "SELECT apps.app_id, apps.revision, app_revisions.sealed_application FROM apps "
                            "JOIN app_revisions ON app_revisions.app_id = apps.app_id "
                            "AND app_revisions.revision = apps.revision ORDER BY apps.app_id",
         soci::into(app_id), soci::into(revision), soci::into(text));
    select.execute();
    while (select.fetch()) {
      OVERLOCK_ASSIGN_OR_RETURN(v1::Application application, OpenApplication(key_, text, app_id, revision));
      state.applications.push_back({std::make_shared<const v1::Application>(std::move(application)), revision});
    }
    return absl::OkStatus();
  };
  OVERLOCK_RETURN_IF_ERROR(database_->Read(load));
  return state;
}

absl::StatusOr<int64_t> ApplicationStore::Put(const v1::Application& application, absl::Time now) {
  const std::string plain = SerializeApplication(application);
  int64_t revision = 0;
  auto put = [&](soci::session& session) {
    revision = Counter(session, "revision") + 1;
    SetCounter(session, "revision", revision);
    std::string sealed = absl::Base64Escape(key_.Seal(plain, SealContext(application.app_id(), revision)));
    InsertRevision(session, application.app_id(), application.name(), revision, sealed, absl::ToUnixMillis(now));
    return absl::OkStatus();
  };
  OVERLOCK_RETURN_IF_ERROR(database_->Write(put));
  return revision;
}

}  // namespace overlock::config
