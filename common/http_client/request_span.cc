#include "common/http_client/request_span.h"

#include <algorithm>
#include <optional>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "common/http_client/url.h"
#include "common/status/status.h"

namespace overlock::http {
namespace {

constexpr std::string_view kMethods[] = {"GET",     "HEAD",    "POST",  "PUT",  "DELETE",
                                         "CONNECT", "OPTIONS", "TRACE", "PATCH"};

// `host`, `host:port`, `[::1]:port`.
void SetServer(Span& span, std::string_view host, std::string_view scheme) {
  int port = scheme == "https" ? 443 : 80;
  const size_t colon = host.rfind(':');
  if (colon != host.npos && host.find(']', colon) == host.npos && absl::SimpleAtoi(host.substr(colon + 1), &port)) {
    host = host.substr(0, colon);
  }
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  span.Set("server.address", host);
  span.Set("server.port", port);
}

}  // namespace

Span BeginRequestSpan(const ClientRequest& request, TraceContext& trace) {
  if (!Span::Wanted(trace)) return Span();
  const auto* known = std::find(std::begin(kMethods), std::end(kMethods), request.method);
  const std::string_view method = known == std::end(kMethods) ? "_OTHER" : *known;
  Span span = Span::Begin(
      {.scope = "overlock.http_client", .name = method == "_OTHER" ? "HTTP" : method, .kind = SpanKind::kClient},
      trace);
  span.Set("http.request.method", method);
  if (std::optional<UrlParts> url = ParseUrl(request.url)) {
    span.Set("url.scheme", url->scheme);
    SetServer(span, url->host, url->scheme);
  }
  return span;
}

void EndRequestSpan(Span& span, const absl::StatusOr<ClientResponse>& response) {
  if (!span.recorded()) return;
  if (response.ok()) {
    span.Set("http.response.status_code", response->status);
    if (response->redirects > 0) span.Set("overlock.redirects", response->redirects);
    if (response->status >= 400) span.Fail(std::to_string(response->status));
  } else {
    span.Fail(ReasonOf(response.status()));
  }
  span.End();
}

void AddTraceHeaders(const TraceContext& trace, std::string_view tracestate, ClientRequest& request) {
  if (!trace.valid()) return;
  for (const auto& [name, value] : request.headers) {
    if (absl::EqualsIgnoreCase(name, "traceparent")) return;
  }
  request.headers.emplace_back("traceparent", trace.ToTraceparent());
  if (!tracestate.empty()) request.headers.emplace_back("tracestate", std::string(tracestate));
}

}  // namespace overlock::http
