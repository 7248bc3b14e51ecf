#include "services/executor/data/data_actions.h"

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "services/executor/data/bson_documents.h"
#include "services/executor/data/rules/query_check.h"
#include "services/executor/data/rules/rule_evaluation.h"

namespace overlock::executor {
namespace {

using ejson::Member;
using ejson::Value;
using Type = Value::Type;

constexpr DataAction kActions[] = {
    {"abortTransaction", "abortTransaction", true},
    {"aggregate", "aggregate"},
    {"bulkWrite", "insert update delete"},
    {"commitTransaction", "commitTransaction", true},
    {"count", "count"},
    {"countDocuments", "aggregate"},
    {"deleteMany", "delete"},
    {"deleteOne", "delete"},
    {"distinct", "distinct"},
    {"endSessions", "endSessions", true},
    {"estimatedDocumentCount", "count"},
    {"find", "find"},
    {"findOne", "find"},
    {"findOneAndDelete", "findAndModify"},
    {"findOneAndReplace", "findAndModify"},
    {"findOneAndUpdate", "findAndModify"},
    {"getCollectionNames", "listCollections", true},
    {"getDBNames", "listDatabases", true},
    {"getMore", "getMore"},
    {"insertMany", "insert"},
    {"insertOne", "insert"},
    {"killCursors", "killCursors"},
    {"replaceOne", "update"},
    {"updateMany", "update"},
    {"updateOne", "update"},
};

constexpr std::string_view kUserFields[] = {
    "allowDiskUse", "arrayFilters", "batchSize", "collation", "collection", "cursor", "cursors",
    "deletes",      "documents",    "fields",    "filter",    "hint",       "key",    "limit",
    "maxTimeMS",    "new",          "ordered",   "pipeline",  "projection", "query",  "remove",
    "singleBatch",  "skip",         "sort",      "update",    "updates",    "upsert"};

std::string TextOf(const Value& argument, std::string_view name) {
  const Value* value = argument.Find(name);
  return value != nullptr && value->is(Type::kString) ? value->as_string() : "";
}

// A command's collection stands in its first field, of `getMore` in one of its own; a result of the database itself
// (`$cmd.listCollections`) has none.
bool IsOfCollection(const ServiceCall& call, const DataOperation& operation, bool system_only) {
  if (system_only || operation.collection.empty()) return system_only || operation.command == "getMore";
  const std::string field = operation.command == "getMore" ? "collection" : operation.command;
  return TextField(call.body, field) == operation.collection;
}

// A statement of `update` and `delete`.
std::optional<std::string> FindForbiddenIn(const Value& statement) {
  for (const char* field : {"q", "arrayFilters"}) {
    const Value* value = statement.Find(field);
    if (value == nullptr) continue;
    if (auto found = FindForbiddenOperator(*value); found) return found;
  }
  return std::nullopt;
}

// Updates are made of operators and of what is stored, which may be a regular expression; only conditions count.
std::optional<std::string> FindForbiddenInUpdate(const Value* update) {
  if (update == nullptr) return std::nullopt;
  if (update->is(Type::kArray)) return FindForbiddenStage(*update);
  const Value* pull = update->Find("$pull");
  return pull == nullptr ? std::nullopt : FindForbiddenOperator(*pull);
}

std::optional<std::string> FindForbidden(const Value& command) {
  for (const char* field : {"filter", "query", "projection", "fields", "sort", "arrayFilters"}) {
    const Value* value = command.Find(field);
    if (value == nullptr) continue;
    if (auto found = FindForbiddenOperator(*value); found) return found;
  }
  for (const char* field : {"updates", "deletes"}) {
    const Value* statements = command.Find(field);
    if (statements == nullptr || !statements->is(Type::kArray)) continue;
    for (const Value& statement : statements->items()) {
      if (auto found = FindForbiddenIn(statement); found) return found;
      if (auto found = FindForbiddenInUpdate(statement.Find("u")); found) return found;
    }
  }
  if (command.Find("findAndModify") == nullptr) return std::nullopt;
  return FindForbiddenInUpdate(command.Find("update"));
}

}  // namespace

const DataAction* FindDataAction(std::string_view name) {
  auto it = std::lower_bound(std::begin(kActions), std::end(kActions), name,
                             [](const DataAction& action, std::string_view wanted) { return action.name < wanted; });
  return it != std::end(kActions) && it->name == name ? it : nullptr;
}

Attempt<DataOperation> ReadOperation(const ServiceCall& call, const DataAction& action) {
  DataOperation operation;
  operation.database = TextOf(call.argument, "database");
  operation.collection = TextOf(call.argument, "collection");
  if (operation.database.empty()) return BadParameter("database: must be a string with text");
  std::optional<std::string> command = CommandName(call.body);
  if (!command) return BadParameter("the command must be a BSON document");
  operation.command = *std::move(command);
  const std::vector<std::string> known = absl::StrSplit(std::string(action.commands), ' ');
  if (std::find(known.begin(), known.end(), operation.command) == known.end()) {
    return BadParameter(absl::StrCat(action.name, ": the command must be ", action.commands));
  }
  if (HasField(call.body, "$db")) return BadParameter("$db: must not stand in a command");
  if (!IsOfCollection(call, operation, action.system_only)) {
    return BadParameter(absl::StrCat(operation.command, ": must be of the collection that the argument names"));
  }
  return operation;
}

std::optional<ServiceFailure> RefuseAsUser(const ServiceCall& call, const Value& command) {
  if (command.Find("lsid") != nullptr) {
    return Forbidden(absl::StrCat(call.action, " of ", NamespaceOf(call), ": sessions are for system functions"));
  }
  for (size_t i = 1; i < command.members().size(); ++i) {
    const std::string& key = command.members()[i].key;
    if (std::find(std::begin(kUserFields), std::end(kUserFields), key) == std::end(kUserFields)) {
      return BadParameter(absl::StrCat(call.action, ": '", key, "' is for system functions"));
    }
  }
  if (std::optional<std::string> found = FindForbidden(command); found) {
    return Forbidden(absl::StrCat(call.action, " of ", NamespaceOf(call), ": ", *found, " is for system functions"));
  }
  return std::nullopt;
}

}  // namespace overlock::executor
