#include "common/http_client/transfer.h"

#include <sys/socket.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/status/status.h"

namespace overlock::http {
namespace {

constexpr long kRedirectsMax = 10;
constexpr size_t kUrlBytesMax = 32 << 10;
constexpr size_t kHeaderBytesMax = 64 << 10;
constexpr size_t kResponseHeadersMax = 256;

absl::Status Bad(std::string_view message) { return Error(absl::StatusCode::kInvalidArgument, "BAD_REQUEST", message); }

bool IsToken(std::string_view text) {
  constexpr std::string_view kOthers = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || kOthers.find(c) != kOthers.npos;
  });
}

bool IsHeaderValue(std::string_view text) { return text.find_first_of(std::string_view("\r\n\0", 3)) == text.npos; }

// The host that a URL names, for messages; no credentials.
std::string HostOf(const std::string& url) {
  CURLU* parsed = curl_url();
  char* host = nullptr;
  std::string result = "the host";
  if (curl_url_set(parsed, CURLUPART_URL, url.c_str(), 0) == CURLUE_OK &&
      curl_url_get(parsed, CURLUPART_HOST, &host, 0) == CURLUE_OK) {
    result = host;
    curl_free(host);
  }
  curl_url_cleanup(parsed);
  return result;
}

}  // namespace

absl::Status CheckRequest(const ClientRequest& request) {
  if (!IsToken(request.method)) return Bad("method: not a valid HTTP method");
  if (request.url.size() > kUrlBytesMax) return Bad(absl::StrCat("url: longer than ", kUrlBytesMax, " bytes"));
  if (!absl::StartsWithIgnoreCase(request.url, "http://") && !absl::StartsWithIgnoreCase(request.url, "https://")) {
    return Bad("url: must begin with http:// or https://");
  }
  for (char c : request.url) {
    if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7f) return Bad("url: holds a space or a control character");
  }
  size_t bytes = 0;
  for (const auto& [name, value] : request.headers) {
    if (!IsToken(name)) return Bad("headers: a name that is not a valid header name");
    if (!IsHeaderValue(value)) return Bad(absl::StrCat("headers.", name, ": holds a line break or NUL"));
    bytes += name.size() + value.size();
  }
  if (bytes > kHeaderBytesMax) return Bad(absl::StrCat("headers: more than ", kHeaderBytesMax, " bytes together"));
  return absl::OkStatus();
}

Transfer::Transfer(ClientRequest request, const HttpClientOptions& options, const std::string& authorities)
    : request_(std::move(request)), options_(options), authorities_(authorities), easy_(curl_easy_init()) {
  SetUp();
  SetBody();
}

Transfer::~Transfer() {
  curl_easy_cleanup(easy_);
  curl_slist_free_all(header_lines_);
  curl_mime_free(form_);
}

void Transfer::SetUp() {
  curl_easy_setopt(easy_, CURLOPT_URL, request_.url.c_str());
  curl_easy_setopt(easy_, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy_, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy_, CURLOPT_FOLLOWLOCATION, request_.follow_redirects ? 1L : 0L);
  curl_easy_setopt(easy_, CURLOPT_MAXREDIRS, kRedirectsMax);
  curl_easy_setopt(easy_, CURLOPT_NOSIGNAL, 1L);
  // The environment's proxies do not count.
  curl_easy_setopt(easy_, CURLOPT_PROXY, "");
  curl_easy_setopt(easy_, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  curl_easy_setopt(easy_, CURLOPT_ERRORBUFFER, error_);
  curl_easy_setopt(easy_, CURLOPT_CONNECTTIMEOUT_MS,
                   static_cast<long>(absl::ToInt64Milliseconds(options_.connect_timeout)));
  curl_easy_setopt(easy_, CURLOPT_OPENSOCKETFUNCTION, OnOpenSocket);
  curl_easy_setopt(easy_, CURLOPT_OPENSOCKETDATA, this);
  curl_easy_setopt(easy_, CURLOPT_HEADERFUNCTION, OnHeader);
  curl_easy_setopt(easy_, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(easy_, CURLOPT_WRITEFUNCTION, OnBody);
  curl_easy_setopt(easy_, CURLOPT_WRITEDATA, this);
  if (request_.decompress) curl_easy_setopt(easy_, CURLOPT_ACCEPT_ENCODING, "");
  if (!authorities_.empty()) {
    curl_blob blob = {const_cast<char*>(authorities_.data()), authorities_.size(), CURL_BLOB_NOCOPY};
    curl_easy_setopt(easy_, CURLOPT_CAINFO_BLOB, &blob);
  }
  if (!request_.username.empty() || !request_.password.empty()) {
    curl_easy_setopt(easy_, CURLOPT_USERNAME, request_.username.c_str());
    curl_easy_setopt(easy_, CURLOPT_PASSWORD, request_.password.c_str());
    curl_easy_setopt(easy_, CURLOPT_HTTPAUTH, static_cast<long>(request_.digest ? CURLAUTH_DIGEST : CURLAUTH_BASIC));
  }
  for (const auto& [name, value] : request_.headers) {
    // A header without a value is written with a semicolon, or libcurl leaves it out.
    std::string line = value.empty() ? absl::StrCat(name, ";") : absl::StrCat(name, ": ", value);
    header_lines_ = curl_slist_append(header_lines_, line.c_str());
  }
  // No wait for `100 Continue`.
  header_lines_ = curl_slist_append(header_lines_, "Expect:");
  curl_easy_setopt(easy_, CURLOPT_HTTPHEADER, header_lines_);
}

void Transfer::SetBody() {
  if (!request_.form.empty()) {
    form_ = curl_mime_init(easy_);
    for (const auto& [name, value] : request_.form) {
      curl_mimepart* part = curl_mime_addpart(form_);
      curl_mime_name(part, name.c_str());
      curl_mime_data(part, value.data(), value.size());
    }
    curl_easy_setopt(easy_, CURLOPT_MIMEPOST, form_);
  } else if (request_.has_body || request_.method == "POST") {
    curl_easy_setopt(easy_, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
    curl_easy_setopt(easy_, CURLOPT_POSTFIELDS, request_.body.data());
    // libcurl's own type for a body would be that of a form.
    bool has_type = std::any_of(request_.headers.begin(), request_.headers.end(), [](const auto& header) {
      return absl::EqualsIgnoreCase(header.first, "content-type");
    });
    if (!has_type) {
      header_lines_ = curl_slist_append(header_lines_, "Content-Type:");
      curl_easy_setopt(easy_, CURLOPT_HTTPHEADER, header_lines_);
    }
  }
  if (request_.method == "HEAD") {
    curl_easy_setopt(easy_, CURLOPT_NOBODY, 1L);
  } else if (request_.method == "POST") {
    // Left to libcurl, which knows when a redirect turns it into GET.
    if (form_ == nullptr) curl_easy_setopt(easy_, CURLOPT_POST, 1L);
  } else if (request_.method != "GET" || request_.has_body) {
    curl_easy_setopt(easy_, CURLOPT_CUSTOMREQUEST, request_.method.c_str());
  }
}

void Transfer::SetTimeout(absl::Duration timeout) {
  curl_easy_setopt(easy_, CURLOPT_TIMEOUT_MS,
                   static_cast<long>(std::max<int64_t>(absl::ToInt64Milliseconds(timeout), 1)));
}

size_t Transfer::OnHeader(char* data, size_t size, size_t count, void* self) {
  auto& response = static_cast<Transfer*>(self)->response_;
  std::string_view line(data, size * count);
  while (!line.empty() && (line.back() == '\r' || line.back() == '\n')) line.remove_suffix(1);
  if (absl::StartsWith(line, "HTTP/")) {
    // Another response: after a redirect, an authentication, a 100.
    response.headers.clear();
    response.body.clear();
    size_t status = line.find(' ');
    size_t reason = status == line.npos ? line.npos : line.find(' ', status + 1);
    response.reason = reason == line.npos ? "" : std::string(line.substr(reason + 1));
    return size * count;
  }
  size_t colon = line.find(':');
  if (colon == line.npos || response.headers.size() >= kResponseHeadersMax) return size * count;
  std::string_view value = line.substr(colon + 1);
  while (!value.empty() && (value.front() == ' ' || value.front() == '\t')) value.remove_prefix(1);
  while (!value.empty() && (value.back() == ' ' || value.back() == '\t')) value.remove_suffix(1);
  response.headers.emplace_back(line.substr(0, colon), value);
  return size * count;
}

size_t Transfer::OnBody(char* data, size_t size, size_t count, void* self) {
  auto* transfer = static_cast<Transfer*>(self);
  if (transfer->response_.body.size() + size * count > transfer->request_.response_bytes_max) {
    transfer->too_large_ = true;
    return 0;
  }
  transfer->response_.body.append(data, size * count);
  return size * count;
}

curl_socket_t Transfer::OnOpenSocket(void* self, curlsocktype, curl_sockaddr* address) {
  auto* transfer = static_cast<Transfer*>(self);
  if (!transfer->options_.guard.Allows(&address->addr)) {
    transfer->restricted_ = true;
    return CURL_SOCKET_BAD;
  }
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

absl::StatusOr<ClientResponse> Transfer::Take(CURLcode code) {
  char* url = nullptr;
  curl_easy_getinfo(easy_, CURLINFO_EFFECTIVE_URL, &url);
  std::string at = url == nullptr ? request_.url : url;
  if (too_large_) {
    return Error(absl::StatusCode::kResourceExhausted, "RESPONSE_TOO_LARGE",
                 absl::StrCat(HostOf(at), ": the response has more than ", request_.response_bytes_max, " bytes"));
  }
  // One of several addresses of a name may be allowed: then there is a connection.
  if (code != CURLE_OK && restricted_) {
    return Error(absl::StatusCode::kPermissionDenied, "RESTRICTED_HOST",
                 absl::StrCat(HostOf(at), ": functions may not connect to that address"));
  }
  if (code == CURLE_OPERATION_TIMEDOUT) {
    return Error(absl::StatusCode::kDeadlineExceeded, "DEADLINE_EXCEEDED", absl::StrCat(HostOf(at), ": timed out"));
  }
  if (code == CURLE_URL_MALFORMAT) return Bad("url: not a valid URL");
  if (code != CURLE_OK) {
    return Error(absl::StatusCode::kUnavailable, "HTTP_FAILED",
                 absl::StrCat(HostOf(at), ": ", curl_easy_strerror(code)));
  }
  long status = 0;
  long redirects = 0;
  curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
  curl_easy_getinfo(easy_, CURLINFO_REDIRECT_COUNT, &redirects);
  response_.status = static_cast<int>(status);
  response_.redirects = static_cast<int>(redirects);
  response_.url = std::move(at);
  return std::move(response_);
}

}  // namespace overlock::http
