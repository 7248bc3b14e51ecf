// The rules of a MongoDB service for users (spec sections 1.8 and 11), parsed.
#ifndef OVERLOCK_SERVICES_EXECUTOR_DATA_RULES_COLLECTION_RULES_H_
#define OVERLOCK_SERVICES_EXECUTOR_DATA_RULES_COLLECTION_RULES_H_

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/ejson/value.h"
#include "common/expression/program.h"
#include "overlock/config/v1/view.pb.h"
#include "services/executor/data/rules/schema.h"

namespace overlock::executor {

// Empty where nothing is written.
using Permission = std::optional<expression::Program>;

// What a role says of a field.
struct FieldRule {
  Permission read;
  Permission write;
  // Of a document's parts, also of those in an array.
  std::map<std::string, FieldRule, std::less<>> fields;
};

struct Role {
  std::string name;
  expression::Program apply_when;
  // Of the whole document: where one is written, fields do not count for it.
  Permission read;
  Permission write;
  Permission insert;
  Permission erase;
  std::map<std::string, FieldRule, std::less<>> fields;
  // Of fields that `fields` does not name.
  FieldRule additional;
};

struct Filter {
  std::string name;
  expression::Program apply_when;
  // With expansions in it.
  ejson::Value query;
  // Empty without one.
  ejson::Value projection;
};

struct CollectionRules {
  std::vector<Role> roles;
  std::vector<Filter> filters;
  // Null without one.
  std::shared_ptr<const Schema> schema;
  // Whether a role depends on the document: otherwise a user has one role for all.
  bool names_document = false;
};

// All rules of one service. Immutable; thread-safe.
class DataRules {
 public:
  // An expression that does not parse is false; a line in the log says so.
  DataRules(const std::string& app_id, const config::v1::ExecutorView::Service& service);

  // The collection's rules, or the default rule; null if there is neither. They live as long as this.
  const CollectionRules* Find(const std::string& database, const std::string& collection) const;
  bool empty() const { return rules_.empty(); }

 private:
  std::map<std::pair<std::string, std::string>, CollectionRules> rules_;
};

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_DATA_RULES_COLLECTION_RULES_H_
