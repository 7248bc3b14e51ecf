// One request in libcurl's terms.
#ifndef OVERLOCK_COMMON_HTTP_CLIENT_TRANSFER_H_
#define OVERLOCK_COMMON_HTTP_CLIENT_TRANSFER_H_

#include <curl/curl.h>

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/http_client/http_client.h"
#include "common/http_client/inflater.h"

namespace overlock::http {

// INVALID_ARGUMENT (`BAD_REQUEST`) for what must not be sent.
absl::Status CheckRequest(const ClientRequest& request);

// An easy handle with its request and what came back. Must not move.
class Transfer {
 public:
  // `options` and `authorities` (PEM; empty for the system's own) must outlive it.
  Transfer(ClientRequest request, const HttpClientOptions& options, const std::string& authorities);
  ~Transfer();
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  CURL* easy() { return easy_; }
  const std::string& group() const { return request_.group; }
  // Whether it has a connection, or opens one. Until then a thread may be at work to resolve the name.
  bool connects() const { return connects_; }
  // It will fail as soon as it would connect.
  void Abandon() { abandoned_ = true; }
  // What came of it.
  absl::StatusOr<ClientResponse> Take(CURLcode code);

 private:
  void SetUp();
  void SetConnection();
  void SetHeaders();
  void SetBody();
  // Asks for gzip and unpacks it; not where the request itself says what it can take.
  bool Unpacks() const;
  void BeginResponse(std::string_view status_line);
  bool Allows(const curl_sockaddr& address) const;
  // Leaves out what does not hold for an unpacked body.
  void DropPacking();
  static size_t OnHeader(char* data, size_t size, size_t count, void* self);
  static size_t OnBody(char* data, size_t size, size_t count, void* self);
  static curl_socket_t OnOpenSocket(void* self, curlsocktype purpose, curl_sockaddr* address);
  static int OnConnected(void* self, char* address, char* local_address, int port, int local_port);

  const ClientRequest request_;
  const HttpClientOptions& options_;
  const std::string& authorities_;
  CURL* const easy_;
  curl_slist* header_lines_ = nullptr;
  curl_mime* form_ = nullptr;
  ClientResponse response_;
  size_t header_bytes_ = 0;
  // Null unless the response is packed.
  std::unique_ptr<Inflater> inflater_;
  bool connects_ = false;
  bool abandoned_ = false;
  bool restricted_ = false;
  bool too_large_ = false;
  bool corrupt_ = false;
};

}  // namespace overlock::http

#endif  // OVERLOCK_COMMON_HTTP_CLIENT_TRANSFER_H_
