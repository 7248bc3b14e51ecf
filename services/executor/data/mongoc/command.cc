#include "services/executor/data/mongoc/command.h"

#include <array>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace overlock::executor {
namespace {

using Kind = CommandHead::Kind;

struct Known {
  std::string_view name;
  Kind kind;
  bool opens_cursor;
  bool is_numbered;
  bool takes_time_max;
};
constexpr std::array kCommands = {
    Known{"find", Kind::kRead, true, false, true},
    Known{"aggregate", Kind::kRead, true, false, true},
    Known{"count", Kind::kRead, false, false, true},
    Known{"distinct", Kind::kRead, false, false, true},
    Known{"listCollections", Kind::kRead, true, false, false},
    Known{"listDatabases", Kind::kRead, false, false, false},
    Known{"listIndexes", Kind::kRead, true, false, false},
    Known{"insert", Kind::kWrite, false, true, true},
    Known{"update", Kind::kWrite, false, true, true},
    Known{"delete", Kind::kWrite, false, true, true},
    Known{"findAndModify", Kind::kWrite, false, true, true},
    Known{"findandmodify", Kind::kWrite, false, true, true},
    Known{"getMore", Kind::kGetMore, true, false, false},
    Known{"killCursors", Kind::kKillCursors, false, false, false},
    Known{"commitTransaction", Kind::kCommitTransaction, false, false, false},
    Known{"abortTransaction", Kind::kAbortTransaction, false, false, false},
    Known{"endSessions", Kind::kEndSessions, false, false, false},
};

bool AsInteger(const bson_iter_t& value, int64_t* number) {
  if (!BSON_ITER_HOLDS_INT(&value) && !BSON_ITER_HOLDS_DOUBLE(&value)) return false;
  *number = bson_iter_as_int64(&value);
  return true;
}

// Whether an element of the array of documents has `name` with the value `wanted`, a number or a truth value.
bool AnyHas(const bson_iter_t& array, const char* name, int64_t wanted) {
  bson_iter_t element, field;
  if (!BSON_ITER_HOLDS_ARRAY(&array) || !bson_iter_recurse(&array, &element)) return false;
  while (bson_iter_next(&element)) {
    if (!BSON_ITER_HOLDS_DOCUMENT(&element) || !bson_iter_recurse(&element, &field)) continue;
    if (bson_iter_find(&field, name) && bson_iter_as_int64(&field) == wanted) return true;
  }
  return false;
}

bool HasOutputStage(const bson_iter_t& pipeline) {
  bson_iter_t stage, field;
  if (!BSON_ITER_HOLDS_ARRAY(&pipeline) || !bson_iter_recurse(&pipeline, &stage)) return false;
  while (bson_iter_next(&stage)) {
    if (!BSON_ITER_HOLDS_DOCUMENT(&stage) || !bson_iter_recurse(&stage, &field)) continue;
    while (bson_iter_next(&field)) {
      const std::string_view name = bson_iter_key(&field);
      if (name == "$out" || name == "$merge") return true;
    }
  }
  return false;
}

void ReadCursors(const bson_iter_t& array, std::vector<int64_t>* cursors) {
  bson_iter_t element;
  int64_t id = 0;
  if (!BSON_ITER_HOLDS_ARRAY(&array) || !bson_iter_recurse(&array, &element)) return;
  while (bson_iter_next(&element)) {
    if (AsInteger(element, &id)) cursors->push_back(id);
  }
}

std::string_view DocumentBytes(const bson_iter_t& value) {
  uint32_t bytes = 0;
  const uint8_t* data = nullptr;
  if (!BSON_ITER_HOLDS_DOCUMENT(&value)) return "";
  bson_iter_document(&value, &bytes, &data);
  return data == nullptr ? std::string_view() : std::string_view(reinterpret_cast<const char*>(data), bytes);
}

void ReadSessions(const bson_iter_t& array, std::vector<std::string_view>* sessions) {
  bson_iter_t element;
  if (!BSON_ITER_HOLDS_ARRAY(&array) || !bson_iter_recurse(&array, &element)) return;
  while (bson_iter_next(&element)) sessions->push_back(DocumentBytes(element));
}

void ReadField(const bson_iter_t& field, CommandHead* head) {
  const std::string_view key = bson_iter_key(&field);
  if (key == "maxTimeMS") {
    AsInteger(field, &head->milliseconds_max);
  } else if (key == "updates") {
    head->is_numbered &= !AnyHas(field, "multi", 1);
  } else if (key == "deletes") {
    head->is_numbered &= !AnyHas(field, "limit", 0);
  } else if (key == "pipeline" && head->name == "aggregate" && HasOutputStage(field)) {
    head->kind = Kind::kReadAndWrite;
  } else if (key == "singleBatch" && bson_iter_as_bool(&field)) {
    head->opens_cursor = false;
  } else if (key == "cursors" && head->kind == Kind::kKillCursors) {
    ReadCursors(field, &head->cursors);
  } else if (key == "lsid") {
    head->session = DocumentBytes(field);
  } else if (key == "startTransaction") {
    head->starts_transaction = bson_iter_as_bool(&field);
  } else if (key == "autocommit") {
    head->in_transaction = !bson_iter_as_bool(&field);
  }
}

}  // namespace

std::variant<CommandHead, DataError> ReadCommand(std::string_view command) {
  if (command.size() > kCommandBytesMax) {
    return DataError{10334, "BSONObjectTooLarge",
                     absl::StrCat("the command has ", command.size(), " bytes, allowed: ", kCommandBytesMax)};
  }
  bson_t document;
  bson_iter_t field;
  if (!bson_init_static(&document, reinterpret_cast<const uint8_t*>(command.data()), command.size()) ||
      !bson_iter_init(&field, &document)) {
    return DataError{22, "InvalidBSON", "the command is not a BSON document"};
  }
  if (!bson_iter_next(&field)) return DataError{59, "CommandNotFound", "the command is empty"};
  CommandHead head;
  head.name = bson_iter_key(&field);
  for (const Known& known : kCommands) {
    if (known.name != head.name) continue;
    head.kind = known.kind;
    head.opens_cursor = known.opens_cursor;
    head.is_numbered = known.is_numbered;
    head.takes_time_max = known.takes_time_max;
  }
  if (head.kind == Kind::kGetMore) {
    int64_t id = 0;
    if (!BSON_ITER_HOLDS_INT64(&field) || !AsInteger(field, &id)) {
      return DataError{14, "TypeMismatch", "getMore: must be the number of a cursor, a Long"};
    }
    head.cursors.push_back(id);
  }
  if (head.kind == Kind::kEndSessions) ReadSessions(field, &head.ended_sessions);
  while (bson_iter_next(&field)) ReadField(field, &head);
  return head;
}

DataError CursorNotFound(int64_t id) { return {43, "CursorNotFound", absl::StrCat("cursor id ", id, " not found")}; }

OpenCursor CursorOf(const bson_t& reply) {
  OpenCursor open;
  bson_iter_t cursor, field;
  if (!bson_iter_init_find(&cursor, &reply, "cursor") || !BSON_ITER_HOLDS_DOCUMENT(&cursor)) return open;
  if (!bson_iter_recurse(&cursor, &field) || !bson_iter_find(&field, "id")) return open;
  open.id = bson_iter_as_int64(&field);
  if (open.id == 0 || !bson_iter_recurse(&cursor, &field) || !bson_iter_find(&field, "ns") ||
      !BSON_ITER_HOLDS_UTF8(&field)) {
    return open;
  }
  const std::string_view ns = bson_iter_utf8(&field, nullptr);
  const size_t dot = ns.find('.');
  open.database = ns.substr(0, dot);
  if (dot != std::string_view::npos) open.collection = ns.substr(dot + 1);
  return open;
}

}  // namespace overlock::executor
