#include "services/executor/data/document_writer.h"

#include <openssl/rand.h>

#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/ejson/bson.h"
#include "services/executor/data/rules/update.h"

namespace overlock::executor {

using ejson::Member;
using ejson::Value;
using Type = Value::Type;

namespace {

// An ObjectId as drivers make it: the time, and what nobody else has.
Value NewId() {
  ejson::ObjectId id;
  const auto seconds = static_cast<uint32_t>(absl::ToUnixSeconds(absl::Now()));
  for (int i = 0; i < 4; ++i) id.bytes[i] = static_cast<uint8_t>(seconds >> (24 - 8 * i));
  if (RAND_bytes(&id.bytes[4], static_cast<int>(id.bytes.size()) - 4) != 1) std::abort();
  return Value::Of(id);
}

Value WithId(const Value& document) {
  if (document.Find("_id") != nullptr) return document;
  std::vector<Member> members = {{"_id", NewId()}};
  members.insert(members.end(), document.members().begin(), document.members().end());
  return Value::Document(std::move(members));
}

}  // namespace

Value SameDocument(const Value& document) {
  std::vector<Member> query;
  for (const Member& member : document.members()) {
    if (member.key.empty() || member.key.starts_with('$') || member.key.find('.') != std::string::npos) continue;
    if (member.value.is(Type::kUndefined)) continue;
    query.push_back({member.key, Value::Document({{"$eq", member.value}})});
  }
  return Value::Document(std::move(query));
}

Task<Attempt<Value>> JudgeUpdate(UserCallPtr user, Value before, Value update) {
  absl::StatusOr<Value> after = ApplyUpdate(before, update, /*is_insert=*/false);
  if (!after.ok()) co_return BadParameter(std::string(after.status().message()));
  Value next = *after;
  std::optional<ServiceFailure> refusal = co_await user->rules->RefuseUpdate(std::move(before), std::move(next));
  if (refusal) co_return *std::move(refusal);
  co_return *std::move(after);
}

Task<Attempt<Value>> JudgeUpsert(UserCallPtr user, Value query, Value update) {
  Value seed = SeedOf(query);
  absl::StatusOr<Value> made = ApplyUpdate(seed, update, /*is_insert=*/true);
  if (!made.ok()) co_return BadParameter(std::string(made.status().message()));
  Value document = WithId(*made);
  Value copy = document;
  std::optional<ServiceFailure> refusal = co_await user->rules->RefuseInsert(std::move(copy));
  if (refusal) co_return *std::move(refusal);
  co_return document;
}

Task<Attempt<Value>> RunWrite(UserCallPtr user, std::vector<Member> command) {
  DataTarget target = user->target;
  Value message = Value::Document(std::move(command));
  Attempt<std::string> reply = co_await RunCommand(std::move(target), std::move(message));
  if (!reply.ok()) co_return std::move(reply.failure());
  absl::StatusOr<Value> value = ejson::FromBson(*reply);
  if (!value.ok()) co_return ServiceFailure{"MongoDBError", "the server's reply cannot be read", 0, ""};
  const Value* errors = value->Find("writeErrors");
  if (errors == nullptr || !errors->is(Type::kArray) || errors->items().empty()) co_return *std::move(value);
  const Value& error = errors->items()[0];
  const Value text = FieldOf(error, "errmsg");
  const Value code = FieldOf(error, "code");
  ServiceFailure failure{"MongoDBError", text.is(Type::kString) ? text.as_string() : "a document was not written", 0,
                         ""};
  if (code.is(Type::kInt32)) failure.number = code.as_int32();
  if (failure.number == 11000) failure.name = "DuplicateKey";
  co_return failure;
}

Task<Attempt<bool>> InsertOne(UserCallPtr user, Value document) {
  std::vector<Member> command = {{"insert", Value::String(user->target.collection)},
                                 {"documents", Value::Array({std::move(document)})}};
  Attempt<Value> reply = co_await RunWrite(user, std::move(command));
  if (!reply.ok()) co_return std::move(reply.failure());
  co_return true;
}

ServiceFailure WriteConflict() {
  return {"MongoDBError", "the document was changed by others again and again while rules looked at it", 112,
          "WriteConflict"};
}

}  // namespace overlock::executor
