// Which role a user has for a document, and what it allows (spec section 11).
#ifndef OVERLOCK_SERVICES_EXECUTOR_DATA_RULES_RULE_EVALUATION_H_
#define OVERLOCK_SERVICES_EXECUTOR_DATA_RULES_RULE_EVALUATION_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/async/task.h"
#include "common/ejson/value.h"
#include "services/executor/data/attempt.h"
#include "services/executor/data/rules/collection_rules.h"
#include "services/executor/data/rules/document_access.h"

namespace overlock::executor {

// The rules of one collection, for one operation. Used on the supervisor's loop only; outlives its tasks.
class RuleEvaluation {
 public:
  // `rules` belong to `call->code`. `functions` may be null: see Judge().
  RuleEvaluation(ServiceCallPtr call, const CollectionRules& rules, FunctionExecutor* functions)
      : call_(std::move(call)), rules_(rules), functions_(functions) {}

  // Whether the user's role is the same for all documents.
  bool is_static() const { return !rules_.names_document; }
  bool has_schema() const { return rules_.schema != nullptr; }

  // The role for the document, or, where it was there before the write, for that. Undefined stands for no document.
  // Empty without a role: the document is hidden, and must not be written.
  Task<std::optional<DocumentAccess>> AccessTo(ejson::Value document, ejson::Value before);

  // The query with those of the filters that apply. NoMatchingRuleFound where a filter cannot be made.
  Task<Attempt<ejson::Value>> WithFilters(ejson::Value query);
  // What the filters that WithFilters() found to apply project, in their order.
  const std::vector<ejson::Value>& projections() const { return projections_; }

  // Whether the write is allowed and what is written conforms to the schema; empty if so.
  Task<std::optional<ServiceFailure>> RefuseInsert(ejson::Value document);
  Task<std::optional<ServiceFailure>> RefuseUpdate(ejson::Value before, ejson::Value after);
  Task<std::optional<ServiceFailure>> RefuseErase(ejson::Value document);

 private:
  struct View;
  class DocumentEnvironment;
  using FieldRules = std::map<std::string, FieldRule, std::less<>>;
  using FieldAccesses = std::map<std::string, FieldAccess, std::less<>>;

  Task<bool> Holds(expression::Program program, View view);
  Task<DocumentAccess> Evaluate(const Role* role, View view);
  // `fields` of the access, and `additional` of the fields that no rule names.
  Task<void> EvaluateFields(const Role* role, View view, DocumentAccess* access);
  Task<FieldAccess> EvaluateField(const FieldRule* rule, View view);
  Task<std::optional<ServiceFailure>> RefuseBySchema(ejson::Value document, ejson::Value before);
  ServiceFailure Refusal(std::string_view what) const;

  const ServiceCallPtr call_;
  const CollectionRules& rules_;
  FunctionExecutor* const functions_;
  // Of a static role, once it was asked for.
  std::optional<std::optional<DocumentAccess>> static_access_;
  std::vector<ejson::Value> projections_;
};

// `shop.orders`: what the call is about.
std::string NamespaceOf(const ServiceCall& call);

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_DATA_RULES_RULE_EVALUATION_H_
