// Outgoing HTTP on libcurl, guarded.
#ifndef OVERLOCK_COMMON_HTTP_CLIENT_HTTP_CLIENT_H_
#define OVERLOCK_COMMON_HTTP_CLIENT_HTTP_CLIENT_H_

#include <boost/asio/any_io_executor.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "common/async/call_context.h"
#include "common/async/task.h"
#include "common/http_client/address_guard.h"

namespace overlock::http {

struct ClientRequest {
  std::string method = "GET";
  // http or https. Credentials in it are used as `username` and `password` are.
  std::string url;
  // Added to those that every request has. A name may come several times. Those that concern the connection, such as
  // Content-Length and Transfer-Encoding, are left out.
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  bool has_body = false;
  // Parts of multipart/form-data, which take the place of `body`.
  std::vector<std::pair<std::string, std::string>> form;
  // Basic authentication, or Digest if `digest` is set.
  std::string username;
  std::string password;
  bool digest = false;
  // Up to 10 redirects are followed, as browsers do: 301 and 302 turn POST into GET, 303 all but HEAD, 307 and 308
  // none. To another host go neither credentials nor the headers Authorization and Cookie.
  bool follow_redirects = false;
  // Ask for gzip and unpack it, then without Content-Encoding and Content-Length among the response's headers. Not
  // where the request has Accept-Encoding or Range, nor for HEAD.
  bool decompress = true;
  // A longer body is an error.
  size_t response_bytes_max = 18 << 20;
  // Requests of one group share HttpClientOptions::group_requests_max.
  std::string group;
};

// The last response, after redirects.
struct ClientResponse {
  int status = 0;
  // May be empty: HTTP/2 has none.
  std::string reason;
  // In order, names as they came.
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  // Where it came from.
  std::string url;
  int redirects = 0;
};

struct HttpClientOptions {
  AddressGuard guard;
  // A PEM file of authorities that are trusted besides the system's; empty for none.
  std::string ca_file;
  // Requests of one group under way at a time; others wait in order.
  int group_requests_max = 25;
  // Connections in all, those kept open for the next request included; requests wait for one.
  int connections_max = 512;
  // URL of an HTTP proxy that all requests go through; empty for none. Its address is not asked of the guard, and the
  // guard cannot see where the proxy connects to: it must have rules of its own.
  std::string proxy;
  absl::Duration connect_timeout = absl::Seconds(15);
  // Whether servers are told the trace: headers `traceparent` and `tracestate`, unless the request has them.
  bool send_trace = false;
};

// Lives on one event loop; Send() may be called from coroutines of any. Connections are kept and used again. Nothing of
// the environment counts: no proxies, no netrc. Requests under way when it is destroyed are answered with CANCELLED.
class HttpClient {
 public:
  // INVALID_ARGUMENT (`BAD_CA_FILE`) if that cannot be read.
  static absl::StatusOr<std::unique_ptr<HttpClient>> Make(boost::asio::any_io_executor executor,
                                                          HttpClientOptions options);
  // On the loop, or when it does not run any more.
  ~HttpClient();

  // The request is a span of `call`'s trace, redirects included. Any status is a response. Errors: INVALID_ARGUMENT
  // (`BAD_REQUEST`: URL, method or header); PERMISSION_DENIED
  // (`RESTRICTED_HOST`: the guard); UNAVAILABLE (`HTTP_FAILED`: not resolved, refused, reset, TLS, too many redirects);
  // RESOURCE_EXHAUSTED (`RESPONSE_TOO_LARGE`: the body, or 256 KiB of headers); DEADLINE_EXCEEDED; CANCELLED. Messages
  // name the host at most.
  Task<absl::StatusOr<ClientResponse>> Send(ClientRequest request, CallContext call);

 private:
  struct State;
  explicit HttpClient(std::shared_ptr<State> state);
  const std::shared_ptr<State> state_;
};

}  // namespace overlock::http

#endif  // OVERLOCK_COMMON_HTTP_CLIENT_HTTP_CLIENT_H_
