#include "services/edge/problem.h"

#include <boost/beast/http/status.hpp>

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status/status.h"

namespace overlock::edge {
namespace {

using Failure = executor::v1::Failure;
using UserRefusal = auth::v1::AuthenticateResponse;

// Codes of the spec's list (section 4.2), and three of our own in its manner: AppNotFound, EndpointNotFound and
// PathNotFound.
constexpr std::string_view kExecutionTimeLimitExceeded = "ExecutionTimeLimitExceeded";
constexpr std::string_view kFunctionExecutionError = "FunctionExecutionError";
constexpr std::string_view kFunctionSyntaxError = "FunctionSyntaxError";
constexpr std::string_view kInternalServerError = "InternalServerError";
constexpr std::string_view kInvalidParameter = "InvalidParameter";
constexpr std::string_view kReadSizeLimitExceeded = "ReadSizeLimitExceeded";

constexpr std::string_view kTimeLimitMessage = "execution time limit exceeded";

std::string Or(const std::string& message, std::string_view fallback) {
  return message.empty() ? std::string(fallback) : message;
}

// The length of the UTF-8 sequence at the start of `text`; 0 if it is none.
size_t Utf8Length(std::string_view text) {
  auto byte = [text](size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  auto continues = [&byte](size_t i, unsigned low = 0x80, unsigned high = 0xbf) {
    return byte(i) >= low && byte(i) <= high;
  };
  unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return continues(1) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {
    unsigned low = first == 0xe0 ? 0xa0 : 0x80, high = first == 0xed ? 0x9f : 0xbf;
    return continues(1, low, high) && continues(2) ? 3 : 0;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    unsigned low = first == 0xf0 ? 0x90 : 0x80, high = first == 0xf4 ? 0x8f : 0xbf;
    return continues(1, low, high) && continues(2) && continues(3) ? 4 : 0;
  }
  return 0;
}

// What is not UTF-8 becomes U+FFFD: an error's text may quote whatever the sender sent.
void AppendJsonString(std::string& out, std::string_view text) {
  constexpr char kHex[] = "0123456789abcdef";
  out += '"';
  while (!text.empty()) {
    size_t length = Utf8Length(text);
    char c = text.front();
    if (length == 0) {
      out += "\xef\xbf\xbd";
      length = 1;
    } else if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (static_cast<unsigned char>(c) < 0x20) {
      absl::StrAppend(&out, "\\u00", std::string_view(&kHex[c >> 4], 1), std::string_view(&kHex[c & 15], 1));
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(length);
  }
  out += '"';
}

}  // namespace

std::string_view CauseName(Cause cause) {
  switch (cause) {
    case Cause::kNone:
      return "none";
    case Cause::kNotFound:
      return "not_found";
    case Cause::kOrigin:
      return "origin";
    case Cause::kMethod:
      return "method";
    case Cause::kTooLarge:
      return "too_large";
    case Cause::kMalformed:
      return "malformed";
    case Cause::kTimeout:
      return "timeout";
    case Cause::kConnections:
      return "connections";
    case Cause::kValidation:
      return "validation";
    case Cause::kUser:
      return "user";
    case Cause::kAuthorization:
      return "authorization";
    case Cause::kFunction:
      return "function";
    case Cause::kOverload:
      return "overload";
    case Cause::kUnavailable:
      return "unavailable";
    case Cause::kHandshake:
      return "handshake";
    case Cause::kDuplicate:
      return "duplicate";
    case Cause::kClientGone:
      return "client_gone";
  }
  return "none";
}

std::string_view ServiceName(Service service) {
  switch (service) {
    case Service::kValidation:
      return "validation";
    case Service::kAuth:
      return "auth";
    case Service::kAuthz:
      return "authz";
    case Service::kExecutor:
      return "executor";
  }
  return "";
}

std::string ProblemBody(const Problem& problem, std::string_view console_url, std::string_view request_id) {
  std::string body = "{\"error\":";
  AppendJsonString(body, problem.message);
  if (!problem.error_code.empty()) {
    body += ",\"error_code\":";
    AppendJsonString(body, problem.error_code);
  }
  if (!console_url.empty()) {
    body += ",\"link\":";
    AppendJsonString(body, absl::StrCat(console_url, "/logs?co_id=", request_id));
  }
  body += '}';
  return body;
}

Problem NotFound(const RouteMatch& match) {
  switch (match.outcome) {
    case RouteMatch::Outcome::kNoApp:
      return {404, "AppNotFound", absl::StrCat("app not found: '", match.missing, "'"), Cause::kNotFound};
    case RouteMatch::Outcome::kNoService:
      return {404, "ServiceNotFound", absl::StrCat("service not found: '", match.missing, "'"), Cause::kNotFound};
    case RouteMatch::Outcome::kNoWebhook:
      return {404, "IncomingWebhookNotFound", "incoming webhook not found", Cause::kNotFound};
    case RouteMatch::Outcome::kNoEndpoint:
      return {404, "EndpointNotFound", "endpoint not found", Cause::kNotFound};
    case RouteMatch::Outcome::kEndpointDisabled:
      return {404, "EndpointNotFound", "the endpoint is disabled", Cause::kNotFound};
    case RouteMatch::Outcome::kUnknownPath:
    case RouteMatch::Outcome::kFound:
      break;
  }
  return {404, "PathNotFound", "no webhook or endpoint has a URL of this form", Cause::kNotFound};
}

Problem OriginRefused(std::string_view origin) {
  return {403, "DomainNotAllowed", absl::StrCat("origin '", origin, "' is not allowed"), Cause::kOrigin};
}

Problem MethodRefused(std::string_view what, std::string allow) {
  Problem problem{405, kInvalidParameter, absl::StrCat("this ", what, " answers to ", allow, " only"), Cause::kMethod};
  problem.allow = std::move(allow);
  return problem;
}

Problem HeaderTooLarge() {
  return {413, kReadSizeLimitExceeded, "the request header is larger than 64 KiB or has more than 100 lines",
          Cause::kTooLarge};
}

Problem BodyTooLarge() {
  return {413, kReadSizeLimitExceeded, "header and body together are larger than 18 MiB", Cause::kTooLarge};
}

Problem Malformed(std::string_view why) {
  return {400, kInvalidParameter, absl::StrCat("malformed HTTP request: ", why), Cause::kMalformed};
}

Problem ExpectationFailed() {
  return {417, kInvalidParameter, "the only expectation understood is 100-continue", Cause::kMalformed};
}

Problem ReadTimedOut() { return {408, kInvalidParameter, "the request did not arrive in time", Cause::kTimeout}; }

Problem TooManyConnections() { return {503, kInternalServerError, "too many connections", Cause::kConnections, 1}; }

Problem ConfigurationNotLoaded() {
  return {503, kInternalServerError, "the configuration is not loaded yet", Cause::kUnavailable, 1};
}

Problem ClientGone() { return {499, "", "the client went away", Cause::kClientGone}; }

Problem ValidationRefused() {
  return {401, "IncomingWebhookAuthFailed", "the request could not be validated", Cause::kValidation};
}

Problem UserRefused(const UserRefusal::Refusal& refusal) {
  const std::string& text = refusal.message();
  switch (refusal.reason()) {
    case UserRefusal::REASON_CREDENTIALS_MISSING:
      return {400, kInvalidParameter, Or(text, "no authentication methods were specified"), Cause::kUser};
    case UserRefusal::REASON_CREDENTIALS_INCOMPLETE:
      return {400, "MissingParameter",
              Or(text,
                 "must specify some form of authentication (either email+password, api-key, or jwt) in the request "
                 "header or body"),
              Cause::kUser};
    case UserRefusal::REASON_CREDENTIALS_AMBIGUOUS:
      return {400, kInvalidParameter, Or(text, "credentials must be in the headers or in the body, not in both"),
              Cause::kUser};
    case UserRefusal::REASON_CREDENTIALS_INVALID:
      return {401, "InvalidSession", Or(text, "invalid session: error finding user for endpoint"), Cause::kUser};
    case UserRefusal::REASON_USER_NOT_FOUND:
      return {400, "UserNotFound", Or(text, "user not found"), Cause::kUser};
    case UserRefusal::REASON_USER_DISABLED:
      return {401, "UserDisabled", Or(text, "user disabled"), Cause::kUser};
    case UserRefusal::REASON_SCRIPT_RETURNED_NO_USER:
      return {400, kFunctionExecutionError, Or(text, "the run-as script returned no user"), Cause::kUser};
    case UserRefusal::REASON_SCRIPT_FAILED:
      return {400, kFunctionExecutionError, Or(text, "the run-as script failed"), Cause::kUser};
    case UserRefusal::REASON_SCRIPT_SYNTAX_ERROR:
      return {400, kFunctionSyntaxError, Or(text, "the run-as script does not compile"), Cause::kUser};
    case UserRefusal::REASON_PROVIDER_DISABLED:
      return {401, "InvalidSession", Or(text, "the authentication provider is not enabled"), Cause::kUser};
    case UserRefusal::REASON_TOO_MANY_ATTEMPTS:
      return {429, "InvalidSession", Or(text, "too many attempts to log in; try again later"), Cause::kUser};
    case UserRefusal::REASON_SCRIPT_TIMED_OUT:
      return {408, kExecutionTimeLimitExceeded, std::string(kTimeLimitMessage), Cause::kUser};
    default:
      break;
  }
  return EmptyAnswer(Service::kAuth);
}

Problem NotAuthorized(std::string_view function) {
  return {403, kFunctionExecutionError, absl::StrCat("rule not matched for function \"", function, "\""),
          Cause::kAuthorization};
}

Problem FunctionFailed(const Failure& failure) {
  const std::string& text = failure.message();
  switch (failure.kind()) {
    case Failure::KIND_THREW:
      return {400, kFunctionExecutionError, Or(text, "the function threw"), Cause::kFunction};
    case Failure::KIND_SYNTAX_ERROR:
      return {400, kFunctionSyntaxError, Or(text, "the function does not compile"), Cause::kFunction};
    case Failure::KIND_RUN_TIME_LIMIT:
    case Failure::KIND_CPU_TIME_LIMIT:
      return {408, kExecutionTimeLimitExceeded, std::string(kTimeLimitMessage), Cause::kFunction};
    case Failure::KIND_MEMORY_LIMIT:
      return {500, kFunctionExecutionError, Or(text, "memory limit exceeded"), Cause::kFunction};
    case Failure::KIND_PENDING_OPERATIONS_LIMIT:
      return {400, kFunctionExecutionError, Or(text, "exceeded max async work queue size of 1000"), Cause::kFunction};
    case Failure::KIND_ANSWER_SIZE_LIMIT:
      return {500, kFunctionExecutionError, Or(text, "the answer is larger than 18 MiB"), Cause::kFunction};
    case Failure::KIND_WORKER_LOST:
      return {500, kFunctionExecutionError, Or(text, "the worker that ran the function was lost"), Cause::kFunction};
    case Failure::KIND_BAD_PAYLOAD:
      return {400, kInvalidParameter, Or(text, "the body is not what this service sends"), Cause::kFunction};
    default:
      break;
  }
  return EmptyAnswer(Service::kExecutor);
}

Problem AnswerUnusable(std::string_view why) {
  return {500, kFunctionExecutionError, absl::StrCat("the function's answer cannot be sent: ", why), Cause::kFunction};
}

Problem FromStatus(Service service, const absl::Status& status) {
  std::string reason = ReasonOf(status);
  std::string the_service = absl::StrCat("the ", ServiceName(service), " service");
  switch (status.code()) {
    case absl::StatusCode::kResourceExhausted:
      if (reason == "APP_OVER_SHARE") return {429, "", "too many requests for this application", Cause::kOverload, 1};
      return {503, kInternalServerError, absl::StrCat(the_service, " has too much to do"), Cause::kOverload, 1};
    case absl::StatusCode::kUnavailable:
      if (reason == "EXECUTOR_FULL") {
        return {503, kInternalServerError, absl::StrCat(the_service, " has too much to do"), Cause::kOverload, 1};
      }
      if (reason == "REVISION_UNKNOWN") {
        return {503, kInternalServerError, absl::StrCat(the_service, " does not have the configuration yet"),
                Cause::kUnavailable, 1};
      }
      if (reason == "CUSTOM_DATA_UNAVAILABLE") {
        return {503, kInternalServerError, "the user's custom data cannot be read", Cause::kUnavailable, 1};
      }
      return {503, kInternalServerError, absl::StrCat(the_service, " cannot be reached"), Cause::kUnavailable, 1};
    case absl::StatusCode::kFailedPrecondition:
      if (reason == "REVISION_GONE") {
        return {503, kInternalServerError, absl::StrCat(the_service, " no longer has this configuration"),
                Cause::kUnavailable, 1};
      }
      // It is not over by itself: no `Retry-After`.
      if (reason == "CUSTOM_DATA_UNUSABLE") {
        return {500, kInternalServerError, "the user's custom data cannot be used", Cause::kUnavailable};
      }
      break;
    case absl::StatusCode::kDeadlineExceeded:
      return {504, kInternalServerError, absl::StrCat(the_service, " did not answer in time"), Cause::kUnavailable};
    case absl::StatusCode::kInternal:
    case absl::StatusCode::kUnknown:
      return {500, kInternalServerError, absl::StrCat(the_service, " failed"), Cause::kUnavailable};
    default:
      break;
  }
  return {502, kInternalServerError, absl::StrCat(the_service, " gave no answer"), Cause::kUnavailable};
}

Problem EmptyAnswer(Service service) {
  return {502, kInternalServerError, absl::StrCat("the ", ServiceName(service), " service gave no answer"),
          Cause::kUnavailable};
}

int PreflightStatus() { return 204; }
int AnsweredStatus() { return 200; }
bool IsServerError(int status) { return status >= 500; }
bool IsFinalStatus(int status) { return status >= 200 && status <= 599; }
bool HasBody(int status) { return status >= 200 && status != 204 && status != 304; }

std::string_view ReasonPhrase(int status) {
  boost::beast::string_view phrase =
      boost::beast::http::obsolete_reason(static_cast<boost::beast::http::status>(status));
  return phrase == "<unknown-status>" ? std::string_view() : std::string_view(phrase.data(), phrase.size());
}

}  // namespace overlock::edge
