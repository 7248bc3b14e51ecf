// One request in libcurl's terms.
#ifndef OVERLOCK_COMMON_HTTP_CLIENT_TRANSFER_H_
#define OVERLOCK_COMMON_HTTP_CLIENT_TRANSFER_H_

#include <curl/curl.h>

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/http_client/http_client.h"

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
  // Sets how long it may take; to be called last before it begins.
  void SetTimeout(absl::Duration timeout);
  // What came of it.
  absl::StatusOr<ClientResponse> Take(CURLcode code);

 private:
  void SetUp();
  void SetBody();
  static size_t OnHeader(char* data, size_t size, size_t count, void* self);
  static size_t OnBody(char* data, size_t size, size_t count, void* self);
  static curl_socket_t OnOpenSocket(void* self, curlsocktype purpose, curl_sockaddr* address);

  const ClientRequest request_;
  const HttpClientOptions& options_;
  const std::string& authorities_;
  CURL* const easy_;
  curl_slist* header_lines_ = nullptr;
  curl_mime* form_ = nullptr;
  ClientResponse response_;
  bool restricted_ = false;
  bool too_large_ = false;
  char error_[CURL_ERROR_SIZE] = {};
};

}  // namespace overlock::http

#endif  // OVERLOCK_COMMON_HTTP_CLIENT_TRANSFER_H_
