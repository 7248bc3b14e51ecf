#include "services/edge/answer.h"

#include <ctime>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/telemetry/log.h"
#include "services/edge/header.h"

namespace overlock::edge {
namespace {

// RFC 9110, section 5.6.7; made once a second on each thread.
std::string_view HttpDate() {
  thread_local std::time_t made_at = 0;
  thread_local char text[32];
  std::time_t now = std::time(nullptr);
  if (now != made_at) {
    constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    std::tm utc;
    gmtime_r(&now, &utc);
    std::snprintf(text, sizeof text, "%s, %02d %s %04d %02d:%02d:%02d GMT", kDays[utc.tm_wday], utc.tm_mday,
                  kMonths[utc.tm_mon], (utc.tm_year + 1900) % 10000, utc.tm_hour, utc.tm_min, utc.tm_sec);
    made_at = now;
  }
  return text;
}

// Whether the function set it, in whatever case.
bool Has(const Answer& answer, std::string_view name) {
  for (const auto& header : answer.headers) {
    if (absl::EqualsIgnoreCase(header.name(), name)) return true;
  }
  return false;
}

void AppendFunctionsHeaders(const Answer& answer, std::string_view request_id, std::string& out) {
  for (const auto& header : answer.headers) {
    if (IsEdgesOwnHeader(header.name())) continue;
    if (!IsHeaderName(header.name()) || !IsHeaderValue(header.value())) {
      log::Info("left out a header that a function set: no line can carry it",
                {{"name", header.name()}, {"request_id", request_id}});
      continue;
    }
    absl::StrAppend(&out, header.name(), ": ", header.value(), "\r\n");
  }
}

// Without those that the function set itself.
void AppendEdgesLines(const Answer& answer, std::string& out) {
  std::string_view lines = answer.lines;
  if (answer.headers.empty()) {
    out += lines;
    return;
  }
  while (!lines.empty()) {
    std::string_view line = lines.substr(0, lines.find("\r\n") + 2);
    if (!Has(answer, line.substr(0, line.find(':')))) out += line;
    lines.remove_prefix(line.size());
  }
}

}  // namespace

Answer MakeAnswer(const Problem& problem, std::string_view console_url, std::string_view request_id) {
  Answer answer;
  answer.status = problem.status;
  answer.lines = "Content-Type: application/json\r\n";
  if (!problem.allow.empty()) absl::StrAppend(&answer.lines, "Allow: ", problem.allow, "\r\n");
  if (problem.retry_after > 0) absl::StrAppend(&answer.lines, "Retry-After: ", problem.retry_after, "\r\n");
  answer.body = ProblemBody(problem, console_url, request_id);
  answer.cause = problem.cause;
  answer.error_code = problem.error_code;
  return answer;
}

void AppendHead(const Answer& answer, const HeadOptions& options, std::string& out) {
  absl::StrAppend(&out, "HTTP/1.1 ", answer.status, " ", ReasonPhrase(answer.status), "\r\nDate: ", HttpDate(),
                  "\r\nX-Request-Id: ", options.request_id, "\r\nVary: Origin\r\n");
  if (!Has(answer, "X-Frame-Options")) out += "X-Frame-Options: DENY\r\n";
  if (options.close) {
    out += "Connection: close\r\n";
  } else if (options.say_keep_alive) {
    out += "Connection: keep-alive\r\n";
  }
  if (HasBody(answer.status)) absl::StrAppend(&out, "Content-Length: ", answer.body.size(), "\r\n");
  AppendEdgesLines(answer, out);
  AppendFunctionsHeaders(answer, options.request_id, out);
  out += "\r\n";
}

size_t HeaderBytes(const Answer& answer) {
  size_t bytes = 0;
  for (const auto& header : answer.headers) bytes += header.name().size() + header.value().size() + 4;
  return bytes;
}

}  // namespace overlock::edge
