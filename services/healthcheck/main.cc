// overlock-healthcheck PORT: asks /readyz on 127.0.0.1. Ends with 0 if the answer is 200; else with 1, and says the
// answer's first line or what went wrong. It needs nothing but the C library, and at most about 3 s.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>

namespace {

constexpr time_t kSecondsMax = 3;
constexpr size_t kLineBytesMax = 1024;
constexpr std::string_view kRequest = "GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

int Fail(std::string_view what) {
  std::fprintf(stderr, "%.*s\n", static_cast<int>(what.size()), what.data());
  return 1;
}

int FailWithErrno(const char* what) { return Fail(std::string(what) + ": " + std::strerror(errno)); }

// The first line without its end; empty if there is none.
std::string FirstLine(int fd) {
  std::string line;
  char buffer[256];
  while (line.find('\n') == std::string::npos && line.size() < kLineBytesMax) {
    const ssize_t got = read(fd, buffer, sizeof(buffer));
    if (got <= 0) return "";
    line.append(buffer, static_cast<size_t>(got));
  }
  return line.substr(0, line.find_first_of("\r\n"));
}

int Ask(uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return FailWithErrno("socket");
  // Also holds for connect().
  const timeval limit = {kSecondsMax, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) return FailWithErrno("connect");
  if (send(fd, kRequest.data(), kRequest.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(kRequest.size())) {
    return FailWithErrno("send");
  }
  const std::string status = FirstLine(fd);
  close(fd);
  if (status.starts_with("HTTP/1.1 200 ")) return 0;
  return Fail(status.empty() ? "no answer" : status);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view digits = argc == 2 ? argv[1] : "";
  uint16_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc() || end != digits.data() + digits.size() || port == 0) {
    return Fail("overlock-healthcheck: one argument, the port of /readyz: 1 to 65535");
  }
  return Ask(port);
}
