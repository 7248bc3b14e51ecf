// A MongoDB that only pretends: the primary of a replica set that says what a test wants. Tests only.
#ifndef OVERLOCK_SERVICES_EXECUTOR_DATA_MONGOC_FAKE_MONGOD_FIXTURE_H_
#define OVERLOCK_SERVICES_EXECUTOR_DATA_MONGOC_FAKE_MONGOD_FIXTURE_H_

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/testing/bson_text.h"

namespace overlock::executor {

class FakeMongod {
 public:
  // The reply to a command, both BSON; called on the connection's thread. Nullopt hangs up.
  using Answer = std::function<std::optional<std::string>(const std::string& command)>;

  explicit FakeMongod(Answer answer) : answer_(std::move(answer)) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    bind(listener_, reinterpret_cast<sockaddr*>(&address), size);
    listen(listener_, 64);
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    address_ = absl::StrCat("127.0.0.1:", ntohs(address.sin_port));
    hello_ = Bson(absl::StrCat(R"({"ismaster": true, "isWritablePrimary": true, "setName": "r", "hosts": [")", address_,
                               R"("], "me": ")", address_,
                               R"(", "maxBsonObjectSize": 16777216, "maxMessageSizeBytes": 48000000,
                                   "maxWriteBatchSize": 100000, "logicalSessionTimeoutMinutes": 30,
                                   "minWireVersion": 0, "maxWireVersion": 17, "ok": 1})"));
    thread_ = std::thread([this] { Accept(); });
  }
  ~FakeMongod() {
    stop_ = true;
    thread_.join();
    for (std::thread& connection : connections_) connection.join();
    close(listener_);
  }

  std::string uri() const { return absl::StrCat("mongodb://", address_, "/?replicaSet=r"); }

 private:
  static constexpr int32_t kOpReply = 1;
  static constexpr int32_t kOpQuery = 2004;
  static constexpr int32_t kOpMsg = 2013;
  static constexpr size_t kHeaderBytes = 16;

  static int32_t NumberAt(const std::string& bytes, size_t offset) {
    int32_t number = 0;
    std::memcpy(&number, bytes.data() + offset, sizeof(number));
    return number;
  }
  static void Append(std::string* bytes, int32_t number) {
    bytes->append(reinterpret_cast<const char*>(&number), sizeof(number));
  }
  bool Readable(int fd) const {
    while (!stop_) {
      pollfd readable = {fd, POLLIN, 0};
      if (poll(&readable, 1, 10) > 0) return true;
    }
    return false;
  }
  void Accept() {
    while (Readable(listener_)) {
      const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      const int on = 1;
      setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
      connections_.emplace_back([this, fd] {
        Serve(fd);
        close(fd);
      });
    }
  }
  void Serve(int fd) {
    std::string message;
    while (ReadMessage(fd, &message)) {
      const int32_t operation = NumberAt(message, 12);
      const size_t begin = operation == kOpQuery ? message.find('\0', kHeaderBytes + 4) + 1 + 8 : kHeaderBytes + 4 + 1;
      const std::optional<std::string> reply = Reply(message.substr(begin));
      if (!reply || !WriteReply(fd, operation, NumberAt(message, 4), *reply)) return;
    }
  }
  std::optional<std::string> Reply(const std::string& command) {
    const std::string_view name = command.c_str() + 5;
    if (name == "isMaster" || name == "ismaster" || name == "hello") return hello_;
    if (name == "endSessions") return Bson(R"({"ok": 1})");
    return answer_(command);
  }
  bool ReadMessage(int fd, std::string* message) const {
    message->clear();
    size_t wanted = kHeaderBytes;
    char bytes[65536];
    while (message->size() < wanted) {
      if (!Readable(fd)) return false;
      const ssize_t got = read(fd, bytes, std::min(sizeof(bytes), wanted - message->size()));
      if (got <= 0) return false;
      message->append(bytes, got);
      if (message->size() == kHeaderBytes) wanted = NumberAt(*message, 0);
    }
    return true;
  }
  static bool WriteReply(int fd, int32_t operation, int32_t request, const std::string& document) {
    std::string body;
    if (operation == kOpQuery) {
      // Flags, no cursor, from the first, one document.
      for (int32_t number : {8, 0, 0, 0, 1}) Append(&body, number);
    } else {
      // Flags and the section's kind.
      Append(&body, 0);
      body.push_back('\0');
    }
    body += document;
    std::string message;
    Append(&message, static_cast<int32_t>(kHeaderBytes + body.size()));
    Append(&message, 1);
    Append(&message, request);
    Append(&message, operation == kOpQuery ? kOpReply : kOpMsg);
    message += body;
    return send(fd, message.data(), message.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(message.size());
  }

  const Answer answer_;
  std::string address_;
  std::string hello_;
  int listener_ = -1;
  std::atomic<bool> stop_{false};
  std::vector<std::thread> connections_;
  std::thread thread_;
};

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_DATA_MONGOC_FAKE_MONGOD_FIXTURE_H_
