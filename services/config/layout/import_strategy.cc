#include "services/config/layout/import_strategy.h"

#include <optional>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/crypto/hmac.h"
#include "services/config/json_text.h"
#include "services/config/object_reader.h"

namespace overlock::config {
namespace {

// `"5e..."` or, in 2017's files, `{"$oid": "5e..."}`.
std::optional<std::string> IdText(const JsonValue& value) {
  if (value.kind == JsonValue::Kind::kString) return value.text;
  const JsonValue* oid = value.kind == JsonValue::Kind::kObject ? value.Find("$oid") : nullptr;
  if (oid != nullptr && oid->kind == JsonValue::Kind::kString) return oid->text;
  return std::nullopt;
}

std::string DeriveId(const AppEntity& entity, int salt) {
  // As ids have always been made.
  std::string kind = absl::StrReplaceAll(KindWord(entity.kind), {{" ", "_"}});
  std::string key = absl::StrCat("overlock entity id\n", kind, "\n");
  if (!entity.parent.empty()) absl::StrAppend(&key, entity.parent, "\n");
  absl::StrAppend(&key, entity.name);
  if (salt > 0) absl::StrAppend(&key, "\n", salt);
  return absl::BytesToHexString(crypto::Sha256(key).substr(0, 12));
}

using IdKey = std::pair<v1::EntityKind, std::string>;
using NameKey = std::tuple<v1::EntityKind, std::string, std::string>;

NameKey NameOf(const AppEntity& entity) { return {entity.kind, entity.parent, entity.name}; }

class Joiner {
 public:
  Joiner(const AppTree* current, v1::ImportStrategy strategy, ImportProblems& problems)
      : current_(current), strategy_(strategy), problems_(problems) {
    if (current == nullptr) return;
    for (const AppEntity& entity : current->entities) {
      by_id_[{entity.kind, entity.id}] = &entity;
      by_name_[NameOf(entity)] = &entity;
      used_.insert(entity.id);
    }
  }

  AppTree Join(AppTree proposed) {
    by_names_ = strategy_ == v1::IMPORT_STRATEGY_REPLACE_BY_NAME || proposed.layout == v1::LAYOUT_REALM_2;
    for (AppEntity& entity : proposed.entities) Resolve(proposed.layout, entity);
    for (AppEntity& entity : proposed.entities) {
      if (entity.id.empty()) entity.id = NewId(entity);
    }
    if (merges()) AddWhatIsMissing(proposed);
    if (current_ != nullptr && !proposed.has_hosting) KeepHosting(proposed);
    SortEntities(proposed);
    return proposed;
  }

 private:
  bool merges() const { return current_ != nullptr && strategy_ == v1::IMPORT_STRATEGY_MERGE; }

  // The id that the configuration gives; it is taken out where an export puts it back. Empty if there is none.
  std::string TakeId(v1::Layout layout, AppEntity& entity) {
    ObjectReader reader(entity.origin.file, entity.origin.path, entity.config, problems_);
    std::string found;
    for (const char* field : {"id", "_id"}) {
      const JsonValue* value = reader.Any(field);
      if (value == nullptr || value->kind == JsonValue::Kind::kNull || !found.empty()) continue;
      std::optional<std::string> id = IdText(*value);
      if (!id) {
        reader.AddError(field, absl::StrCat("must be a string of 24 hexadecimal digits, not ", Describe(value->kind)));
      } else if (IsObjectId(*id)) {
        found = absl::AsciiStrToLower(*id);
      } else if (!id->empty() && merges() && !by_names_) {
        reader.AddError(field, "must be 24 hexadecimal digits; leave it out to add a new one");
      } else if (!id->empty() && !by_names_) {
        reader.AddWarning(field, "is not 24 hexadecimal digits and is replaced");
      }
    }
    if (layout != v1::LAYOUT_REALM_2) {
      RemoveMember(entity.config, "id");
      RemoveMember(entity.config, "_id");
    }
    return found;
  }

  void Resolve(v1::Layout layout, AppEntity& entity) {
    std::string id = TakeId(layout, entity);
    auto named = by_name_.find(NameOf(entity));
    if (by_names_) {
      if (named != by_name_.end()) return Take(entity, named->second->id);
      return Take(entity, by_id_.contains({entity.kind, id}) ? "" : id);
    }
    if (!merges()) return Take(entity, id);
    if (!id.empty()) {
      if (!by_id_.contains({entity.kind, id})) {
        problems_.AddError(entity.origin.file, Field(entity, "id"),
                           absl::StrCat("the application has no ", KindWord(entity.kind), " with the id ", id,
                                        "; leave the id out to add a new one"));
      }
      return Take(entity, id);
    }
    if (named != by_name_.end()) {
      problems_.AddError(entity.origin.file, Field(entity, "name"),
                         absl::StrCat("'", entity.name, "' is taken in the application by one with the id ",
                                      named->second->id, "; give it that id to change that one"));
    }
  }

  void Take(AppEntity& entity, const std::string& id) {
    if (id.empty()) return;
    if (!taken_.insert({entity.kind, id}).second) {
      // Two entities of one name are told of by the parser.
      if (!by_names_) {
        problems_.AddError(entity.origin.file, Field(entity, "id"), absl::StrCat(id, " is there twice"));
      }
      return;
    }
    entity.id = id;
    used_.insert(id);
  }

  std::string NewId(const AppEntity& entity) {
    for (int salt = 0;; ++salt) {
      std::string id = DeriveId(entity, salt);
      if (used_.insert(id).second) return id;
      // What has the same names has the same id.
      auto named = by_name_.find(NameOf(entity));
      if (named != by_name_.end() && named->second->id == id && taken_.insert({entity.kind, id}).second) return id;
    }
  }

  void AddWhatIsMissing(AppTree& proposed) {
    if (current_->layout != proposed.layout) {
      problems_.AddError(proposed.root_file, "",
                         absl::StrCat("the application has the layout of ", current_->root_file,
                                      ": import it with the strategy replace-by-name to change to this one"));
      return;
    }
    absl::flat_hash_map<std::string, std::string> renamed;
    for (const AppEntity& entity : proposed.entities) {
      auto old = by_id_.find({entity.kind, entity.id});
      if (entity.kind == v1::ENTITY_KIND_SERVICE && old != by_id_.end()) renamed[old->second->name] = entity.name;
    }
    absl::flat_hash_set<IdKey> there;
    for (const AppEntity& entity : proposed.entities) there.insert({entity.kind, entity.id});
    for (const AppEntity& entity : current_->entities) {
      if (there.contains({entity.kind, entity.id})) continue;
      AppEntity& kept = proposed.entities.emplace_back(entity);
      if (auto it = renamed.find(kept.parent); it != renamed.end()) kept.parent = it->second;
    }
    proposed.kept.insert(current_->kept.begin(), current_->kept.end());
  }

  // An import without the web site leaves it alone.
  void KeepHosting(AppTree& proposed) const {
    for (const auto& [path, content] : current_->kept) {
      if (IsHostingFile(path)) proposed.kept.emplace(path, content);
    }
  }

  static std::string Field(const AppEntity& entity, std::string_view field) {
    return entity.origin.path.empty() ? std::string(field) : absl::StrCat(entity.origin.path, ".", field);
  }

  const AppTree* const current_;
  const v1::ImportStrategy strategy_;
  ImportProblems& problems_;
  bool by_names_ = false;
  absl::flat_hash_map<IdKey, const AppEntity*> by_id_;
  absl::flat_hash_map<NameKey, const AppEntity*> by_name_;
  // Ids that entities of the proposal have been given.
  absl::flat_hash_set<IdKey> taken_;
  // Ids that a new entity must not get.
  absl::flat_hash_set<std::string> used_;
};

}  // namespace

bool IsObjectId(std::string_view id) {
  if (id.size() != 24) return false;
  for (char c : id) {
    if (!absl::ascii_isxdigit(c)) return false;
  }
  return true;
}

AppTree ApplyStrategy(const AppTree* current, AppTree proposed, v1::ImportStrategy strategy, ImportProblems& problems) {
  if (current == nullptr) strategy = v1::IMPORT_STRATEGY_REPLACE;
  if (strategy == v1::IMPORT_STRATEGY_UNSPECIFIED) strategy = v1::IMPORT_STRATEGY_REPLACE_BY_NAME;
  return Joiner(current, strategy, problems).Join(std::move(proposed));
}

std::string MakeEntityId(const AppTree& tree, const AppEntity& entity) {
  absl::flat_hash_set<std::string> used;
  for (const AppEntity& other : tree.entities) used.insert(other.id);
  int salt = 0;
  std::string id = DeriveId(entity, salt);
  while (used.contains(id)) id = DeriveId(entity, ++salt);
  return id;
}

}  // namespace overlock::config
