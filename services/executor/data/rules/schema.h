// The schema of a collection's documents (spec section 11).
#ifndef OVERLOCK_SERVICES_EXECUTOR_DATA_RULES_SCHEMA_H_
#define OVERLOCK_SERVICES_EXECUTOR_DATA_RULES_SCHEMA_H_

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/ejson/value.h"
#include "common/expression/program.h"

namespace overlock::executor {

// JSON schema (draft 4) with `bsonType` and `validate`. Of the keywords these count: bsonType, type, properties,
// required, additionalProperties, items, enum, minimum, maximum, exclusiveMinimum, exclusiveMaximum, minLength,
// maxLength (in code points), minItems, maxItems, validate. title, description and relationship say nothing. Any other
// one makes the schema unusable: no document conforms to it. Immutable; thread-safe.
class Schema {
 public:
  // Null where the JSON text says nothing: `{}`.
  static std::shared_ptr<const Schema> Parse(std::string_view json);

  // A `validate` that must hold besides, for this field of the document.
  struct Validation {
    std::string path;
    const expression::Program* program;
    ejson::Value field;
    // Undefined where there was none.
    ejson::Value previous;
  };

  // Why the document does not conform, `age: must be int, not a string`; empty if it does as soon as all that is added
  // to `validations` holds, which live as long as this. `previous` is the document before the write, undefined without
  // one.
  std::string FindFault(const ejson::Value& document, const ejson::Value& previous,
                        std::vector<Validation>& validations) const;

 private:
  struct Node;
  struct Bounds;
  static std::unique_ptr<const Node> ParseNode(const ejson::Value& schema);
  static bool ParseKeyword(const std::string& keyword, const ejson::Value& value, Node& node);
  static std::string Fault(const Node& node, const std::string& path, const ejson::Value& value,
                           const ejson::Value& previous, std::vector<Validation>& validations);
  static std::string FaultInParts(const Node& node, const std::string& path, const ejson::Value& value,
                                  const ejson::Value& previous, std::vector<Validation>& validations);

  std::shared_ptr<const Node> root_;
};

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_DATA_RULES_SCHEMA_H_
