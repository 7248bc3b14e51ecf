#include "services/executor/data/rules/document_access.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "common/ejson/compare.h"

namespace overlock::executor {
namespace {

using ejson::Member;
using ejson::Value;
using Type = Value::Type;
using Fields = std::map<std::string, FieldAccess, std::less<>>;

const FieldAccess* Find(const Fields& fields, std::string_view name) {
  auto it = fields.find(name);
  return it == fields.end() ? nullptr : &it->second;
}

bool IsIndex(const std::string& part) {
  size_t index = 0;
  return absl::SimpleAtoi(part, &index);
}

// Undefined for nothing.
Value ReadableIn(const Value& value, const FieldAccess& access) {
  if (access.read) return value;
  if (access.fields.empty()) return Value();
  if (value.is(Type::kArray)) {
    std::vector<Value> items;
    for (const Value& item : value.items()) {
      if (Value part = ReadableIn(item, access); !part.is(Type::kUndefined)) items.push_back(std::move(part));
    }
    return items.empty() ? Value() : Value::Array(std::move(items));
  }
  if (!value.is(Type::kDocument)) return Value();
  std::vector<Member> members;
  for (const Member& member : value.members()) {
    const FieldAccess* field = Find(access.fields, member.key);
    if (field == nullptr) continue;
    if (Value part = ReadableIn(member.value, *field); !part.is(Type::kUndefined)) {
      members.push_back({member.key, std::move(part)});
    }
  }
  return members.empty() ? Value() : Value::Document(std::move(members));
}

bool MayWriteIn(const Value& value, const FieldAccess& access) {
  if (access.write) return true;
  if (access.fields.empty() || !value.is(Type::kDocument)) return false;
  return std::all_of(value.members().begin(), value.members().end(), [&](const Member& member) {
    const FieldAccess* field = Find(access.fields, member.key);
    return field != nullptr && MayWriteIn(member.value, *field);
  });
}

// Calls `visit(name, before, after)` for each field in which the two differ, null where it is not there, until it
// returns false; returns whether it never did.
template <class Visit>
bool ForEachChange(const Value& before, const Value& after, const Visit& visit) {
  for (const Member& member : before.members()) {
    const Value* now = after.Find(member.key);
    if (now != nullptr && ejson::Equal(member.value, *now)) continue;
    if (!visit(member.key, &member.value, now)) return false;
  }
  return std::all_of(after.members().begin(), after.members().end(), [&](const Member& member) {
    return before.Find(member.key) != nullptr || visit(member.key, nullptr, &member.value);
  });
}

bool MayChangeIn(const Value* before, const Value* after, const FieldAccess& access) {
  if (access.write) return true;
  if (access.fields.empty()) return false;
  const Value none = Value::Document({});
  const Value& first = before == nullptr ? none : *before;
  const Value& second = after == nullptr ? none : *after;
  if (!first.is(Type::kDocument) || !second.is(Type::kDocument)) return false;
  return ForEachChange(first, second, [&](const std::string& name, const Value* was, const Value* is) {
    const FieldAccess* field = Find(access.fields, name);
    return field != nullptr && MayChangeIn(was, is, *field);
  });
}

bool WritesSomething(const FieldAccess& access) {
  return access.write || std::any_of(access.fields.begin(), access.fields.end(),
                                     [](const auto& field) { return WritesSomething(field.second); });
}

}  // namespace

Value DocumentAccess::Readable(const Value& document) const {
  if (read.has_value()) return *read ? document : Value();
  std::vector<Member> members;
  for (const Member& member : document.members()) {
    const FieldAccess* field = Find(fields, member.key);
    Value part = ReadableIn(member.value, field == nullptr ? additional : *field);
    if (!part.is(Type::kUndefined)) members.push_back({member.key, std::move(part)});
  }
  return members.empty() ? Value() : Value::Document(std::move(members));
}

bool DocumentAccess::MayRead(std::span<const std::string> path) const {
  if (read.has_value()) return *read;
  if (path.empty()) return false;
  const FieldAccess* access = Find(fields, path[0]);
  if (access == nullptr) access = &additional;
  for (const std::string& part : path.subspan(1)) {
    if (access->read) return true;
    if (IsIndex(part)) continue;
    access = Find(access->fields, part);
    if (access == nullptr) return false;
  }
  return access->read;
}

bool DocumentAccess::MayWrite(const Value& document) const {
  if (write.has_value()) return *write;
  return std::all_of(document.members().begin(), document.members().end(), [&](const Member& member) {
    // Each document has one, whoever may write what.
    if (member.key == "_id") return true;
    const FieldAccess* field = Find(fields, member.key);
    return MayWriteIn(member.value, field == nullptr ? additional : *field);
  });
}

bool DocumentAccess::MayChange(const Value& before, const Value& after) const {
  if (write.has_value()) return *write;
  return ForEachChange(before, after, [&](const std::string& name, const Value* was, const Value* is) {
    const FieldAccess* field = Find(fields, name);
    return MayChangeIn(was, is, field == nullptr ? additional : *field);
  });
}

bool DocumentAccess::MayErase() const {
  if (!erase) return false;
  if (write.has_value()) return *write;
  return WritesSomething(additional) ||
         std::any_of(fields.begin(), fields.end(), [](const auto& field) { return WritesSomething(field.second); });
}

}  // namespace overlock::executor
