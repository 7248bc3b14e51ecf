#include "services/executor/data/rules/projection.h"

#include <map>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/ejson/compare.h"

namespace overlock::executor {
namespace {

using ejson::Member;
using ejson::Value;
using Type = Value::Type;

// The fields that a projection names.
struct Tree {
  std::map<std::string, Tree> parts;
};

bool IsFlag(const Value& value) { return value.is(Type::kBool) || value.is_number(); }
bool IsWanted(const Value& value) {
  return value.is(Type::kBool) ? value.as_bool() : !ejson::Equal(value, Value::Int32(0));
}

// Whether it names what is wanted; `_id` alone decides only where nothing else stands.
bool Includes(const Value& projection) {
  const Value* id = nullptr;
  for (const Member& member : projection.members()) {
    if (member.key != "_id") return IsWanted(member.value);
    id = &member.value;
  }
  return id != nullptr && IsWanted(*id);
}

// Undefined for nothing.
Value Apply(const Value& value, const Tree& tree, bool include) {
  if (value.is(Type::kArray)) {
    std::vector<Value> items;
    for (const Value& item : value.items()) {
      if (Value part = Apply(item, tree, include); !part.is(Type::kUndefined)) items.push_back(std::move(part));
    }
    return Value::Array(std::move(items));
  }
  if (!value.is(Type::kDocument)) return include ? Value() : value;
  std::vector<Member> members;
  for (const Member& member : value.members()) {
    auto it = tree.parts.find(member.key);
    if (it == tree.parts.end()) {
      if (!include) members.push_back(member);
    } else if (!it->second.parts.empty()) {
      Value part = Apply(member.value, it->second, include);
      if (!part.is(Type::kUndefined)) members.push_back({member.key, std::move(part)});
    } else if (include) {
      members.push_back(member);
    }
  }
  return Value::Document(std::move(members));
}

}  // namespace

std::string FindProjectionFault(const Value& projection) {
  const bool include = Includes(projection);
  for (const Member& member : projection.members()) {
    if (!IsFlag(member.value) || member.key.starts_with('$') || member.key.ends_with(".$")) {
      return absl::StrCat("projection.", member.key, ": must be 1 or 0 where rules look at documents");
    }
    if (member.key != "_id" && IsWanted(member.value) != include) {
      return absl::StrCat("projection.", member.key, ": 1 and 0 cannot stand together");
    }
  }
  return "";
}

Value Project(const Value& document, const Value& projection) {
  if (projection.members().empty()) return document;
  const bool include = Includes(projection);
  Tree tree;
  bool id = true;
  for (const Member& member : projection.members()) {
    if (member.key == "_id") {
      id = IsWanted(member.value);
      continue;
    }
    Tree* at = &tree;
    for (absl::string_view part : absl::StrSplit(member.key, '.')) at = &at->parts[std::string(part)];
  }
  if (include == id) tree.parts["_id"];
  return Apply(document, tree, include);
}

}  // namespace overlock::executor
