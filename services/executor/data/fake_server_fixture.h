// A server of MongoDB that keeps documents in memory and knows as much of its language as the tests need. Tests only.
#ifndef OVERLOCK_SERVICES_EXECUTOR_DATA_FAKE_SERVER_FIXTURE_H_
#define OVERLOCK_SERVICES_EXECUTOR_DATA_FAKE_SERVER_FIXTURE_H_

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/ejson/bson.h"
#include "common/ejson/compare.h"
#include "common/ejson/serialize.h"
#include "services/executor/data/data_sources.h"
#include "services/executor/data/rules/projection.h"
#include "services/executor/data/rules/update.h"

namespace overlock::executor {

class FakeServer : public DataSource, public DataSources {
 public:
  using Value = ejson::Value;
  using Type = Value::Type;

  DataSource* Find(const ServiceCall&) override { return this; }

  Task<DataOutcome> Run(DataCommand command) override {
    absl::StatusOr<Value> parsed = ejson::FromBson(command.command);
    if (!parsed.ok()) co_return DataError{9, "FailedToParse", std::string(parsed.status().message())};
    const Value& message = *parsed;
    databases.push_back(command.database);
    commands.push_back(ejson::ToCanonicalJson(message));
    names.push_back(message.members()[0].key);
    if (on_command) on_command(message);
    if (error) co_return *error;
    co_return DataReply{ejson::ToBson(Answer(message))};
  }

  std::vector<Value> documents;
  // What came, as canonical Extended JSON, its first fields, and where it went.
  std::vector<std::string> commands;
  std::vector<std::string> names;
  std::vector<std::string> databases;
  // Called with each command, before it is done.
  std::function<void(const Value&)> on_command;
  // What every command comes to, if it is set.
  std::optional<DataError> error;
  // How many documents a batch has.
  size_t batch_items = 2;

 private:
  static Value Get(const Value& document, const char* name) {
    const Value* value = document.Find(name);
    return value == nullptr ? Value() : *value;
  }
  static Value DocumentIn(const Value& document, const char* name) {
    Value value = Get(document, name);
    return value.is(Type::kDocument) ? value : Value::Document({});
  }
  static int64_t Number(const Value& document, const char* name) {
    Value value = Get(document, name);
    if (value.is(Type::kInt64)) return value.as_int64();
    return value.is(Type::kInt32) ? value.as_int32() : 0;
  }

  Value Answer(const Value& message) {
    const std::string& name = message.members()[0].key;
    if (name == "find") return Find(message);
    if (name == "getMore") return More(message);
    if (name == "killCursors") {
      open_.clear();
      return Ok({});
    }
    if (name == "insert") return Insert(message);
    if (name == "update") return Update(message);
    if (name == "delete") return Delete(message);
    if (name == "findAndModify") return FindAndModify(message);
    if (name == "count")
      return Ok({{"n", Value::Int32(static_cast<int>(Matching(DocumentIn(message, "query")).size()))}});
    if (name == "aggregate") return Batch("firstBatch", Matching(MatchOf(message)));
    return Ok({});
  }
  static Value Ok(std::vector<ejson::Member> members) {
    members.push_back({"ok", Value::Int32(1)});
    return Value::Document(std::move(members));
  }
  static Value MatchOf(const Value& message) {
    const Value pipeline = Get(message, "pipeline");
    return pipeline.items().empty() ? Value::Document({}) : DocumentIn(pipeline.items()[0], "$match");
  }

  static void Collect(const Value& value, const std::string& path, std::vector<Value>& values) {
    const size_t dot = path.find('.');
    const Value* part = value.Find(path.substr(0, dot));
    if (part == nullptr) return;
    if (dot != std::string::npos) return Collect(*part, path.substr(dot + 1), values);
    values.push_back(*part);
    if (!part->is(Type::kArray)) return;
    for (const Value& item : part->items()) values.push_back(item);
  }
  static bool Holds(const std::string& op, const Value& operand, const std::vector<Value>& values) {
    auto any = [&](auto test) { return std::any_of(values.begin(), values.end(), test); };
    if (op == "$eq") return any([&](const Value& value) { return ejson::Equal(value, operand); });
    if (op == "$gt") return any([&](const Value& value) { return ejson::Compare(value, operand) > 0; });
    if (op == "$ne") return !any([&](const Value& value) { return ejson::Equal(value, operand); });
    if (op == "$in") {
      return any([&](const Value& value) {
        return std::any_of(operand.items().begin(), operand.items().end(),
                           [&](const Value& item) { return ejson::Equal(value, item); });
      });
    }
    return false;
  }
  static bool Matches(const Value& document, const Value& query) {
    return std::all_of(query.members().begin(), query.members().end(), [&](const ejson::Member& member) {
      if (member.key == "$and") {
        return std::all_of(member.value.items().begin(), member.value.items().end(),
                           [&](const Value& part) { return Matches(document, part); });
      }
      std::vector<Value> values;
      Collect(document, member.key, values);
      const bool operators = member.value.is(Type::kDocument) && !member.value.members().empty() &&
                             member.value.members()[0].key.starts_with('$');
      if (!operators) return Holds("$eq", member.value, values);
      return std::all_of(member.value.members().begin(), member.value.members().end(),
                         [&](const ejson::Member& op) { return Holds(op.key, op.value, values); });
    });
  }
  std::vector<Value> Matching(const Value& query) const {
    std::vector<Value> found;
    for (const Value& document : documents) {
      if (Matches(document, query)) found.push_back(document);
    }
    return found;
  }

  Value Batch(const char* field, std::vector<Value> found) {
    open_.assign(found.begin() + static_cast<ptrdiff_t>(std::min(found.size(), batch_items)), found.end());
    found.resize(std::min(found.size(), batch_items));
    Value cursor = Value::Document({{field, Value::Array(std::move(found))},
                                    {"id", Value::Int64(open_.empty() ? 0 : 77)},
                                    {"ns", Value::String("shop.orders")}});
    return Ok({{"cursor", std::move(cursor)}});
  }
  Value Find(const Value& message) {
    std::vector<Value> found = Matching(DocumentIn(message, "filter"));
    const Value sort = DocumentIn(message, "sort");
    if (!sort.members().empty()) {
      const ejson::Member& by = sort.members()[0];
      const bool down = ejson::Compare(by.value, Value::Int32(0)) < 0;
      std::stable_sort(found.begin(), found.end(), [&](const Value& a, const Value& b) {
        const int order = ejson::Compare(Get(a, by.key.c_str()), Get(b, by.key.c_str()));
        return down ? order > 0 : order < 0;
      });
    }
    found.erase(found.begin(), found.begin() + std::min<ptrdiff_t>(Number(message, "skip"), std::ssize(found)));
    if (int64_t limit = Number(message, "limit"); limit > 0 && limit < std::ssize(found)) {
      found.resize(static_cast<size_t>(limit));
    }
    const Value projection = DocumentIn(message, "projection");
    for (Value& document : found) document = Project(document, projection);
    return Batch("firstBatch", std::move(found));
  }
  Value More(const Value&) { return Batch("nextBatch", std::move(open_)); }
  Value Insert(const Value& message) {
    const Value inserted = Get(message, "documents");
    for (const Value& document : inserted.items()) documents.push_back(document);
    return Ok({{"n", Value::Int32(static_cast<int>(inserted.items().size()))}});
  }
  Value Update(const Value& message) {
    int matched = 0;
    int modified = 0;
    for (const Value& statement : Get(message, "updates").items()) {
      for (Value& document : documents) {
        if (!Matches(document, DocumentIn(statement, "q"))) continue;
        ++matched;
        Value changed = *ApplyUpdate(document, Get(statement, "u"), false);
        modified += ejson::Equal(changed, document) ? 0 : 1;
        document = std::move(changed);
        if (!Get(statement, "multi").is(Type::kBool) || !Get(statement, "multi").as_bool()) break;
      }
    }
    return Ok({{"n", Value::Int32(matched)}, {"nModified", Value::Int32(modified)}});
  }
  Value Delete(const Value& message) {
    int count = 0;
    for (const Value& statement : Get(message, "deletes").items()) {
      int64_t left = Number(statement, "limit") == 1 ? 1 : std::ssize(documents);
      std::erase_if(documents, [&](const Value& document) {
        if (left == 0 || !Matches(document, DocumentIn(statement, "q"))) return false;
        --left;
        ++count;
        return true;
      });
    }
    return Ok({{"n", Value::Int32(count)}});
  }
  Value FindAndModify(const Value& message) {
    for (auto it = documents.begin(); it != documents.end(); ++it) {
      if (!Matches(*it, DocumentIn(message, "query"))) continue;
      Value before = *it;
      if (message.Find("remove") != nullptr) {
        documents.erase(it);
        return Ok({{"value", before}});
      }
      *it = *ApplyUpdate(before, Get(message, "update"), false);
      return Ok({{"value", Get(message, "new").as_bool() ? *it : before}});
    }
    return Ok({{"value", Value::Null()}});
  }

  std::vector<Value> open_;
};

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_DATA_FAKE_SERVER_FIXTURE_H_
