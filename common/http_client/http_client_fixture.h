// An HTTP client on its loop, and servers for it to talk to. Tests only.
#ifndef OVERLOCK_COMMON_HTTP_CLIENT_HTTP_CLIENT_FIXTURE_H_
#define OVERLOCK_COMMON_HTTP_CLIENT_HTTP_CLIENT_FIXTURE_H_

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/async/block_on.h"
#include "common/async/event_loops.h"
#include "common/http_client/http_client.h"
#include "gtest/gtest.h"

namespace overlock::http {

// Answers each connection's requests with what `answer` makes of them; without an answer it says nothing until its end.
class Server {
 public:
  using Answer = std::function<std::string(const std::string& request)>;

  explicit Server(Answer answer) : answer_(std::move(answer)) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    bind(listener_, reinterpret_cast<sockaddr*>(&address), size);
    listen(listener_, 64);
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { Accept(); });
  }
  ~Server() {
    stop_ = true;
    thread_.join();
    for (std::thread& thread : connections_) thread.join();
    close(listener_);
  }

  int port() const { return port_; }
  std::string url(const std::string& path = "/") const { return absl::StrCat("http://127.0.0.1:", port_, path); }
  int connections() const { return accepted_; }
  std::vector<std::string> requests() {
    std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  bool Readable(int fd) const {
    while (!stop_) {
      pollfd readable = {fd, POLLIN, 0};
      if (poll(&readable, 1, 10) > 0) return true;
    }
    return false;
  }
  void Accept() {
    while (Readable(listener_)) {
      int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      ++accepted_;
      connections_.emplace_back([this, fd] { Serve(fd); });
    }
  }
  void Serve(int fd) {
    std::string buffer;
    while (Readable(fd)) {
      char bytes[65536];
      ssize_t got = read(fd, bytes, sizeof(bytes));
      if (got <= 0) break;
      buffer.append(bytes, static_cast<size_t>(got));
      while (true) {
        size_t end = buffer.find("\r\n\r\n");
        if (end == buffer.npos) break;
        size_t length = 0;
        if (size_t at = buffer.find("Content-Length: "); at < end) length = std::stoul(buffer.substr(at + 16));
        if (buffer.size() < end + 4 + length) break;
        std::string request = buffer.substr(0, end + 4 + length);
        buffer.erase(0, request.size());
        {
          std::lock_guard lock(mutex_);
          requests_.push_back(request);
        }
        std::string answer = answer_(request);
        if (answer.empty()) continue;
        if (send(fd, answer.data(), answer.size(), MSG_NOSIGNAL) < 0) break;
      }
    }
    close(fd);
  }

  const Answer answer_;
  int listener_;
  int port_ = 0;
  std::atomic<bool> stop_ = false;
  std::atomic<int> accepted_ = 0;
  std::mutex mutex_;
  std::vector<std::string> requests_;
  std::thread thread_;
  std::vector<std::thread> connections_;
};

inline std::string Ok(const std::string& body, const std::string& headers = "") {
  return absl::StrCat("HTTP/1.1 200 Fine\r\nContent-Length: ", body.size(), "\r\n", headers, "\r\n", body);
}

class HttpClientTest : public testing::Test {
 protected:
  ~HttpClientTest() override {
    loops_.Stop();
    client_ = nullptr;
  }
  void Make(const std::string& allow, HttpClientOptions options = {}) {
    options.guard = *AddressGuard::Parse(allow);
    client_ = *HttpClient::Make(loops_.Get(0), std::move(options));
  }
  absl::StatusOr<ClientResponse> Send(ClientRequest request, absl::Duration timeout = absl::Seconds(10)) {
    CallContext call;
    call.deadline = absl::Now() + timeout;
    return BlockOn(client_->Send(std::move(request), std::move(call)));
  }
  static ClientRequest Get(const std::string& url) {
    ClientRequest request;
    request.url = url;
    return request;
  }

  EventLoops loops_{1};
  std::unique_ptr<HttpClient> client_;
};

}  // namespace overlock::http

#endif  // OVERLOCK_COMMON_HTTP_CLIENT_HTTP_CLIENT_FIXTURE_H_
