#include "services/overlock/cli/explain_text.h"

#include "absl/strings/str_cat.h"
#include "services/overlock/cli/text.h"

namespace overlock::cli {
namespace {

using authz::v1::Clause;
using authz::v1::ClauseValue;
using authz::v1::ExplainResponse;

std::string_view MarkOf(Clause::Result result, bool marks) {
  switch (result) {
    case Clause::RESULT_TRUE:
      return marks ? "✓ " : "true   ";
    case Clause::RESULT_FALSE:
      return marks ? "✗ " : "false  ";
    case Clause::RESULT_FAILED:
      return marks ? "! " : "failed ";
    default:
      return marks ? "· " : "unread ";
  }
}

std::string ValueOf(const ClauseValue& value) {
  if (value.missing()) return "missing";
  std::string text = value.value_ejson().empty() && value.masked() ? "<secret>" : value.value_ejson();
  if (value.truncated()) text += " (cut)";
  return text;
}

// `%%values.key (<secret>)`, `"POST"`.
std::string OperandOf(const ClauseValue& value) {
  if (value.text().empty()) return ValueOf(value);
  const std::string there = ValueOf(value);
  return there.empty() ? value.text() : absl::StrCat(value.text(), " (", there, ")");
}

std::string DescriptionOf(const Clause& clause) {
  if (clause.operator_() == "and") return "all of";
  if (clause.operator_() == "or") return "one of";
  if (clause.operator_() == "nor") return "none of";
  if (clause.operator_() == "not") return "not";
  if (clause.operator_() == "constant") return ValueOf(clause.value());
  return absl::StrCat(OperandOf(clause.field()), " ", clause.operator_(), " ", OperandOf(clause.value()));
}

const Clause* FindDecisive(const Clause& clause) {
  if (clause.decisive()) return &clause;
  for (const Clause& part : clause.clauses()) {
    if (const Clause* found = FindDecisive(part)) return found;
  }
  return nullptr;
}

void AddLines(const Clause& clause, bool marks, size_t depth, std::string& text) {
  absl::StrAppend(&text, std::string(2 * depth, ' '), MarkOf(clause.result(), marks), Printable(DescriptionOf(clause)));
  if (!clause.failure().empty()) absl::StrAppend(&text, ": ", Printable(clause.failure()));
  absl::StrAppend(&text, clause.decisive() ? "   <- denies\n" : "\n");
  for (const Clause& part : clause.clauses()) AddLines(part, marks, depth + 1, text);
}

}  // namespace

std::string ExplainText(const ExplainResponse& response, bool marks) {
  std::string text = response.allowed() ? "allowed" : "denied";
  const Clause* decisive = FindDecisive(response.expression());
  if (decisive != nullptr) absl::StrAppend(&text, " by ", Printable(decisive->path()));
  text += "\n";
  AddLines(response.expression(), marks, 1, text);
  if (response.truncated()) text += "  (some clauses are left out)\n";
  return text;
}

}  // namespace overlock::cli
