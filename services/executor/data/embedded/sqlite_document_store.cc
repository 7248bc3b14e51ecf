#include "services/executor/data/embedded/sqlite_document_store.h"

#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status/status.h"
#include "common/status/status_macros.h"

namespace overlock::executor {
namespace {

constexpr int64_t kSchemaVersion = 1;

// `key` is what the engine makes of an `_id`. Rows are in the order of insertion.
constexpr char kSchema[] = R"(
CREATE TABLE collections (
  id INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT NOT NULL, database TEXT NOT NULL, name TEXT NOT NULL,
  UNIQUE (source, database, name));
CREATE TABLE documents (
  row INTEGER PRIMARY KEY, collection INTEGER NOT NULL, key BLOB NOT NULL, document BLOB NOT NULL);
CREATE UNIQUE INDEX documents_by_key ON documents (collection, key);
CREATE INDEX documents_in_order ON documents (collection, row);
CREATE TABLE unique_keys (
  collection INTEGER NOT NULL, key BLOB NOT NULL, row INTEGER NOT NULL, PRIMARY KEY (collection, key)) WITHOUT ROWID;
CREATE INDEX unique_keys_by_row ON unique_keys (row);
CREATE TABLE indexes (
  collection INTEGER NOT NULL, name TEXT NOT NULL, specification BLOB NOT NULL,
  PRIMARY KEY (collection, name)) WITHOUT ROWID;
PRAGMA user_version = 1;
)";

void AppendRecord(int64_t row, std::string_view document, std::string& records) {
  double number = static_cast<double>(row);
  records.append(reinterpret_cast<const char*>(&number), sizeof(number));
  records.append(document);
}

}  // namespace

absl::Status PrepareDocumentTables(SqliteConnection& connection) {
  OVERLOCK_RETURN_IF_ERROR(connection.Execute("BEGIN IMMEDIATE"));
  int64_t version = 0;
  absl::Status status = connection.With("PRAGMA user_version", [&](SqliteStatement& statement) -> absl::Status {
    OVERLOCK_RETURN_IF_ERROR(statement.Step().status());
    version = statement.Integer(0);
    return absl::OkStatus();
  });
  if (status.ok() && version == 0) status = connection.Execute(kSchema);
  if (status.ok() && version > kSchemaVersion) {
    status = Error(absl::StatusCode::kFailedPrecondition, "STORE_TOO_NEW",
                   absl::StrCat("embedded database: the file has version ", version,
                                ", this program knows versions up to ", kSchemaVersion));
  }
  if (status.ok()) status = connection.Execute("COMMIT");
  if (!status.ok() && connection.InTransaction()) connection.Execute("ROLLBACK").IgnoreError();
  return status;
}

SqliteDocumentStore::SqliteDocumentStore(SqliteConnection& connection, std::timed_mutex& writer, Options options)
    : connection_(connection), writer_(writer, std::defer_lock), options_(std::move(options)) {
  connection_.set_interrupted([this] {
    return (options_.interrupted && options_.interrupted()) || std::chrono::steady_clock::now() > options_.deadline;
  });
}

SqliteDocumentStore::~SqliteDocumentStore() {
  connection_.set_interrupted(nullptr);
  if (connection_.InTransaction()) connection_.Execute("ROLLBACK").IgnoreError();
}

absl::Status SqliteDocumentStore::Commit() {
  OVERLOCK_RETURN_IF_ERROR(status_);
  if (!connection_.InTransaction()) return absl::OkStatus();
  // Nothing ends it half-way.
  connection_.set_interrupted(nullptr);
  return Noted(connection_.Execute("COMMIT"));
}

absl::Status SqliteDocumentStore::Noted(absl::Status status) {
  if (status_.ok() && !status.ok()) status_ = status;
  return status;
}

absl::Status SqliteDocumentStore::BeginRead() {
  if (connection_.InTransaction()) return absl::OkStatus();
  return Noted(connection_.Execute("BEGIN"));
}

absl::Status SqliteDocumentStore::BeginWrite() {
  if (writer_.owns_lock()) return absl::OkStatus();
  if (!writer_.try_lock_until(options_.deadline)) {
    return Noted(Error(absl::StatusCode::kDeadlineExceeded, "INTERRUPTED",
                       "embedded database: other commands wrote until the time limit"));
  }
  return Noted(connection_.Execute("BEGIN IMMEDIATE"));
}

absl::Status SqliteDocumentStore::With(const char* sql, const Use& use) {
  OVERLOCK_RETURN_IF_ERROR(status_);
  OVERLOCK_RETURN_IF_ERROR(BeginRead());
  absl::Status status = connection_.With(sql, use);
  return status.code() == absl::StatusCode::kAlreadyExists ? status : Noted(std::move(status));
}

absl::StatusOr<std::vector<std::string>> SqliteDocumentStore::List(const char* sql, const Use& bind) {
  std::vector<std::string> texts;
  OVERLOCK_RETURN_IF_ERROR(With(sql, [&](SqliteStatement& statement) -> absl::Status {
    OVERLOCK_RETURN_IF_ERROR(bind(statement));
    for (;;) {
      OVERLOCK_ASSIGN_OR_RETURN(bool has_row, statement.Step());
      if (!has_row) return absl::OkStatus();
      texts.emplace_back(statement.Bytes(0));
    }
  }));
  return texts;
}

absl::StatusOr<int64_t> SqliteDocumentStore::IntegerOf(const char* sql, const Use& bind) {
  int64_t value = 0;
  OVERLOCK_RETURN_IF_ERROR(With(sql, [&](SqliteStatement& statement) -> absl::Status {
    OVERLOCK_RETURN_IF_ERROR(bind(statement));
    OVERLOCK_ASSIGN_OR_RETURN(bool has_row, statement.Step());
    if (has_row) value = statement.Integer(0);
    return absl::OkStatus();
  }));
  return value;
}

absl::StatusOr<std::vector<std::string>> SqliteDocumentStore::Databases() {
  return List("SELECT DISTINCT database FROM collections WHERE source = ? ORDER BY database",
              [this](SqliteStatement& statement) {
                statement.BindText(options_.source);
                return absl::OkStatus();
              });
}

absl::StatusOr<std::vector<std::string>> SqliteDocumentStore::Collections(std::string_view database) {
  return List("SELECT name FROM collections WHERE source = ? AND database = ? ORDER BY name",
              [&](SqliteStatement& statement) {
                statement.BindText(options_.source).BindText(database);
                return absl::OkStatus();
              });
}

absl::StatusOr<int64_t> SqliteDocumentStore::FindCollection(std::string_view database, std::string_view name) {
  return IntegerOf("SELECT id FROM collections WHERE source = ? AND database = ? AND name = ?",
                   [&](SqliteStatement& statement) {
                     statement.BindText(options_.source).BindText(database).BindText(name);
                     return absl::OkStatus();
                   });
}

absl::StatusOr<int64_t> SqliteDocumentStore::CreateCollection(std::string_view database, std::string_view name) {
  OVERLOCK_RETURN_IF_ERROR(
      With("INSERT INTO collections (source, database, name) VALUES (?, ?, ?)", [&](SqliteStatement& statement) {
        return statement.BindText(options_.source).BindText(database).BindText(name).Run();
      }));
  return connection_.last_row();
}

absl::Status SqliteDocumentStore::DropCollection(int64_t collection) {
  for (const char* sql : {"DELETE FROM unique_keys WHERE collection = ?", "DELETE FROM indexes WHERE collection = ?",
                          "DELETE FROM documents WHERE collection = ?", "DELETE FROM collections WHERE id = ?"}) {
    OVERLOCK_RETURN_IF_ERROR(With(sql, [&](SqliteStatement& statement) { return statement.Bind(collection).Run(); }));
  }
  return absl::OkStatus();
}

absl::StatusOr<int64_t> SqliteDocumentStore::CollectionBytes(int64_t collection) {
  return IntegerOf("SELECT sum(length(document)) FROM documents WHERE collection = ?", [&](SqliteStatement& statement) {
    statement.Bind(collection);
    return absl::OkStatus();
  });
}

absl::StatusOr<int64_t> SqliteDocumentStore::CountDocuments(int64_t collection) {
  return IntegerOf("SELECT count(*) FROM documents WHERE collection = ?", [&](SqliteStatement& statement) {
    statement.Bind(collection);
    return absl::OkStatus();
  });
}

absl::StatusOr<std::string> SqliteDocumentStore::Get(int64_t collection, std::string_view key) {
  std::string record;
  OVERLOCK_RETURN_IF_ERROR(With("SELECT row, document FROM documents WHERE collection = ? AND key = ?",
                                [&](SqliteStatement& statement) -> absl::Status {
                                  statement.Bind(collection).BindBytes(key);
                                  OVERLOCK_ASSIGN_OR_RETURN(bool has_row, statement.Step());
                                  if (has_row) AppendRecord(statement.Integer(0), statement.Bytes(1), record);
                                  return absl::OkStatus();
                                }));
  return record;
}

absl::StatusOr<std::string> SqliteDocumentStore::Scan(int64_t collection, int64_t after, int64_t bytes) {
  std::string records;
  // Named, lest SQLite goes through the rows of all collections.
  OVERLOCK_RETURN_IF_ERROR(With(
      "SELECT row, document FROM documents INDEXED BY documents_in_order WHERE collection = ? AND row > ? ORDER BY row",
      [&](SqliteStatement& statement) -> absl::Status {
        statement.Bind(collection).Bind(after);
        while (static_cast<int64_t>(records.size()) < bytes) {
          OVERLOCK_ASSIGN_OR_RETURN(bool has_row, statement.Step());
          if (!has_row) break;
          AppendRecord(statement.Integer(0), statement.Bytes(1), records);
        }
        return absl::OkStatus();
      }));
  return records;
}

absl::StatusOr<int64_t> SqliteDocumentStore::Insert(int64_t collection, std::string_view key, std::string_view document,
                                                    Keys unique_keys) {
  absl::Status status = With(
      "INSERT INTO documents (collection, key, document) VALUES (?, ?, ?)",
      [&](SqliteStatement& statement) { return statement.Bind(collection).BindBytes(key).BindBytes(document).Run(); });
  if (status.code() == absl::StatusCode::kAlreadyExists) return 0;
  OVERLOCK_RETURN_IF_ERROR(status);
  int64_t row = connection_.last_row();
  OVERLOCK_ASSIGN_OR_RETURN(int64_t taken, AddUniqueKeys(collection, row, unique_keys));
  if (taken == 0) return row;
  OVERLOCK_RETURN_IF_ERROR(Remove(collection, row));
  return taken;
}

absl::StatusOr<int64_t> SqliteDocumentStore::Replace(int64_t collection, int64_t row, std::string_view document,
                                                     Keys unique_keys) {
  // First it is seen whether the keys are free: what is refused changes nothing.
  for (size_t i = 0; i < unique_keys.size(); ++i) {
    OVERLOCK_ASSIGN_OR_RETURN(int64_t other,
                              IntegerOf("SELECT row FROM unique_keys WHERE collection = ? AND key = ? AND row <> ?",
                                        [&](SqliteStatement& statement) {
                                          statement.Bind(collection).BindBytes(unique_keys[i]).Bind(row);
                                          return absl::OkStatus();
                                        }));
    if (other != 0) return -static_cast<int64_t>(i) - 1;
  }
  OVERLOCK_RETURN_IF_ERROR(With("DELETE FROM unique_keys WHERE row = ?",
                                [&](SqliteStatement& statement) { return statement.Bind(row).Run(); }));
  OVERLOCK_RETURN_IF_ERROR(With("UPDATE documents SET document = ? WHERE row = ?", [&](SqliteStatement& statement) {
    return statement.BindBytes(document).Bind(row).Run();
  }));
  return AddUniqueKeys(collection, row, unique_keys);
}

absl::Status SqliteDocumentStore::Remove(int64_t /*collection*/, int64_t row) {
  for (const char* sql : {"DELETE FROM unique_keys WHERE row = ?", "DELETE FROM documents WHERE row = ?"}) {
    OVERLOCK_RETURN_IF_ERROR(With(sql, [&](SqliteStatement& statement) { return statement.Bind(row).Run(); }));
  }
  return absl::OkStatus();
}

absl::StatusOr<int64_t> SqliteDocumentStore::AddUniqueKeys(int64_t collection, int64_t row, Keys unique_keys) {
  for (size_t i = 0; i < unique_keys.size(); ++i) {
    absl::Status status =
        With("INSERT INTO unique_keys (collection, key, row) VALUES (?, ?, ?)", [&](SqliteStatement& statement) {
          return statement.Bind(collection).BindBytes(unique_keys[i]).Bind(row).Run();
        });
    if (status.code() == absl::StatusCode::kAlreadyExists) return -static_cast<int64_t>(i) - 1;
    OVERLOCK_RETURN_IF_ERROR(status);
  }
  return 0;
}

absl::Status SqliteDocumentStore::RemoveUniqueKeys(int64_t collection, std::string_view prefix) {
  return With("DELETE FROM unique_keys WHERE collection = ? AND substr(key, 1, ?) = ?",
              [&](SqliteStatement& statement) {
                return statement.Bind(collection).Bind(static_cast<int64_t>(prefix.size())).BindBytes(prefix).Run();
              });
}

absl::StatusOr<std::vector<std::string>> SqliteDocumentStore::Indexes(int64_t collection) {
  return List("SELECT specification FROM indexes WHERE collection = ? ORDER BY name", [&](SqliteStatement& statement) {
    statement.Bind(collection);
    return absl::OkStatus();
  });
}

absl::Status SqliteDocumentStore::PutIndex(int64_t collection, std::string_view name, std::string_view specification) {
  return With("INSERT INTO indexes (collection, name, specification) VALUES (?, ?, ?)",
              [&](SqliteStatement& statement) {
                return statement.Bind(collection).BindText(name).BindBytes(specification).Run();
              });
}

absl::Status SqliteDocumentStore::DropIndex(int64_t collection, std::string_view name) {
  return With("DELETE FROM indexes WHERE collection = ? AND name = ?",
              [&](SqliteStatement& statement) { return statement.Bind(collection).BindText(name).Run(); });
}

}  // namespace overlock::executor
