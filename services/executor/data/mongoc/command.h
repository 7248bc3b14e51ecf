// What must be known of a command before it is sent.
#ifndef OVERLOCK_SERVICES_EXECUTOR_DATA_MONGOC_COMMAND_H_
#define OVERLOCK_SERVICES_EXECUTOR_DATA_MONGOC_COMMAND_H_

#include <bson/bson.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "services/executor/data/data_source.h"

namespace overlock::executor {

// What MongoDB calls its maximum for a message's document: 16 MiB and room for what is around a document.
inline constexpr size_t kCommandBytesMax = (16 << 20) + (16 << 10);

// A command's first field and what else decides how it is sent. Its views live as long as the command.
struct CommandHead {
  enum class Kind {
    // May go to a secondary, and twice.
    kRead,
    // Reads and writes, e.g. an aggregation with `$out`.
    kReadAndWrite,
    kWrite,
    kGetMore,
    kKillCursors,
    kCommitTransaction,
    kAbortTransaction,
    kEndSessions,
    // Anything else: to the primary, once.
    kOther,
  };
  std::string_view name;
  Kind kind = Kind::kOther;
  // Whether its answer may leave a cursor open.
  bool opens_cursor = false;
  // Whether a server that remembers writes by number takes a number with it.
  bool is_numbered = false;
  // Whether the server may be told how long it may take.
  bool takes_time_max = false;
  // Its own `maxTimeMS`; 0 without.
  int64_t milliseconds_max = 0;
  // The cursor of kGetMore, the cursors of kKillCursors.
  std::vector<int64_t> cursors;
  // The session that it names in `lsid`, a document's bytes; empty without.
  std::string_view session;
  // It begins a transaction; it is part of one.
  bool starts_transaction = false;
  bool in_transaction = false;
  // The sessions of kEndSessions, documents' bytes.
  std::vector<std::string_view> ended_sessions;
};

// An error is what a server says to such a command. It looks at top-level fields and at the arrays of a write; that the
// rest is well-formed is not checked.
std::variant<CommandHead, DataError> ReadCommand(std::string_view command);

// The cursor that an answer leaves open, with its `ns`; 0 without.
struct OpenCursor {
  int64_t id = 0;
  std::string database;
  std::string collection;
};
OpenCursor CursorOf(const bson_t& reply);

// As MongoDB says it.
DataError CursorNotFound(int64_t id);

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_DATA_MONGOC_COMMAND_H_
