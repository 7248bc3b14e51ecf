#include "services/executor/data/mongoc/send.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"

namespace overlock::executor {
namespace {

using Kind = CommandHead::Kind;

// Codes after which a write may be sent again, from servers that do not say so themselves (before MongoDB 4.4).
constexpr std::array kRetryableCodes = {6, 7, 89, 91, 189, 262, 9001, 10107, 11600, 11602, 13435, 13436};

// A document of the driver's.
class Document {
 public:
  Document() { bson_init(&bson_); }
  ~Document() { bson_destroy(&bson_); }
  Document(const Document&) = delete;
  Document& operator=(const Document&) = delete;
  bson_t* get() { return &bson_; }
  const bson_t& operator*() const { return bson_; }
  // Lets the driver make it anew.
  bson_t* Reset() {
    bson_destroy(&bson_);
    return &bson_;
  }

 private:
  bson_t bson_;
};

bool Find(const bson_t& document, const char* name, bson_iter_t* found) {
  return bson_iter_init_find(found, &document, name);
}
std::string_view Text(const bson_t& document, const char* name) {
  bson_iter_t found;
  if (!Find(document, name, &found) || !BSON_ITER_HOLDS_UTF8(&found)) return "";
  uint32_t bytes = 0;
  const char* text = bson_iter_utf8(&found, &bytes);
  return {text, bytes};
}
int32_t Code(const bson_t& reply) {
  bson_iter_t found;
  return Find(reply, "code", &found) ? static_cast<int32_t>(bson_iter_as_int64(&found)) : 0;
}
bool Succeeded(const bson_t& reply) {
  bson_iter_t found;
  return Find(reply, "ok", &found) && bson_iter_as_double(&found) == 1;
}
bool Answered(const bson_t& reply) {
  bson_iter_t found;
  return Find(reply, "ok", &found);
}

bool MayRetry(const bson_t& reply, const bson_error_t& error) {
  if (mongoc_error_has_label(&reply, "RetryableWriteError")) return true;
  if (!Answered(reply)) return error.domain == MONGOC_ERROR_STREAM;
  return !Succeeded(reply) &&
         std::find(kRetryableCodes.begin(), kRetryableCodes.end(), Code(reply)) != kRetryableCodes.end();
}

DataError ServerError(const MongoUri& uri, const bson_t& reply) {
  std::string message(Text(reply, "errmsg"));
  if (message.empty()) message = "MongoDB refused the command";
  return {Code(reply), std::string(Text(reply, "codeName")), uri.Redact(std::move(message))};
}

DataError DriverError(const MongoUri& uri, const bson_error_t& error, const CommandLimits& limits) {
  if (limits.Over()) return {0, "", "MongoDB did not answer in time"};
  std::string_view what = "MongoDB: ";
  if (error.domain == MONGOC_ERROR_SERVER_SELECTION) what = "MongoDB cannot be reached: ";
  if (error.domain == MONGOC_ERROR_STREAM) what = "the connection to MongoDB broke: ";
  if (error.domain == MONGOC_ERROR_CLIENT && error.code == MONGOC_ERROR_CLIENT_AUTHENTICATE) {
    what = "MongoDB refused the credentials: ";
  }
  return {0, "", uri.Redact(absl::StrCat(what, error.message))};
}

// The command, its own `maxTimeMS` left out where it asks for more than there is.
const bson_t* Limit(const CommandHead& head, const CommandLimits& limits, const bson_t* command, Document* shorter,
                    bson_t* options) {
  if (!head.takes_time_max) return command;
  const int64_t left = std::max<int64_t>(1, absl::ToInt64Milliseconds(limits.TimeLeft()));
  // A server takes no more.
  if (left > INT32_MAX || (head.milliseconds_max > 0 && head.milliseconds_max <= left)) return command;
  BSON_APPEND_INT64(options, "maxTimeMS", left);
  if (head.milliseconds_max == 0) return command;
  bson_copy_to_excluding_noinit(command, shorter->get(), "maxTimeMS", nullptr);
  return shorter->get();
}

bool SendOnce(Connection& connection, const char* database, const bson_t* command, Kind kind,
              const mongoc_read_prefs_t* read_preference, const bson_t* options, bson_t* reply, bson_error_t* error) {
  mongoc_client_t* client = connection.client();
  switch (kind) {
    case Kind::kRead:
      return mongoc_client_read_command_with_opts(client, database, command, read_preference, options, reply, error);
    case Kind::kWrite:
      return mongoc_client_write_command_with_opts(client, database, command, options, reply, error);
    case Kind::kReadAndWrite:
      return mongoc_client_read_write_command_with_opts(client, database, command, nullptr, options, reply, error);
    default:
      break;
  }
  return mongoc_client_command_with_opts(client, database, command, nullptr, options, reply, error);
}

// Puts the driver's session into the transaction that the command begins.
bool StartTransaction(Connection& connection, const bson_t& command, bson_error_t* error) {
  bson_iter_t field, level;
  mongoc_transaction_opt_t* options = mongoc_transaction_opts_new();
  if (Find(command, "readConcern", &field) && BSON_ITER_HOLDS_DOCUMENT(&field) && bson_iter_recurse(&field, &level) &&
      bson_iter_find(&level, "level") && BSON_ITER_HOLDS_UTF8(&level)) {
    mongoc_read_concern_t* concern = mongoc_read_concern_new();
    mongoc_read_concern_set_level(concern, bson_iter_utf8(&level, nullptr));
    mongoc_transaction_opts_set_read_concern(options, concern);
    mongoc_read_concern_destroy(concern);
  }
  const bool started = mongoc_client_session_start_transaction(connection.session(), options, error);
  mongoc_transaction_opts_destroy(options);
  return started;
}

// What the driver says of sessions by itself is left out of the command.
void LeaveOutSession(const bson_t& command, const CommandHead& head, bson_t* without) {
  if (head.starts_transaction) {
    bson_copy_to_excluding_noinit(&command, without, "lsid", "txnNumber", "autocommit", "startTransaction",
                                  "readConcern", nullptr);
  } else {
    bson_copy_to_excluding_noinit(&command, without, "lsid", "txnNumber", "autocommit", "startTransaction", nullptr);
  }
}

// The end of a transaction, by the driver, which knows how to try again.
void EndTransaction(Connection& connection, Kind kind, bson_t* reply, bson_error_t* error) {
  if (kind == Kind::kCommitTransaction) {
    mongoc_client_session_commit_transaction(connection.session(), reply, error);
    return;
  }
  bson_init(reply);
  if (mongoc_client_session_abort_transaction(connection.session(), error)) BSON_APPEND_DOUBLE(reply, "ok", 1);
}

Answer Read(Connection& connection, const bson_t& reply, const bson_error_t& error, const CommandLimits& limits) {
  const MongoUri& uri = connection.pool().uri();
  if (!Answered(reply)) return {DriverError(uri, error, limits), {}};
  if (!Succeeded(reply)) return {ServerError(uri, reply), {}};
  return {DataReply{std::string(reinterpret_cast<const char*>(bson_get_data(&reply)), reply.len)},
          {CursorOf(reply), LastServer()}};
}

}  // namespace

Answer Send(Connection& connection, const DataCommand& command, const CommandHead& head,
            const ReadPreference& read_preference, uint32_t server, const CommandLimits& limits) {
  bson_t document;
  if (!bson_init_static(&document, reinterpret_cast<const uint8_t*>(command.command.data()), command.command.size()) ||
      !bson_validate(&document, BSON_VALIDATE_NONE, nullptr)) {
    return {DataError{22, "InvalidBSON", "the command is not a BSON document"}, {}};
  }
  Document options, without_session, shorter, reply;
  bson_error_t error = {};
  const bool in_session = !head.session.empty();
  if (in_session) {
    if (connection.session() == nullptr) return {DataError{20, "IllegalOperation", "this MongoDB has no sessions"}, {}};
    if (head.kind == Kind::kCommitTransaction || head.kind == Kind::kAbortTransaction) {
      EndTransaction(connection, head.kind, reply.Reset(), &error);
      return Read(connection, *reply, error, limits);
    }
    if (head.starts_transaction && !StartTransaction(connection, document, &error)) {
      return {DriverError(connection.pool().uri(), error, limits), {}};
    }
    LeaveOutSession(document, head, without_session.get());
  }
  if (connection.session() != nullptr && !mongoc_client_session_append(connection.session(), options.get(), &error)) {
    return {DriverError(connection.pool().uri(), error, limits), {}};
  }
  if (server != 0) BSON_APPEND_INT32(options.get(), "serverId", static_cast<int32_t>(server));
  const bool is_numbered = head.is_numbered && connection.session() != nullptr && connection.pool().RemembersWrites();
  if (is_numbered) BSON_APPEND_INT64(options.get(), "txnNumber", connection.pool().NextWriteNumber());
  const bson_t* whole = in_session ? without_session.get() : &document;
  const bson_t* sent = Limit(head, limits, whole, &shorter, options.get());
  // In a transaction everything is the primary's.
  const mongoc_read_prefs_t* preference = head.in_transaction ? nullptr : read_preference.get();
  for (bool again = is_numbered;; again = false) {
    SendOnce(connection, command.database.c_str(), sent, head.kind, preference, options.get(), reply.Reset(), &error);
    if (!again || limits.Over() || !MayRetry(*reply, error)) break;
  }
  return Read(connection, *reply, error, limits);
}

bool CloseCursor(Connection& connection, const ServerCursor& cursor) {
  Document command, options, reply, ids;
  bson_error_t error = {};
  BSON_APPEND_INT64(ids.get(), "0", cursor.cursor.id);
  BSON_APPEND_UTF8(command.get(), "killCursors", cursor.cursor.collection.c_str());
  BSON_APPEND_ARRAY(command.get(), "cursors", ids.get());
  if (connection.session() != nullptr) mongoc_client_session_append(connection.session(), options.get(), &error);
  BSON_APPEND_INT32(options.get(), "serverId", static_cast<int32_t>(cursor.server));
  if (!SendOnce(connection, cursor.cursor.database.c_str(), command.get(), Kind::kKillCursors, nullptr, options.get(),
                reply.Reset(), &error)) {
    return false;
  }
  bson_iter_t found, element;
  return Find(*reply, "cursorsKilled", &found) && BSON_ITER_HOLDS_ARRAY(&found) &&
         bson_iter_recurse(&found, &element) && bson_iter_next(&element);
}

}  // namespace overlock::executor
