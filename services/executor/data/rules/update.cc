#include "services/executor/data/rules/update.h"

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "common/ejson/compare.h"
#include "common/status/status.h"

namespace overlock::executor {
namespace {

using ejson::Member;
using ejson::Value;
using Type = Value::Type;
using Path = std::span<const std::string>;

absl::Status Unsupported(std::string_view what) {
  return Error(absl::StatusCode::kInvalidArgument, "UPDATE_UNSUPPORTED", what);
}

// A field's new value, made of its old one, which is undefined where there was none. Undefined removes the field.
template <class Change>
absl::StatusOr<Value> ChangeAt(const Value& value, Path path, const Change& change) {
  if (path.empty()) return change(value);
  const std::string& name = path[0];
  if (value.is(Type::kArray)) {
    size_t index = 0;
    if (!absl::SimpleAtoi(name, &index) || index > value.items().size()) {
      return Unsupported(absl::StrCat("'", name, "' is no index of the array"));
    }
    std::vector<Value> items = value.items();
    if (index == items.size()) items.emplace_back();
    OVERLOCK_ASSIGN_OR_RETURN(Value changed, ChangeAt(items[index], path.subspan(1), change));
    // An item that is removed becomes null.
    items[index] = changed.is(Type::kUndefined) ? Value::Null() : std::move(changed);
    return Value::Array(std::move(items));
  }
  if (!value.is(Type::kDocument) && !value.is(Type::kUndefined)) {
    return Unsupported(absl::StrCat("there is no field '", name, "' in ", Describe(value.type())));
  }
  std::vector<Member> members;
  if (value.is(Type::kDocument)) members = value.members();
  auto it = std::find_if(members.begin(), members.end(), [&](const Member& member) { return member.key == name; });
  Value old = it == members.end() ? Value() : it->value;
  OVERLOCK_ASSIGN_OR_RETURN(Value changed, ChangeAt(old, path.subspan(1), change));
  if (changed.is(Type::kUndefined)) {
    if (it != members.end()) members.erase(it);
    if (members.empty() && value.is(Type::kUndefined)) return Value();
  } else if (it != members.end()) {
    it->value = std::move(changed);
  } else {
    members.push_back({name, std::move(changed)});
  }
  return Value::Document(std::move(members));
}

double ToDouble(const Value& value) {
  switch (value.type()) {
    case Type::kInt32:
      return value.as_int32();
    case Type::kInt64:
      return static_cast<double>(value.as_int64());
    default:
      return value.as_double();
  }
}

absl::StatusOr<Value> Calculate(const Value& old, const Value& operand, bool multiply) {
  if (!operand.is_number()) return Unsupported("$inc and $mul need a number");
  if (!old.is(Type::kUndefined) && !old.is_number()) return Unsupported("$inc and $mul of what is no number");
  if (old.is(Type::kDecimal128) || operand.is(Type::kDecimal128)) {
    return Unsupported("$inc and $mul of Decimal128 are not supported where rules look at documents");
  }
  const Value first = old.is(Type::kUndefined) ? Value::Int32(0) : old;
  if (first.is(Type::kDouble) || operand.is(Type::kDouble)) {
    return Value::Double(multiply ? ToDouble(first) * ToDouble(operand) : ToDouble(first) + ToDouble(operand));
  }
  auto whole = [](const Value& value) { return value.is(Type::kInt32) ? value.as_int32() : value.as_int64(); };
  int64_t result = 0;
  const bool overflow = multiply ? __builtin_mul_overflow(whole(first), whole(operand), &result)
                                 : __builtin_add_overflow(whole(first), whole(operand), &result);
  if (overflow) return Unsupported("$inc and $mul beyond 64 bits");
  const bool is_long = first.is(Type::kInt64) || operand.is(Type::kInt64) || result != static_cast<int32_t>(result);
  return is_long ? Value::Int64(result) : Value::Int32(static_cast<int32_t>(result));
}

absl::StatusOr<std::vector<Value>> ItemsOf(const Value& old, std::string_view op) {
  if (old.is(Type::kUndefined)) return std::vector<Value>();
  if (!old.is(Type::kArray)) return Unsupported(absl::StrCat(op, " of what is no array"));
  return old.items();
}

bool HasOperators(const Value& value) {
  return value.is(Type::kDocument) && !value.members().empty() && value.members()[0].key.starts_with('$');
}

// $push and $addToSet.
absl::StatusOr<Value> AddItems(const Value& old, const Value& operand, std::string_view op) {
  OVERLOCK_ASSIGN_OR_RETURN(std::vector<Value> items, ItemsOf(old, op));
  std::vector<Value> added = {operand};
  if (HasOperators(operand)) {
    const Value* each = operand.Find("$each");
    if (each == nullptr || !each->is(Type::kArray) || operand.members().size() != 1) {
      return Unsupported(absl::StrCat(op, " with more than $each is not supported where rules look at documents"));
    }
    added = each->items();
  }
  for (Value& item : added) {
    bool there = op == "$addToSet" &&
                 std::any_of(items.begin(), items.end(), [&](const Value& other) { return ejson::Equal(other, item); });
    if (!there) items.push_back(std::move(item));
  }
  return Value::Array(std::move(items));
}

// $pull and $pullAll.
absl::StatusOr<Value> RemoveItems(const Value& old, const Value& operand, std::string_view op) {
  if (old.is(Type::kUndefined)) return old;
  OVERLOCK_ASSIGN_OR_RETURN(std::vector<Value> items, ItemsOf(old, op));
  std::vector<Value> removed = {operand};
  if (op == "$pullAll") {
    if (!operand.is(Type::kArray)) return Unsupported("$pullAll needs an array");
    removed = operand.items();
  } else if (operand.is(Type::kDocument) || operand.is(Type::kRegex)) {
    return Unsupported("$pull by a condition is not supported where rules look at documents");
  }
  std::erase_if(items, [&](const Value& item) {
    return std::any_of(removed.begin(), removed.end(), [&](const Value& other) { return ejson::Equal(other, item); });
  });
  return Value::Array(std::move(items));
}

absl::StatusOr<Value> Pop(const Value& old, const Value& operand) {
  if (old.is(Type::kUndefined)) return old;
  OVERLOCK_ASSIGN_OR_RETURN(std::vector<Value> items, ItemsOf(old, "$pop"));
  if (!operand.is_number()) return Unsupported("$pop needs 1 or -1");
  if (!items.empty()) items.erase(ejson::Compare(operand, Value::Int32(0)) < 0 ? items.begin() : items.end() - 1);
  return Value::Array(std::move(items));
}

absl::StatusOr<Value> ChangeBy(const std::string& op, const Value& operand, const Value& old) {
  if (op == "$set" || op == "$setOnInsert") return operand;
  if (op == "$unset") return Value();
  if (op == "$inc" || op == "$mul") return Calculate(old, operand, op == "$mul");
  if (op == "$min" || op == "$max") {
    const int order = old.is(Type::kUndefined) ? 0 : ejson::Compare(operand, old);
    return old.is(Type::kUndefined) || (op == "$min" ? order < 0 : order > 0) ? operand : old;
  }
  if (op == "$push" || op == "$addToSet") return AddItems(old, operand, op);
  if (op == "$pull" || op == "$pullAll") return RemoveItems(old, operand, op);
  if (op == "$pop") return Pop(old, operand);
  if (op == "$currentDate") {
    const Value* type = operand.Find("$type");
    if (type != nullptr && type->is(Type::kString) && type->as_string() == "timestamp") {
      return Value::Of(ejson::Timestamp{static_cast<uint32_t>(absl::ToUnixSeconds(absl::Now())), 1});
    }
    return Value::Of(ejson::Date{absl::ToUnixMillis(absl::Now())});
  }
  return Unsupported(absl::StrCat(op, " is not supported where rules look at documents"));
}

absl::StatusOr<std::vector<std::string>> PathOf(const std::string& key) {
  std::vector<std::string> path = absl::StrSplit(key, '.');
  for (const std::string& part : path) {
    if (part.empty()) return Unsupported(absl::StrCat("'", key, "' has an empty name in its path"));
    if (part.starts_with('$')) {
      return Unsupported(absl::StrCat("'", key, "': `$` in paths is not supported where rules look at documents"));
    }
  }
  return path;
}

absl::StatusOr<Value> Rename(const Value& document, const std::string& from, const Value& to) {
  if (!to.is(Type::kString)) return Unsupported("$rename needs the new name");
  OVERLOCK_ASSIGN_OR_RETURN(std::vector<std::string> source, PathOf(from));
  OVERLOCK_ASSIGN_OR_RETURN(std::vector<std::string> target, PathOf(to.as_string()));
  Value moved;
  auto take = [&moved](const Value& old) -> absl::StatusOr<Value> {
    moved = old;
    return Value();
  };
  OVERLOCK_ASSIGN_OR_RETURN(Value without, ChangeAt(document, source, take));
  if (moved.is(Type::kUndefined)) return document;
  auto put = [&moved](const Value&) -> absl::StatusOr<Value> { return moved; };
  return ChangeAt(without, target, put);
}

// With the `_id` of the document that it replaces.
Value Replacement(const Value& document, const Value& replacement) {
  std::vector<Member> members;
  if (const Value* id = document.Find("_id"); id != nullptr) members.push_back({"_id", *id});
  for (const Member& member : replacement.members()) {
    if (member.key != "_id" || members.empty()) members.push_back(member);
  }
  return Value::Document(std::move(members));
}

}  // namespace

absl::StatusOr<Value> ApplyUpdate(const Value& document, const Value& update, bool is_insert) {
  if (!update.is(Type::kDocument)) {
    return Unsupported("updates by a pipeline are not supported where rules look at documents");
  }
  if (!HasOperators(update)) return Replacement(document, update);
  Value result = document;
  for (const Member& part : update.members()) {
    const std::string& op = part.key;
    if (!part.value.is(Type::kDocument)) return Unsupported(absl::StrCat(op, " needs an object"));
    if (op == "$setOnInsert" && !is_insert) continue;
    for (const Member& field : part.value.members()) {
      if (op == "$rename") {
        OVERLOCK_ASSIGN_OR_RETURN(result, Rename(result, field.key, field.value));
        continue;
      }
      OVERLOCK_ASSIGN_OR_RETURN(std::vector<std::string> path, PathOf(field.key));
      auto change = [&](const Value& old) { return ChangeBy(op, field.value, old); };
      OVERLOCK_ASSIGN_OR_RETURN(result, ChangeAt(result, path, change));
    }
  }
  return result;
}

Value SeedOf(const Value& query) {
  std::vector<Member> members;
  for (const Member& member : query.members()) {
    const Value* equal = &member.value;
    if (HasOperators(member.value)) equal = member.value.members().size() == 1 ? member.value.Find("$eq") : nullptr;
    if (equal == nullptr || member.key.starts_with('$') || member.key.find('.') != std::string::npos) continue;
    members.push_back({member.key, *equal});
  }
  return Value::Document(std::move(members));
}

}  // namespace overlock::executor
