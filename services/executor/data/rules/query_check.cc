#include "services/executor/data/rules/query_check.h"

#include <algorithm>
#include <iterator>
#include <string_view>

#include "absl/strings/str_split.h"

namespace overlock::executor {
namespace {

using ejson::Member;
using ejson::Value;
using Type = Value::Type;

constexpr std::string_view kForbiddenOperators[] = {
    "$where",        "$text",         "$regex",      "$options",     "$expr",          "$jsonSchema", "$geoWithin",
    "$within",       "$near",         "$nearSphere", "$geoNear",     "$geoIntersects", "$geometry",   "$box",
    "$center",       "$centerSphere", "$polygon",    "$maxDistance", "$minDistance",   "$bitsAllSet", "$bitsAnySet",
    "$bitsAllClear", "$bitsAnyClear", "$function",   "$accumulator"};

constexpr std::string_view kStages[] = {"$match",  "$project",    "$addFields",       "$set",         "$unset",
                                        "$group",  "$sort",       "$limit",           "$skip",        "$unwind",
                                        "$count",  "$sample",     "$replaceRoot",     "$replaceWith", "$sortByCount",
                                        "$bucket", "$bucketAuto", "$setWindowFields", "$densify",     "$fill"};

constexpr std::string_view kStagesForNobody[] = {"$currentOp", "$indexStats"};

template <class Names>
bool Contains(const Names& names, std::string_view name) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

const Member* StageOf(const Value& stage) {
  return stage.is(Type::kDocument) && stage.members().size() == 1 ? &stage.members()[0] : nullptr;
}

}  // namespace

std::optional<std::string> FindForbiddenOperator(const Value& value) {
  if (value.is(Type::kRegex)) return "$regex";
  if (value.is(Type::kArray)) {
    for (const Value& item : value.items()) {
      if (auto found = FindForbiddenOperator(item); found) return found;
    }
  }
  if (!value.is(Type::kDocument)) return std::nullopt;
  for (const Member& member : value.members()) {
    if (Contains(kForbiddenOperators, member.key)) return member.key;
    if (auto found = FindForbiddenOperator(member.value); found) return found;
  }
  return std::nullopt;
}

std::optional<std::string> FindForbiddenStage(const Value& pipeline) {
  for (const Value& stage : pipeline.items()) {
    const Member* member = StageOf(stage);
    if (member == nullptr) return "a stage that is no document with one field";
    if (!Contains(kStages, member->key)) return member->key;
    if (auto found = FindForbiddenOperator(member->value); found) return found;
  }
  return std::nullopt;
}

std::optional<std::string> FindStageForNobody(const Value& pipeline) {
  if (pipeline.is(Type::kArray)) {
    for (const Value& stage : pipeline.items()) {
      if (auto found = FindStageForNobody(stage); found) return found;
    }
  }
  if (!pipeline.is(Type::kDocument)) return std::nullopt;
  for (const Member& member : pipeline.members()) {
    if (Contains(kStagesForNobody, member.key)) return member.key;
    if (auto found = FindStageForNobody(member.value); found) return found;
  }
  return std::nullopt;
}

void CollectPaths(const Value& query, std::vector<std::vector<std::string>>& paths) {
  if (!query.is(Type::kDocument)) return;
  for (const Member& member : query.members()) {
    if (!member.key.starts_with('$')) {
      paths.push_back(absl::StrSplit(member.key, '.'));
    } else if (member.value.is(Type::kArray)) {
      for (const Value& item : member.value.items()) CollectPaths(item, paths);
    } else {
      CollectPaths(member.value, paths);
    }
  }
}

}  // namespace overlock::executor
