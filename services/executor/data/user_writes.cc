#include "services/executor/data/user_writes.h"

#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/ejson/bson.h"
#include "common/ejson/serialize.h"
#include "services/executor/data/document_writer.h"
#include "services/executor/data/rules/projection.h"
#include "services/executor/data/rules/query_check.h"

namespace overlock::executor {
namespace {

using ejson::Member;
using ejson::Value;
using Type = Value::Type;

bool Flag(const Value& document, std::string_view name) {
  const Value value = FieldOf(document, name);
  return value.is(Type::kBool) && value.as_bool();
}

int64_t CountIn(const Value& reply, std::string_view name) {
  const Value value = FieldOf(reply, name);
  if (value.is(Type::kInt32)) return value.as_int32();
  return value.is(Type::kInt64) ? value.as_int64() : 0;
}

std::vector<Value> ItemsOf(const Value& command, std::string_view name) {
  Value value = FieldOf(command, name);
  return value.is(Type::kArray) ? value.items() : std::vector<Value>();
}

Value QueryOf(const Value& statement, std::string_view name) {
  Value query = FieldOf(statement, name);
  return query.is(Type::kDocument) ? query : Value::Document({});
}

// What the user's writes need no look at documents for.
enum class WriteReach { kNothing, kAll, kJudged };

Task<WriteReach> UpdateReach(UserCallPtr user, bool upsert) {
  if (!user->rules->is_static()) co_return WriteReach::kJudged;
  std::optional<DocumentAccess> access = co_await user->rules->AccessTo(Value(), Value());
  if (!access) co_return WriteReach::kNothing;
  const bool all = access->WritesAll() && !user->rules->has_schema() && (!upsert || access->insert);
  co_return all ? WriteReach::kAll : WriteReach::kJudged;
}

Task<WriteReach> EraseReach(UserCallPtr user) {
  if (!user->rules->is_static()) co_return WriteReach::kJudged;
  std::optional<DocumentAccess> access = co_await user->rules->AccessTo(Value(), Value());
  if (!access || !access->MayErase()) co_return WriteReach::kNothing;
  co_return access->ReadsAll() ? WriteReach::kAll : WriteReach::kJudged;
}

ServiceFailure NoRole(const UserCall& user) {
  return Forbidden(absl::StrCat("no matching rule found: ", user.call->action, " of ", NamespaceOf(*user.call),
                                ": the user has no role that may"));
}

// The documents that a statement's query matches and the user sees.
std::shared_ptr<VisibleDocuments> Matching(const UserCall& user, const Value& statement, const Value& own_query,
                                           Value filter) {
  std::vector<Member> find = {{"find", Value::String(user.target.collection)}, {"filter", std::move(filter)}};
  for (const char* name : {"sort", "collation", "hint", "maxTimeMS"}) {
    if (const Value* value = statement.Find(name); value != nullptr) find.push_back({name, *value});
  }
  std::vector<std::vector<std::string>> paths;
  CollectPaths(own_query, paths);
  CollectPaths(QueryOf(statement, "sort"), paths);
  return std::make_shared<VisibleDocuments>(user.target, Value::Document(std::move(find)), user.rules,
                                            std::move(paths));
}

std::string IdOf(const Value& document) { return ejson::ToCanonicalJson(FieldOf(document, "_id")); }

struct UpdateCounts {
  int64_t matched = 0;
  int64_t modified = 0;
  // Undefined without an upsert.
  Value upserted;
};

// `{q, u, multi, upsert}`, each with what the server takes besides.
Task<Attempt<Value>> RunStatement(UserCallPtr user, const char* command, const char* field, Value statement) {
  std::vector<Member> message = {{command, Value::String(user->target.collection)},
                                 {field, Value::Array({std::move(statement)})}};
  co_return co_await RunWrite(std::move(user), std::move(message));
}

Value WithQuery(const Value& statement, Value query) {
  std::vector<Member> members;
  for (const Member& member : statement.members()) {
    if (member.key != "q") members.push_back(member);
  }
  members.insert(members.begin(), {"q", std::move(query)});
  return Value::Document(std::move(members));
}

// Counts what the server did with a whole statement.
Task<Attempt<UpdateCounts>> UpdateAll(UserCallPtr user, Value statement, Value filter) {
  Value merged = WithQuery(statement, std::move(filter));
  Attempt<Value> reply = co_await RunStatement(std::move(user), "update", "updates", std::move(merged));
  if (!reply.ok()) co_return std::move(reply.failure());
  UpdateCounts counts;
  const std::vector<Value> upserted = ItemsOf(*reply, "upserted");
  if (!upserted.empty()) counts.upserted = FieldOf(upserted[0], "_id");
  counts.matched = CountIn(*reply, "n") - static_cast<int64_t>(upserted.size());
  counts.modified = CountIn(*reply, "nModified");
  co_return counts;
}

// One document: whether it was the same still and has been written.
Task<Attempt<bool>> UpdateOne(UserCallPtr user, Value document, Value statement, UpdateCounts* counts) {
  Value update = FieldOf(statement, "u");
  Value before = document;
  Attempt<Value> after = co_await JudgeUpdate(user, std::move(before), std::move(update));
  if (!after.ok()) co_return std::move(after.failure());
  Value one = Value::Document({{"q", SameDocument(document)}, {"u", FieldOf(statement, "u")}});
  Attempt<Value> reply = co_await RunStatement(user, "update", "updates", std::move(one));
  if (!reply.ok()) co_return std::move(reply.failure());
  if (CountIn(*reply, "n") == 0) co_return false;
  ++counts->matched;
  counts->modified += CountIn(*reply, "nModified");
  co_return true;
}

Task<Attempt<UpdateCounts>> UpdateJudged(UserCallPtr user, Value statement, Value filter) {
  UpdateCounts counts;
  const Value query = QueryOf(statement, "q");
  const bool multi = Flag(statement, "multi");
  // A document that was written may match again.
  std::set<std::string> written;
  for (int tries = 0; tries < kWriteTriesMax; ++tries) {
    bool conflict = false;
    std::shared_ptr<VisibleDocuments> documents = Matching(*user, statement, query, filter);
    while (true) {
      Attempt<std::optional<VisibleDocument>> next = co_await documents->Next();
      if (!next.ok()) co_return std::move(next.failure());
      if (!next->has_value()) break;
      std::string id = IdOf((*next)->value);
      if (written.contains(id)) continue;
      Value document = std::move((*next)->value);
      Attempt<bool> done = co_await UpdateOne(user, std::move(document), statement, &counts);
      if (!done.ok()) {
        co_await documents->Close();
        co_return std::move(done.failure());
      }
      conflict = conflict || !*done;
      if (*done) written.insert(std::move(id));
      if (!multi) break;
    }
    co_await documents->Close();
    if (conflict) continue;
    if (counts.matched > 0 || !Flag(statement, "upsert")) co_return counts;
    Value update = FieldOf(statement, "u");
    Value seed = query;
    Attempt<Value> made = co_await JudgeUpsert(user, std::move(seed), std::move(update));
    if (!made.ok()) co_return std::move(made.failure());
    counts.upserted = FieldOf(*made, "_id");
    Attempt<bool> inserted = co_await InsertOne(user, std::move(*made));
    if (!inserted.ok()) co_return std::move(inserted.failure());
    co_return counts;
  }
  co_return WriteConflict();
}

Task<Attempt<int64_t>> EraseJudged(UserCallPtr user, Value statement, Value filter) {
  const Value query = QueryOf(statement, "q");
  const bool one = CountIn(statement, "limit") == 1;
  int64_t count = 0;
  for (int tries = 0; tries < kWriteTriesMax; ++tries) {
    bool conflict = false;
    std::shared_ptr<VisibleDocuments> documents = Matching(*user, statement, query, filter);
    while (true) {
      Attempt<std::optional<VisibleDocument>> next = co_await documents->Next();
      if (!next.ok()) co_return std::move(next.failure());
      if (!next->has_value()) break;
      Value document = (*next)->value;
      std::optional<ServiceFailure> refusal = co_await user->rules->RefuseErase(std::move(document));
      if (refusal) {
        co_await documents->Close();
        co_return *std::move(refusal);
      }
      Value same = Value::Document({{"q", SameDocument((*next)->value)}, {"limit", Value::Int32(1)}});
      Attempt<Value> reply = co_await RunStatement(user, "delete", "deletes", std::move(same));
      if (!reply.ok()) co_return std::move(reply.failure());
      const int64_t erased = CountIn(*reply, "n");
      count += erased;
      conflict = conflict || erased == 0;
      if (one) break;
    }
    co_await documents->Close();
    if (!conflict) co_return count;
  }
  co_return WriteConflict();
}

std::string UpdateReply(const UpdateCounts& counts, std::vector<Value> upserted) {
  std::vector<Member> reply = {{"n", Value::Int64(counts.matched + static_cast<int64_t>(upserted.size()))},
                               {"nModified", Value::Int64(counts.modified)}};
  if (!upserted.empty()) reply.push_back({"upserted", Value::Array(std::move(upserted))});
  reply.push_back({"ok", Value::Double(1)});
  return ejson::ToBson(Value::Document(std::move(reply)));
}

// What findAndModify shows of a document.
Task<std::string> ShownToUser(UserCallPtr user, Value document) {
  Value copy = document;
  std::optional<DocumentAccess> access = co_await user->rules->AccessTo(std::move(copy), Value());
  if (!access) co_return "";
  Value shown = access->Readable(document);
  if (shown.is(Type::kUndefined)) co_return "";
  for (const Value& projection : user->rules->projections()) shown = Project(shown, projection);
  co_return ejson::ToBson(Project(shown, QueryOf(user->command, "fields")));
}

// Writes the document that was found, if it is still the same; empty if it is not.
Task<Attempt<std::optional<std::string>>> ModifyFound(UserCallPtr user, Value document) {
  const bool remove = Flag(user->command, "remove");
  if (remove) {
    Value copy = document;
    std::optional<ServiceFailure> refusal = co_await user->rules->RefuseErase(std::move(copy));
    if (refusal) co_return *std::move(refusal);
  } else {
    Value before = document;
    Value update = FieldOf(user->command, "update");
    Attempt<Value> after = co_await JudgeUpdate(user, std::move(before), std::move(update));
    if (!after.ok()) co_return std::move(after.failure());
  }
  std::vector<Member> command = {{"findAndModify", Value::String(user->target.collection)},
                                 {"query", SameDocument(document)}};
  if (remove) {
    command.push_back({"remove", Value::Bool(true)});
  } else {
    command.push_back({"update", FieldOf(user->command, "update")});
    command.push_back({"new", Value::Bool(Flag(user->command, "new"))});
  }
  Attempt<Value> reply = co_await RunWrite(user, std::move(command));
  if (!reply.ok()) co_return std::move(reply.failure());
  Value value = FieldOf(*reply, "value");
  if (!value.is(Type::kDocument)) co_return std::optional<std::string>();
  std::string shown = co_await ShownToUser(user, std::move(value));
  co_return std::optional<std::string>(MakeReplyWith("value", shown));
}

Task<Attempt<std::string>> UpsertOfFindAndModify(UserCallPtr user) {
  Value query = QueryOf(user->command, "query");
  Value update = FieldOf(user->command, "update");
  Attempt<Value> made = co_await JudgeUpsert(user, std::move(query), std::move(update));
  if (!made.ok()) co_return std::move(made.failure());
  Value document = *made;
  Attempt<bool> inserted = co_await InsertOne(user, std::move(document));
  if (!inserted.ok()) co_return std::move(inserted.failure());
  std::string shown;
  if (Flag(user->command, "new")) shown = co_await ShownToUser(user, std::move(*made));
  co_return MakeReplyWith("value", shown);
}

}  // namespace

Task<Attempt<std::string>> InsertAsUser(UserCallPtr user) {
  const std::vector<Value> documents = ItemsOf(user->command, "documents");
  for (const Value& document : documents) {
    Value copy = document;
    std::optional<ServiceFailure> refusal = co_await user->rules->RefuseInsert(std::move(copy));
    if (refusal) co_return *std::move(refusal);
  }
  DataCommand message;
  message.database = user->target.database;
  message.command = user->call->body;
  message.context = user->target.context;
  DataOutcome outcome = co_await user->target.source->Run(std::move(message));
  if (auto* error = std::get_if<DataError>(&outcome)) co_return ToFailure(std::move(*error));
  co_return std::move(std::get<DataReply>(outcome).reply);
}

Task<Attempt<std::string>> UpdateAsUser(UserCallPtr user) {
  UpdateCounts total;
  std::vector<Value> upserted;
  const std::vector<Value> statements = ItemsOf(user->command, "updates");
  for (size_t i = 0; i < statements.size(); ++i) {
    Value statement = statements[i];
    Value query = QueryOf(statement, "q");
    Attempt<Value> filter = co_await user->rules->WithFilters(std::move(query));
    if (!filter.ok()) co_return std::move(filter.failure());
    const WriteReach reach = co_await UpdateReach(user, Flag(statement, "upsert"));
    if (reach == WriteReach::kNothing) co_return NoRole(*user);
    Attempt<UpdateCounts> counts;
    if (reach == WriteReach::kAll) {
      counts = co_await UpdateAll(user, std::move(statement), std::move(*filter));
    } else {
      counts = co_await UpdateJudged(user, std::move(statement), std::move(*filter));
    }
    if (!counts.ok()) co_return std::move(counts.failure());
    total.matched += counts->matched;
    total.modified += counts->modified;
    if (!counts->upserted.is(Type::kUndefined)) {
      upserted.push_back(
          Value::Document({{"index", Value::Int32(static_cast<int32_t>(i))}, {"_id", counts->upserted}}));
    }
  }
  co_return UpdateReply(total, std::move(upserted));
}

Task<Attempt<std::string>> DeleteAsUser(UserCallPtr user) {
  int64_t total = 0;
  const std::vector<Value> statements = ItemsOf(user->command, "deletes");
  for (const Value& each : statements) {
    Value statement = each;
    Value query = QueryOf(statement, "q");
    Attempt<Value> filter = co_await user->rules->WithFilters(std::move(query));
    if (!filter.ok()) co_return std::move(filter.failure());
    const WriteReach reach = co_await EraseReach(user);
    if (reach == WriteReach::kNothing) co_return NoRole(*user);
    if (reach == WriteReach::kJudged) {
      Attempt<int64_t> erased = co_await EraseJudged(user, std::move(statement), std::move(*filter));
      if (!erased.ok()) co_return std::move(erased.failure());
      total += *erased;
      continue;
    }
    Value merged = WithQuery(statement, std::move(*filter));
    Attempt<Value> reply = co_await RunStatement(user, "delete", "deletes", std::move(merged));
    if (!reply.ok()) co_return std::move(reply.failure());
    total += CountIn(*reply, "n");
  }
  co_return ejson::ToBson(Value::Document({{"n", Value::Int64(total)}, {"ok", Value::Double(1)}}));
}

Task<Attempt<std::string>> FindAndModifyAsUser(UserCallPtr user) {
  std::string fault = FindProjectionFault(QueryOf(user->command, "fields"));
  if (!fault.empty()) co_return BadParameter(std::move(fault));
  Value query = QueryOf(user->command, "query");
  Value own = query;
  Attempt<Value> filter = co_await user->rules->WithFilters(std::move(query));
  if (!filter.ok()) co_return std::move(filter.failure());
  if (user->rules->is_static()) {
    std::optional<DocumentAccess> access = co_await user->rules->AccessTo(Value(), Value());
    if (!access) co_return NoRole(*user);
  }
  for (int tries = 0; tries < kWriteTriesMax; ++tries) {
    std::shared_ptr<VisibleDocuments> documents = Matching(*user, user->command, own, *filter);
    Attempt<std::optional<VisibleDocument>> next = co_await documents->Next();
    co_await documents->Close();
    if (!next.ok()) co_return std::move(next.failure());
    if (!next->has_value()) {
      if (Flag(user->command, "upsert")) co_return co_await UpsertOfFindAndModify(user);
      co_return MakeReplyWith("value", "");
    }
    Value document = std::move((*next)->value);
    Attempt<std::optional<std::string>> reply = co_await ModifyFound(user, std::move(document));
    if (!reply.ok()) co_return std::move(reply.failure());
    if (reply->has_value()) co_return std::move(**reply);
  }
  co_return WriteConflict();
}

}  // namespace overlock::executor
