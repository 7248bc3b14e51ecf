// What the JavaScript of the embedded database is to C++, and the other way round. No V8 here: the engine comes from a
// library that is loaded only where it is wanted.
#ifndef OVERLOCK_SERVICES_EXECUTOR_DATA_EMBEDDED_DOCUMENT_ENGINE_H_
#define OVERLOCK_SERVICES_EXECUTOR_DATA_EMBEDDED_DOCUMENT_ENGINE_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace overlock::executor {

// The documents of one application's service, as one command sees them: all of it is one transaction. An error makes
// the command fail. runtime/documents/native.ts says what keys and records are.
class DocumentStore {
 public:
  using Keys = std::span<const std::string>;

  virtual ~DocumentStore() = default;

  // To be called before anything else by a command that writes. Waits for other commands that do.
  virtual absl::Status BeginWrite() = 0;

  virtual absl::StatusOr<std::vector<std::string>> Databases() = 0;
  virtual absl::StatusOr<std::vector<std::string>> Collections(std::string_view database) = 0;
  // Collections are known by numbers from 1 on; 0 if there is none of that name.
  virtual absl::StatusOr<int64_t> FindCollection(std::string_view database, std::string_view name) = 0;
  virtual absl::StatusOr<int64_t> CreateCollection(std::string_view database, std::string_view name) = 0;
  virtual absl::Status DropCollection(int64_t collection) = 0;
  virtual absl::StatusOr<int64_t> CollectionBytes(int64_t collection) = 0;
  virtual absl::StatusOr<int64_t> CountDocuments(int64_t collection) = 0;

  // A record, or nothing if there is none.
  virtual absl::StatusOr<std::string> Get(int64_t collection, std::string_view key) = 0;
  // Records of rows beyond `after`, in order, until there are `bytes` of them or there are no more.
  virtual absl::StatusOr<std::string> Scan(int64_t collection, int64_t after, int64_t bytes) = 0;
  // The new row; 0 if `key` is there, -1 and less if the first, second ... of `unique_keys` is another document's.
  virtual absl::StatusOr<int64_t> Insert(int64_t collection, std::string_view key, std::string_view document,
                                         Keys unique_keys) = 0;
  // 0, or as above.
  virtual absl::StatusOr<int64_t> Replace(int64_t collection, int64_t row, std::string_view document,
                                          Keys unique_keys) = 0;
  virtual absl::Status Remove(int64_t collection, int64_t row) = 0;
  virtual absl::StatusOr<int64_t> AddUniqueKeys(int64_t collection, int64_t row, Keys unique_keys) = 0;
  // Those that begin with `prefix`.
  virtual absl::Status RemoveUniqueKeys(int64_t collection, std::string_view prefix) = 0;

  // Specifications, BSON.
  virtual absl::StatusOr<std::vector<std::string>> Indexes(int64_t collection) = 0;
  virtual absl::Status PutIndex(int64_t collection, std::string_view name, std::string_view specification) = 0;
  virtual absl::Status DropIndex(int64_t collection, std::string_view name) = 0;
};

struct EngineCommand {
  std::string_view database;
  // BSON.
  std::string_view command;
  // CLOCK_MONOTONIC.
  int64_t deadline_ns = 0;
  // Milliseconds since 1970; the ages of cursors are measured by it.
  int64_t now_ms = 0;
};

struct EngineFailure {
  int32_t code = 0;
  std::string name;
  std::string message;
};

// The reply with `ok: 1`, BSON.
using EngineResult = std::variant<std::string, EngineFailure>;

// Isolates, one for each application's service. One thread makes it, uses it and destroys it.
class DocumentEngines {
 public:
  virtual ~DocumentEngines() = default;

  // Runs a command in the isolate of `source`, which is made if there is none: cursors that were open in one that was
  // dropped are gone. Ends by the deadline, or soon when the flag that was given to the factory gets true.
  virtual EngineResult Run(const std::string& source, const EngineCommand& command, DocumentStore& store) = 0;
};

struct EngineLimits {
  // Of one isolate, heap and buffers together.
  int64_t memory_bytes_max = int64_t{192} << 20;
  // The isolate that was unused for the longest time makes room.
  int isolates_max = 16;
};

// The caller owns what it returns. `interrupt` must outlive that.
using DocumentEnginesFactory = DocumentEngines* (*)(const EngineLimits& limits, const std::atomic<bool>& interrupt);
// Gets the factory when the first command asks for it: V8 takes longer to load than all the rest of a program to start.
// Called by any thread, several at a time. The status says why there is none.
using DocumentEnginesSource = std::function<absl::StatusOr<DocumentEnginesFactory>()>;

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_DATA_EMBEDDED_DOCUMENT_ENGINE_H_
