#include "common/http_client/transfer.h"

#include <sys/socket.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/status/status.h"
#include "common/text/http_token.h"

namespace overlock::http {
namespace {

constexpr long kRedirectsMax = 10;
constexpr size_t kUrlBytesMax = 32 << 10;
constexpr size_t kHeaderBytesMax = 64 << 10;
constexpr size_t kResponseHeadersMax = 256;
constexpr size_t kResponseHeaderBytesMax = 256 << 10;
constexpr char kUserAgent[] = "Overlock";
// What belongs to the connection, which requests share, is the client's own.
constexpr std::string_view kConnectionHeaders[] = {
    "connection", "content-length",    "expect",  "http2-settings",  "keep-alive", "proxy-authorization", "te",
    "trailer",    "transfer-encoding", "upgrade", "proxy-connection"};

absl::Status Bad(std::string_view message) { return Error(absl::StatusCode::kInvalidArgument, "BAD_REQUEST", message); }

bool IsConnectionHeader(std::string_view name) {
  return std::any_of(std::begin(kConnectionHeaders), std::end(kConnectionHeaders),
                     [&](std::string_view header) { return absl::EqualsIgnoreCase(header, name); });
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
  if (!IsHttpToken(request.method)) return Bad("method: not a valid HTTP method");
  if (request.url.size() > kUrlBytesMax) return Bad(absl::StrCat("url: longer than ", kUrlBytesMax, " bytes"));
  if (!absl::StartsWithIgnoreCase(request.url, "http://") && !absl::StartsWithIgnoreCase(request.url, "https://")) {
    return Bad("url: must begin with http:// or https://");
  }
  for (char c : request.url) {
    if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7f) return Bad("url: holds a space or a control character");
  }
  size_t bytes = 0;
  for (const auto& [name, value] : request.headers) {
    if (!IsHttpToken(name)) return Bad("headers: a name that is not a valid header name");
    if (!IsHeaderValue(value)) return Bad(absl::StrCat("headers.", name, ": holds a line break or NUL"));
    bytes += name.size() + value.size();
  }
  if (bytes > kHeaderBytesMax) return Bad(absl::StrCat("headers: more than ", kHeaderBytesMax, " bytes together"));
  return absl::OkStatus();
}

Transfer::Transfer(ClientRequest request, const HttpClientOptions& options, const std::string& authorities)
    : request_(std::move(request)), options_(options), authorities_(authorities), easy_(curl_easy_init()) {
  SetUp();
  SetConnection();
  SetHeaders();
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
  curl_easy_setopt(easy_, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  curl_easy_setopt(easy_, CURLOPT_USERAGENT, kUserAgent);
  curl_easy_setopt(easy_, CURLOPT_HEADERFUNCTION, OnHeader);
  curl_easy_setopt(easy_, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(easy_, CURLOPT_WRITEFUNCTION, OnBody);
  curl_easy_setopt(easy_, CURLOPT_WRITEDATA, this);
  if (!request_.username.empty() || !request_.password.empty()) {
    curl_easy_setopt(easy_, CURLOPT_USERNAME, request_.username.c_str());
    curl_easy_setopt(easy_, CURLOPT_PASSWORD, request_.password.c_str());
  }
  curl_easy_setopt(easy_, CURLOPT_HTTPAUTH, static_cast<long>(request_.digest ? CURLAUTH_DIGEST : CURLAUTH_BASIC));
}

void Transfer::SetConnection() {
  // These, and no variables of the environment, say which proxy there is.
  curl_easy_setopt(easy_, CURLOPT_PROXY, options_.proxy.c_str());
  curl_easy_setopt(easy_, CURLOPT_NOPROXY, "");
  curl_easy_setopt(easy_, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  curl_easy_setopt(easy_, CURLOPT_CONNECTTIMEOUT_MS,
                   static_cast<long>(absl::ToInt64Milliseconds(options_.connect_timeout)));
  curl_easy_setopt(easy_, CURLOPT_OPENSOCKETFUNCTION, OnOpenSocket);
  curl_easy_setopt(easy_, CURLOPT_OPENSOCKETDATA, this);
  curl_easy_setopt(easy_, CURLOPT_PREREQFUNCTION, OnConnected);
  curl_easy_setopt(easy_, CURLOPT_PREREQDATA, this);
  // Names are resolved in threads; without this the loop would wait for the thread of a transfer that is given up.
  curl_easy_setopt(easy_, CURLOPT_QUICK_EXIT, 1L);
  if (!authorities_.empty()) {
    curl_blob blob = {const_cast<char*>(authorities_.data()), authorities_.size(), CURL_BLOB_NOCOPY};
    curl_easy_setopt(easy_, CURLOPT_CAINFO_BLOB, &blob);
  }
}

void Transfer::SetHeaders() {
  bool has_type = false;
  for (const auto& [name, value] : request_.headers) {
    if (IsConnectionHeader(name)) continue;
    has_type = has_type || absl::EqualsIgnoreCase(name, "content-type");
    // A header without a value is written with a semicolon, or libcurl leaves it out.
    std::string line = value.empty() ? absl::StrCat(name, ";") : absl::StrCat(name, ": ", value);
    header_lines_ = curl_slist_append(header_lines_, line.c_str());
  }
  // No wait for `100 Continue`.
  header_lines_ = curl_slist_append(header_lines_, "Expect:");
  if (Unpacks()) header_lines_ = curl_slist_append(header_lines_, "Accept-Encoding: gzip");
  // libcurl's own type for a body would be that of a form with fields.
  if (!has_type && request_.form.empty()) header_lines_ = curl_slist_append(header_lines_, "Content-Type:");
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
  }
  if (request_.method == "HEAD") {
    curl_easy_setopt(easy_, CURLOPT_NOBODY, 1L);
  } else if (request_.method == "POST") {
    // Left to libcurl, which knows when a redirect turns it into GET.
    if (form_ == nullptr) curl_easy_setopt(easy_, CURLOPT_POST, 1L);
  } else if (request_.method != "GET" || request_.has_body) {
    curl_easy_setopt(easy_, CURLOPT_CUSTOMREQUEST, request_.method.c_str());
    // Only POST loses its body on 301 and 302.
    curl_easy_setopt(easy_, CURLOPT_POSTREDIR, static_cast<long>(CURL_REDIR_POST_301 | CURL_REDIR_POST_302));
  }
}

bool Transfer::Unpacks() const {
  return request_.decompress && request_.method != "HEAD" &&
         std::none_of(request_.headers.begin(), request_.headers.end(), [](const auto& header) {
           return absl::EqualsIgnoreCase(header.first, "accept-encoding") ||
                  absl::EqualsIgnoreCase(header.first, "range");
         });
}

void Transfer::BeginResponse(std::string_view status_line) {
  response_.headers.clear();
  response_.body.clear();
  header_bytes_ = 0;
  inflater_ = nullptr;
  restricted_ = false;
  size_t status = status_line.find(' ');
  size_t reason = status == status_line.npos ? status_line.npos : status_line.find(' ', status + 1);
  response_.reason = reason == status_line.npos ? "" : std::string(status_line.substr(reason + 1));
  // 303 asks for GET, whatever the method was; libcurl would go on with one that it does not know.
  if (request_.method != "HEAD" && absl::StartsWith(status_line.substr(std::min(status, status_line.size())), " 303")) {
    curl_easy_setopt(easy_, CURLOPT_CUSTOMREQUEST, nullptr);
  }
}

size_t Transfer::OnHeader(char* data, size_t size, size_t count, void* self) {
  auto* transfer = static_cast<Transfer*>(self);
  ClientResponse& response = transfer->response_;
  std::string_view line(data, size * count);
  transfer->header_bytes_ += line.size();
  while (!line.empty() && (line.back() == '\r' || line.back() == '\n')) line.remove_suffix(1);
  if (absl::StartsWith(line, "HTTP/")) {
    // Another response: after a redirect, an authentication, a 100.
    transfer->BeginResponse(line);
    return size * count;
  }
  if (transfer->header_bytes_ > kResponseHeaderBytesMax) {
    transfer->too_large_ = true;
    return 0;
  }
  size_t colon = line.find(':');
  if (colon == line.npos || response.headers.size() >= kResponseHeadersMax) return size * count;
  std::string_view name = line.substr(0, colon);
  std::string_view value = line.substr(colon + 1);
  while (!value.empty() && (value.front() == ' ' || value.front() == '\t')) value.remove_prefix(1);
  while (!value.empty() && (value.back() == ' ' || value.back() == '\t')) value.remove_suffix(1);
  if (absl::EqualsIgnoreCase(name, "content-encoding") && absl::EqualsIgnoreCase(value, "gzip") &&
      transfer->Unpacks()) {
    transfer->inflater_ = std::make_unique<Inflater>(transfer->request_.response_bytes_max);
  }
  response.headers.emplace_back(name, value);
  return size * count;
}

size_t Transfer::OnBody(char* data, size_t size, size_t count, void* self) {
  auto* transfer = static_cast<Transfer*>(self);
  std::string& body = transfer->response_.body;
  std::string_view piece(data, size * count);
  if (transfer->inflater_ != nullptr) {
    Inflater::Result result = transfer->inflater_->Add(piece, body);
    transfer->too_large_ = result == Inflater::Result::kTooLarge;
    transfer->corrupt_ = result == Inflater::Result::kCorrupt;
    return result == Inflater::Result::kGood ? piece.size() : 0;
  }
  if (body.size() + piece.size() > transfer->request_.response_bytes_max) {
    transfer->too_large_ = true;
    return 0;
  }
  body.append(piece);
  return piece.size();
}

bool Transfer::Allows(const curl_sockaddr& address) const {
  // A proxy decides itself where it connects to.
  if (!options_.proxy.empty() || options_.guard.Allows(&address.addr)) return true;
  char* url = nullptr;
  curl_easy_getinfo(easy_, CURLINFO_EFFECTIVE_URL, &url);
  return url != nullptr && options_.guard.AllowsName(HostOf(url), AddressGuard::PortOf(&address.addr));
}

curl_socket_t Transfer::OnOpenSocket(void* self, curlsocktype, curl_sockaddr* address) {
  auto* transfer = static_cast<Transfer*>(self);
  if (transfer->abandoned_) return CURL_SOCKET_BAD;
  if (!transfer->Allows(*address)) {
    transfer->restricted_ = true;
    return CURL_SOCKET_BAD;
  }
  transfer->connects_ = true;
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

int Transfer::OnConnected(void* self, char*, char*, int, int) {
  auto* transfer = static_cast<Transfer*>(self);
  transfer->connects_ = true;
  return transfer->abandoned_ ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

void Transfer::DropPacking() {
  if (inflater_ == nullptr) return;
  std::erase_if(response_.headers, [](const auto& header) {
    return absl::EqualsIgnoreCase(header.first, "content-encoding") ||
           absl::EqualsIgnoreCase(header.first, "content-length");
  });
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
  if (corrupt_ || (code == CURLE_OK && inflater_ != nullptr && !inflater_->Ended())) {
    return Error(absl::StatusCode::kUnavailable, "HTTP_FAILED",
                 absl::StrCat(HostOf(at), ": the response is not the gzip that it says it is"));
  }
  if (code == CURLE_OPERATION_TIMEDOUT) {
    return Error(absl::StatusCode::kDeadlineExceeded, "DEADLINE_EXCEEDED", absl::StrCat(HostOf(at), ": timed out"));
  }
  if (code == CURLE_URL_MALFORMAT) return Bad("url: not a valid URL");
  if (code != CURLE_OK) {
    return Error(absl::StatusCode::kUnavailable, "HTTP_FAILED",
                 absl::StrCat(HostOf(at), ": ", curl_easy_strerror(code)));
  }
  DropPacking();
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
