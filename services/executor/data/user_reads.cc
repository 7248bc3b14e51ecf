#include "services/executor/data/user_reads.h"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/ejson/bson.h"
#include "common/ejson/compare.h"
#include "services/executor/data/rules/projection.h"
#include "services/executor/data/rules/query_check.h"

namespace overlock::executor {
namespace {

using ejson::Member;
using ejson::Value;
using Type = Value::Type;

constexpr size_t kFirstBatchItems = 101;
constexpr size_t kBatchItems = 1000;
constexpr size_t kBatchBytes = 8 << 20;
constexpr size_t kDistinctBytesMax = 16 << 20;

int64_t NumberOf(const Value& command, std::string_view name) {
  Value value = FieldOf(command, name);
  if (value.is(Type::kInt32)) return value.as_int32();
  return value.is(Type::kInt64) ? value.as_int64() : 0;
}

Value DocumentOr(const Value& command, std::string_view name) {
  Value value = FieldOf(command, name);
  return value.is(Type::kDocument) ? value : Value::Document({});
}

void Copy(const Value& from, std::initializer_list<std::string_view> names, std::vector<Member>& to) {
  for (std::string_view name : names) {
    if (const Value* value = from.Find(name); value != nullptr) to.push_back({std::string(name), *value});
  }
}

Value CountReply(int64_t count) { return Value::Document({{"n", Value::Int64(count)}, {"ok", Value::Double(1)}}); }

// A result of which rules need not see the documents.
class ServerCursor : public UserCursor {
 public:
  ServerCursor(DataTarget target, Value command) : target_(std::move(target)), command_(std::move(command)) {}

  Task<Attempt<CursorReply>> NextBatch() override {
    DataTarget target = target_;
    Value command = std::move(command_);
    Attempt<std::string> reply = co_await RunCommand(std::move(target), std::move(command));
    if (!reply.ok()) co_return std::move(reply.failure());
    std::optional<CursorReply> cursor = ReadCursorReply(*reply);
    if (!cursor) co_return ServiceFailure{"MongoDBError", "the server's reply has no cursor", 0, ""};
    id_ = cursor->id;
    command_ = Value::Document({{"getMore", Value::Int64(id_)}, {"collection", Value::String(target_.collection)}});
    co_return *std::move(cursor);
  }

  Task<void> Close() override {
    if (id_ == 0) co_return;
    DataTarget target = target_;
    target.context = CallContext();
    target.context.deadline = absl::Now() + absl::Seconds(5);
    Value command = Value::Document(
        {{"killCursors", Value::String(target_.collection)}, {"cursors", Value::Array({Value::Int64(id_)})}});
    id_ = 0;
    Attempt<std::string> reply = co_await RunCommand(std::move(target), std::move(command));
    static_cast<void>(reply);
  }

 private:
  const DataTarget target_;
  Value command_;
  int64_t id_ = 0;
};

// A result of which each document is judged.
class JudgedCursor : public UserCursor {
 public:
  struct Shape {
    int64_t skip = 0;
    // Zero for all.
    int64_t limit = 0;
    // Applied one after the other.
    std::vector<Value> projections;
    bool single_batch = false;
  };
  JudgedCursor(std::string name_space, std::unique_ptr<VisibleDocuments> documents, Shape shape)
      : name_space_(std::move(name_space)), documents_(std::move(documents)), shape_(std::move(shape)) {}

  Task<Attempt<CursorReply>> NextBatch() override {
    CursorReply batch;
    batch.name_space = name_space_;
    size_t bytes = 0;
    const size_t items_max = begun_ ? kBatchItems : kFirstBatchItems;
    begun_ = true;
    while (batch.documents.size() < items_max && bytes < kBatchBytes) {
      Attempt<std::optional<VisibleDocument>> next = co_await documents_->Next();
      if (!next.ok()) co_return std::move(next.failure());
      if (!next->has_value()) co_return batch;
      if (shape_.skip > 0) {
        --shape_.skip;
        continue;
      }
      batch.documents.push_back(Shown(**next));
      bytes += batch.documents.back().size();
      if (shape_.limit > 0 && --shape_.limit == 0) {
        co_await documents_->Close();
        co_return batch;
      }
    }
    if (shape_.single_batch) {
      co_await documents_->Close();
    } else {
      batch.id = 1;
    }
    co_return batch;
  }

  Task<void> Close() override { co_await documents_->Close(); }

 private:
  std::string Shown(const VisibleDocument& document) const {
    if (document.access.ReadsAll() && shape_.projections.empty()) return document.bytes;
    Value value = document.access.Readable(document.value);
    for (const Value& projection : shape_.projections) value = Project(value, projection);
    return ejson::ToBson(value);
  }

  const std::string name_space_;
  const std::unique_ptr<VisibleDocuments> documents_;
  Shape shape_;
  bool begun_ = false;
};

// Nothing: the user has no role.
class EmptyCursor : public UserCursor {
 public:
  explicit EmptyCursor(std::string name_space) : name_space_(std::move(name_space)) {}
  Task<Attempt<CursorReply>> NextBatch() override { co_return CursorReply{0, name_space_, {}}; }
  Task<void> Close() override { co_return; }

 private:
  const std::string name_space_;
};

// What a user may read, as far as it is known before there are documents.
enum class Reach { kNothing, kAll, kJudged };

Task<Reach> ReachOf(UserCallPtr user) {
  if (!user->rules->is_static()) co_return Reach::kJudged;
  std::optional<DocumentAccess> access = co_await user->rules->AccessTo(Value(), Value());
  if (!access || access->read == false) co_return Reach::kNothing;
  co_return access->ReadsAll() ? Reach::kAll : Reach::kJudged;
}

std::unique_ptr<VisibleDocuments> Judged(const UserCall& user, Value filter,
                                         std::vector<std::vector<std::string>> more_paths) {
  std::vector<Member> find = {{"find", Value::String(user.target.collection)}, {"filter", std::move(filter)}};
  Copy(user.command, {"sort", "collation", "hint", "maxTimeMS"}, find);
  // The user's own query: filters may look at what the user must not see.
  CollectPaths(DocumentOr(user.command, user.command.Find("filter") != nullptr ? "filter" : "query"), more_paths);
  CollectPaths(DocumentOr(user.command, "sort"), more_paths);
  return std::make_unique<VisibleDocuments>(user.target, Value::Document(std::move(find)), user.rules,
                                            std::move(more_paths));
}

Task<Attempt<int64_t>> CountJudged(std::shared_ptr<VisibleDocuments> documents, int64_t skip, int64_t limit) {
  int64_t count = 0;
  while (limit == 0 || count < limit + skip) {
    Attempt<std::optional<VisibleDocument>> next = co_await documents->Next();
    if (!next.ok()) co_return std::move(next.failure());
    if (!next->has_value()) break;
    ++count;
  }
  co_await documents->Close();
  co_return std::max<int64_t>(count - skip, 0);
}

// The values at the end of a path, each item of an array for itself.
void CollectValues(const Value& value, std::span<const std::string> path, std::vector<Value>& values) {
  if (value.is(Type::kArray)) {
    size_t index = 0;
    const bool by_index = !path.empty() && absl::SimpleAtoi(path[0], &index) && index < value.items().size();
    if (by_index) return CollectValues(value.items()[index], path.subspan(1), values);
    for (const Value& item : value.items()) {
      if (path.empty()) {
        values.push_back(item);
      } else if (item.is(Type::kDocument)) {
        CollectValues(item, path, values);
      }
    }
  } else if (path.empty()) {
    values.push_back(value);
  } else if (const Value* part = value.Find(path[0]); part != nullptr) {
    CollectValues(*part, path.subspan(1), values);
  }
}

Value WithField(const Value& command, std::string_view name, Value value) {
  std::vector<Member> members = command.members();
  auto it = std::find_if(members.begin(), members.end(), [&](const Member& member) { return member.key == name; });
  if (it == members.end()) {
    members.push_back({std::string(name), std::move(value)});
  } else {
    it->value = std::move(value);
  }
  return Value::Document(std::move(members));
}

}  // namespace

Value FieldOf(const Value& command, std::string_view name) {
  const Value* value = command.Find(name);
  return value == nullptr ? Value() : *value;
}

Task<Attempt<UserCursorPtr>> FindAsUser(UserCallPtr user) {
  const std::string name_space = absl::StrCat(user->target.database, ".", user->target.collection);
  Value query = DocumentOr(user->command, "filter");
  Attempt<Value> filter = co_await user->rules->WithFilters(std::move(query));
  if (!filter.ok()) co_return std::move(filter.failure());
  const Reach reach = co_await ReachOf(user);
  if (reach == Reach::kNothing) co_return UserCursorPtr(std::make_shared<EmptyCursor>(name_space));
  if (reach == Reach::kAll && user->rules->projections().empty()) {
    Value find = WithField(user->command, "filter", std::move(*filter));
    co_return UserCursorPtr(std::make_shared<ServerCursor>(user->target, std::move(find)));
  }
  JudgedCursor::Shape shape;
  shape.skip = NumberOf(user->command, "skip");
  shape.limit = NumberOf(user->command, "limit");
  shape.projections = user->rules->projections();
  Value projection = DocumentOr(user->command, "projection");
  if (!projection.members().empty()) shape.projections.push_back(std::move(projection));
  for (const Value& each : shape.projections) {
    std::string fault = FindProjectionFault(each);
    if (!fault.empty()) co_return BadParameter(std::move(fault));
  }
  const Value* single = user->command.Find("singleBatch");
  shape.single_batch = single != nullptr && single->is(Type::kBool) && single->as_bool();
  std::unique_ptr<VisibleDocuments> documents = Judged(*user, std::move(*filter), {});
  co_return UserCursorPtr(std::make_shared<JudgedCursor>(name_space, std::move(documents), std::move(shape)));
}

Task<Attempt<UserCursorPtr>> AggregateAsUser(UserCallPtr user) {
  Value pipeline = FieldOf(user->command, "pipeline");
  if (!pipeline.is(Type::kArray)) co_return BadParameter("pipeline: must be an array");
  if (std::optional<std::string> stage = FindForbiddenStage(pipeline); stage) {
    co_return Forbidden(
        absl::StrCat("aggregate of ", NamespaceOf(*user->call), ": ", *stage, " is for system functions"));
  }
  Attempt<Value> filter = co_await user->rules->WithFilters(Value::Document({}));
  if (!filter.ok()) co_return std::move(filter.failure());
  const Reach reach = co_await ReachOf(user);
  if (reach == Reach::kNothing) {
    co_return UserCursorPtr(std::make_shared<EmptyCursor>(NamespaceOf(*user->call)));
  }
  if (reach == Reach::kJudged) {
    co_return Forbidden(absl::StrCat("aggregate of ", NamespaceOf(*user->call),
                                     ": the user's role must read whole documents, whatever they hold; "
                                     "filters may choose which"));
  }
  std::vector<Value> stages;
  if (!filter->members().empty()) stages.push_back(Value::Document({{"$match", std::move(*filter)}}));
  for (const Value& projection : user->rules->projections()) {
    stages.push_back(Value::Document({{"$project", projection}}));
  }
  for (const Value& stage : pipeline.items()) stages.push_back(stage);
  Value command = WithField(user->command, "pipeline", Value::Array(std::move(stages)));
  co_return UserCursorPtr(std::make_shared<ServerCursor>(user->target, std::move(command)));
}

Task<Attempt<std::string>> CountAsUser(UserCallPtr user) {
  Value query = DocumentOr(user->command, "query");
  Attempt<Value> filter = co_await user->rules->WithFilters(std::move(query));
  if (!filter.ok()) co_return std::move(filter.failure());
  const Reach reach = co_await ReachOf(user);
  if (reach == Reach::kNothing) co_return ejson::ToBson(CountReply(0));
  if (reach == Reach::kAll) {
    Value command = WithField(user->command, "query", std::move(*filter));
    DataTarget target = user->target;
    co_return co_await RunCommand(std::move(target), std::move(command));
  }
  std::shared_ptr<VisibleDocuments> documents = Judged(*user, std::move(*filter), {});
  const int64_t skip = NumberOf(user->command, "skip");
  const int64_t limit = NumberOf(user->command, "limit");
  Attempt<int64_t> count = co_await CountJudged(std::move(documents), skip, limit);
  if (!count.ok()) co_return std::move(count.failure());
  co_return ejson::ToBson(CountReply(*count));
}

Task<Attempt<std::string>> CountDocumentsAsUser(UserCallPtr user) {
  Value pipeline = FieldOf(user->command, "pipeline");
  std::vector<Member> count = {{"count", Value::String(user->target.collection)}};
  for (const Value& stage : pipeline.is(Type::kArray) ? pipeline.items() : std::vector<Value>()) {
    if (const Value* match = stage.Find("$match"); match != nullptr) count.push_back({"query", *match});
    if (const Value* skip = stage.Find("$skip"); skip != nullptr) count.push_back({"skip", *skip});
    if (const Value* limit = stage.Find("$limit"); limit != nullptr) count.push_back({"limit", *limit});
  }
  Copy(user->command, {"collation", "hint", "maxTimeMS"}, count);
  auto counting = std::make_shared<UserCall>(*user);
  counting->command = Value::Document(std::move(count));
  UserCallPtr counted = std::move(counting);
  Attempt<std::string> reply = co_await CountAsUser(std::move(counted));
  if (!reply.ok()) co_return reply;
  absl::StatusOr<Value> value = ejson::FromBson(*reply);
  const Value n = value.ok() ? FieldOf(*value, "n") : Value();
  CursorReply cursor;
  cursor.name_space = NamespaceOf(*user->call);
  cursor.documents.push_back(ejson::ToBson(Value::Document({{"_id", Value::Int32(1)}, {"n", n}})));
  co_return MakeCursorReply(cursor, /*is_more=*/false);
}

Task<Attempt<std::string>> DistinctAsUser(UserCallPtr user) {
  Value key = FieldOf(user->command, "key");
  if (!key.is(Type::kString)) co_return BadParameter("key: must be a string");
  Value query = DocumentOr(user->command, "query");
  Attempt<Value> filter = co_await user->rules->WithFilters(std::move(query));
  if (!filter.ok()) co_return std::move(filter.failure());
  const Reach reach = co_await ReachOf(user);
  if (reach == Reach::kAll && user->rules->projections().empty()) {
    Value command = WithField(user->command, "query", std::move(*filter));
    DataTarget target = user->target;
    co_return co_await RunCommand(std::move(target), std::move(command));
  }
  std::vector<Value> values;
  if (reach != Reach::kNothing) {
    const std::vector<std::string> path = absl::StrSplit(key.as_string(), '.');
    std::unique_ptr<VisibleDocuments> documents = Judged(*user, std::move(*filter), {path});
    size_t bytes = 0;
    while (true) {
      Attempt<std::optional<VisibleDocument>> next = co_await documents->Next();
      if (!next.ok()) co_return std::move(next.failure());
      if (!next->has_value()) break;
      Value shown = (*next)->access.Readable((*next)->value);
      for (const Value& projection : user->rules->projections()) shown = Project(shown, projection);
      CollectValues(shown, path, values);
      bytes += (*next)->bytes.size();
      if (bytes > kDistinctBytesMax) co_return BadParameter("distinct: more than 16 MiB of documents to look at");
    }
  }
  std::sort(values.begin(), values.end(), [](const Value& a, const Value& b) { return ejson::Compare(a, b) < 0; });
  values.erase(std::unique(values.begin(), values.end(), ejson::Equal), values.end());
  co_return ejson::ToBson(Value::Document({{"values", Value::Array(std::move(values))}, {"ok", Value::Double(1)}}));
}

}  // namespace overlock::executor
