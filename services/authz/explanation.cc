#include "services/authz/explanation.h"

#include <string>
#include <vector>

namespace overlock::authz {
namespace {

using expression::Clause;

// Shorter ones turn up in other texts by chance.
constexpr size_t kSecretBytesMin = 4;

void AddTexts(const ejson::Value& value, std::vector<std::string>& texts) {
  switch (value.type()) {
    case ejson::Value::Type::kString:
      if (value.as_string().size() >= kSecretBytesMin) texts.push_back(value.as_string());
      return;
    case ejson::Value::Type::kArray:
      for (const ejson::Value& item : value.items()) AddTexts(item, texts);
      return;
    case ejson::Value::Type::kDocument:
      for (const ejson::Member& member : value.members()) AddTexts(member.value, texts);
      return;
    default:
      return;
  }
}

v1::Clause::Result ResultOf(Clause::Result result) {
  switch (result) {
    case Clause::Result::kTrue:
      return v1::Clause::RESULT_TRUE;
    case Clause::Result::kFalse:
      return v1::Clause::RESULT_FALSE;
    case Clause::Result::kFailed:
      return v1::Clause::RESULT_FAILED;
    case Clause::Result::kNotEvaluated:
      return v1::Clause::RESULT_NOT_EVALUATED;
  }
  return v1::Clause::RESULT_UNSPECIFIED;
}

void Put(const expression::Shown& shown, v1::ClauseValue& message) {
  message.set_text(shown.text);
  message.set_value_ejson(shown.json);
  message.set_missing(shown.missing);
  message.set_masked(shown.masked);
  message.set_truncated(shown.cut);
}

bool IsComparison(const Clause& clause) {
  return clause.op != "and" && clause.op != "or" && clause.op != "nor" && clause.op != "not" && clause.op != "constant";
}

void Put(const Clause& clause, v1::Clause& message) {
  message.set_path(clause.path);
  message.set_operator_(clause.op);
  if (IsComparison(clause)) Put(clause.field, *message.mutable_field());
  if (IsComparison(clause) || clause.op == "constant") Put(clause.value, *message.mutable_value());
  message.set_result(ResultOf(clause.result));
  message.set_decisive(clause.decisive);
  message.set_failure(clause.failure);
  for (const Clause& part : clause.clauses) Put(part, *message.add_clauses());
}

}  // namespace

expression::Secrets SecretsOf(const config::v1::AuthzView& view, const expression::AppNames& names) {
  expression::Secrets secrets;
  for (const std::string& name : view.private_values()) {
    secrets.names.insert(name);
    auto value = names.values.find(name);
    if (value != names.values.end()) AddTexts(value->second, secrets.texts);
  }
  return secrets;
}

v1::ExplainResponse ToMessage(const expression::Trace& trace) {
  v1::ExplainResponse response;
  response.set_allowed(trace.value);
  Put(trace.root, *response.mutable_expression());
  response.set_truncated(trace.cut);
  return response;
}

}  // namespace overlock::authz
