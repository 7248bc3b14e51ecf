// The argument of HTTP actions (spec section 12).
#ifndef OVERLOCK_SERVICES_EXECUTOR_ACTIONS_HTTP_ARGUMENTS_H_
#define OVERLOCK_SERVICES_EXECUTOR_ACTIONS_HTTP_ARGUMENTS_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "common/ejson/value.h"
#include "common/http_client/http_client.h"
#include "services/executor/actions/service_type.h"

namespace overlock::executor {

// The request that the call of `get`, `post`, `put`, `patch`, `delete` or `head` means: `url`, or `scheme` (default
// http), `host`, `path`, `query`, `fragment`; `username`, `password`, `digestAuth`, `headers`, `cookies`, `form`,
// `followRedirects`; its body are the call's bytes. Members that it does not know do not count.
// INVALID_ARGUMENT (`BAD_REQUEST`) names the member.
absl::StatusOr<http::ClientRequest> ReadHttpArgument(const ServiceCall& call);

// `authUrl` is a URL whose answer's cookies go with the request: the request that fetches them, with the same
// credentials. Nullopt without one.
std::optional<http::ClientRequest> ReadAuthRequest(const ServiceCall& call, const http::ClientRequest& request);

// Adds `name=value` to the request's Cookie header.
void AddCookie(std::string_view name, std::string_view value, http::ClientRequest& request);

// What rules see: the argument, and `url` as {scheme, host, path, query: {name: [value]}, fragment}, and `body` where
// it is text.
ejson::Value HttpRuleArguments(const ServiceCall& call);

// The argument of `fetch`: {url, method, headers: [[name, value]], redirect}.
absl::StatusOr<http::ClientRequest> ReadFetchArgument(const ServiceCall& call);

// A string member; empty without one.
std::string TextAt(const ejson::Value& document, std::string_view name);

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_ACTIONS_HTTP_ARGUMENTS_H_
