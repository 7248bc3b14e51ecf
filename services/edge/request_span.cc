#include "services/edge/request_span.h"

#include <algorithm>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace overlock::edge {
namespace {

// Of RFC 9110 and RFC 5789; a stranger may send any word.
constexpr std::string_view kMethods[] = {"GET",     "HEAD",    "POST",  "PUT",  "DELETE",
                                         "CONNECT", "OPTIONS", "TRACE", "PATCH"};

std::string_view KnownMethod(std::string_view method) {
  const auto* known = std::find(std::begin(kMethods), std::end(kMethods), method);
  return known == std::end(kMethods) ? "_OTHER" : *known;
}

// The path as the application's owner configured it.
std::string RoutePath(const AppRoutes& app, const Route& route) {
  if (route.is_endpoint()) return absl::StrCat("/app/", app.app_id, "/endpoint", route.endpoint.route());
  return absl::StrCat("/api/client/v2.0/app/", app.app_id, "/service/", route.service, "/incoming_webhook/",
                      route.webhook);
}

void SetError(Span& span, int status, std::string_view error_code) {
  if (!IsServerError(status)) return;
  span.Fail(error_code.empty() ? std::to_string(status) : std::string(error_code));
}

}  // namespace

Span BeginRequestSpan(const Request& request, std::string_view public_url, std::string_view request_id,
                      TraceContext& trace) {
  if (!Span::Wanted(trace)) return Span();
  const std::string_view method = KnownMethod(request.method());
  Span span = Span::Begin(
      {.scope = "overlock.edge", .name = method == "_OTHER" ? "HTTP" : method, .kind = SpanKind::kServer}, trace);
  span.Set("http.request.method", method);
  span.Set("url.scheme", absl::StartsWith(public_url, "https://") ? "https" : "http");
  span.Set("overlock.request_id", request_id);
  return span;
}

void EndRequestSpan(Span& span, const Request& request, const AppRoutes* app, const Route* route,
                    const Answer& answer) {
  if (!span.recorded()) return;
  if (app != nullptr) span.Set("overlock.app_id", app->app_id);
  // Only a path that leads somewhere is told: any other may hold anything.
  if (app != nullptr && route != nullptr) {
    const std::string path = RoutePath(*app, *route);
    const std::string_view method = KnownMethod(request.method());
    span.Rename(absl::StrCat(method == "_OTHER" ? "HTTP" : method, " ", path));
    span.Set("http.route", path);
    span.Set("url.path", request.path());
  }
  span.Set("http.response.status_code", answer.status);
  if (answer.cause != Cause::kNone) span.Set("overlock.refusal", CauseName(answer.cause));
  SetError(span, answer.status, answer.error_code);
  span.End();
}

void SetRefusal(Span& span, const Problem& problem) {
  if (!span.recorded()) return;
  span.Set("overlock.refusal", CauseName(problem.cause));
  SetError(span, problem.status, problem.error_code);
}

}  // namespace overlock::edge
