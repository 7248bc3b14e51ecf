// Documents in an SQLite file.
#ifndef OVERLOCK_SERVICES_EXECUTOR_DATA_EMBEDDED_SQLITE_DOCUMENT_STORE_H_
#define OVERLOCK_SERVICES_EXECUTOR_DATA_EMBEDDED_SQLITE_DOCUMENT_STORE_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "services/executor/data/embedded/document_engine.h"
#include "services/executor/data/embedded/sqlite_connection.h"

namespace overlock::executor {

// Makes the tables. FAILED_PRECONDITION (`STORE_TOO_NEW`) if a newer program has made others.
absl::Status PrepareDocumentTables(SqliteConnection& connection);

// One command's view of the documents of `source`; others' are out of its reach. It is rolled back unless Commit() was
// called. The connection's thread uses it.
class SqliteDocumentStore : public DocumentStore {
 public:
  struct Options {
    // Whose documents: an application's service.
    std::string source;
    std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();
    // Whether the command is to be given up before that.
    std::function<bool()> interrupted;
  };
  // `writer` is held by the command that writes. Both must outlive this.
  SqliteDocumentStore(SqliteConnection& connection, std::timed_mutex& writer, Options options);
  ~SqliteDocumentStore() override;

  // What was written is on the disk when it returns OK. Nothing may be called after it.
  absl::Status Commit();
  // The first error there was.
  const absl::Status& status() const { return status_; }

  absl::Status BeginWrite() override;
  absl::StatusOr<std::vector<std::string>> Databases() override;
  absl::StatusOr<std::vector<std::string>> Collections(std::string_view database) override;
  absl::StatusOr<int64_t> FindCollection(std::string_view database, std::string_view name) override;
  absl::StatusOr<int64_t> CreateCollection(std::string_view database, std::string_view name) override;
  absl::Status DropCollection(int64_t collection) override;
  absl::StatusOr<int64_t> CollectionBytes(int64_t collection) override;
  absl::StatusOr<int64_t> CountDocuments(int64_t collection) override;
  absl::StatusOr<std::string> Get(int64_t collection, std::string_view key) override;
  absl::StatusOr<std::string> Scan(int64_t collection, int64_t after, int64_t bytes) override;
  absl::StatusOr<int64_t> Insert(int64_t collection, std::string_view key, std::string_view document,
                                 Keys unique_keys) override;
  absl::StatusOr<int64_t> Replace(int64_t collection, int64_t row, std::string_view document,
                                  Keys unique_keys) override;
  absl::Status Remove(int64_t collection, int64_t row) override;
  absl::StatusOr<int64_t> AddUniqueKeys(int64_t collection, int64_t row, Keys unique_keys) override;
  absl::Status RemoveUniqueKeys(int64_t collection, std::string_view prefix) override;
  absl::StatusOr<std::vector<std::string>> Indexes(int64_t collection) override;
  absl::Status PutIndex(int64_t collection, std::string_view name, std::string_view specification) override;
  absl::Status DropIndex(int64_t collection, std::string_view name) override;

 private:
  using Use = std::function<absl::Status(SqliteStatement&)>;

  absl::Status BeginRead();
  // In the transaction, which is begun if it is not; notes the error.
  absl::Status With(const char* sql, const Use& use);
  absl::StatusOr<std::vector<std::string>> List(const char* sql, const Use& bind);
  absl::StatusOr<int64_t> IntegerOf(const char* sql, const Use& bind);
  absl::Status Noted(absl::Status status);

  SqliteConnection& connection_;
  std::unique_lock<std::timed_mutex> writer_;
  const Options options_;
  absl::Status status_;
};

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_DATA_EMBEDDED_SQLITE_DOCUMENT_STORE_H_
