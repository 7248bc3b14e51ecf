#include "services/executor/supervisor/call_span.h"

#include <string>

#include "absl/strings/str_cat.h"

namespace overlock::executor {
namespace {

constexpr std::string_view kScope = "overlock.executor";

bool IsDatabase(std::string_view type) { return type == "mongodb" || type == "mongodb-atlas" || type == "datalake"; }

Span BeginDatabaseSpan(std::string_view action, const std::string& subject, TraceContext& trace) {
  const std::string name = absl::StrCat(action, subject.empty() ? "" : " ", subject);
  Span span = Span::Begin({.scope = kScope, .name = name, .kind = SpanKind::kClient}, trace);
  span.Set("db.system.name", "mongodb");
  span.Set("db.operation.name", action);
  // `database.collection`; of the two only a collection's name may have dots.
  const std::string_view names = subject;
  const size_t dot = names.find('.');
  span.Set("db.namespace", names.substr(0, dot));
  if (dot != names.npos) span.Set("db.collection.name", names.substr(dot + 1));
  return span;
}

}  // namespace

Span BeginCallSpan(const ServiceActions& actions, ServiceCall& call) {
  TraceContext& trace = call.context.trace;
  if (!Span::Wanted(trace)) return Span();
  // Constants: what the function wrote is no name of a span.
  const auto [type, action] = actions.NamesOf(call);
  Span span;
  if (IsDatabase(type)) {
    span = BeginDatabaseSpan(action, actions.SubjectOf(call), trace);
  } else {
    span = Span::Begin({.scope = kScope, .name = absl::StrCat(type, " ", action)}, trace);
    span.Set("overlock.action", action);
  }
  span.Set("overlock.service_type", type);
  if (call.service != nullptr) span.Set("overlock.service", call.service->name());
  return span;
}

void EndCallSpan(Span& span, const ServiceOutcome& outcome) {
  if (!span.recorded()) return;
  if (const auto* failure = std::get_if<ServiceFailure>(&outcome)) {
    span.Fail(failure->code);
    if (failure->number != 0) span.Set("db.response.status_code", std::to_string(failure->number));
  }
  span.End();
}

}  // namespace overlock::executor
