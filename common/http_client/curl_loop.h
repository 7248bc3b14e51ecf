// libcurl's multi interface on an Asio loop.
#ifndef OVERLOCK_COMMON_HTTP_CLIENT_CURL_LOOP_H_
#define OVERLOCK_COMMON_HTTP_CLIENT_CURL_LOOP_H_

#include <curl/curl.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <memory>

#include "absl/container/flat_hash_map.h"

namespace overlock::http {

// Runs transfers without a thread of its own. Used on its loop only.
class CurlLoop : public std::enable_shared_from_this<CurlLoop> {
 public:
  static std::shared_ptr<CurlLoop> Make(boost::asio::any_io_executor executor, int connections_max);
  ~CurlLoop();

  // Begins the transfer; `done` is called once when it has ended, unless Remove() comes first.
  void Add(CURL* easy, std::function<void(CURLcode)> done);
  // Ends the transfer at once.
  void Remove(CURL* easy);
  // Ends all; no callback comes any more.
  void Stop();

 private:
  struct Socket {
    Socket(boost::asio::any_io_executor executor, int fd) : descriptor(executor, fd) {}
    boost::asio::posix::stream_descriptor descriptor;
    int wanted = 0;
    bool reading = false;
    bool writing = false;
    bool gone = false;
  };
  CurlLoop(boost::asio::any_io_executor executor, int connections_max);
  static int OnSocket(CURL* easy, curl_socket_t fd, int what, void* self, void* socket);
  static int OnTimer(CURLM* multi, long timeout_ms, void* self);
  void SetTimer(long timeout_ms);
  void Watch(const std::shared_ptr<Socket>& socket, curl_socket_t fd);
  void Wait(const std::shared_ptr<Socket>& socket, curl_socket_t fd, int event);
  void Act(curl_socket_t fd, int events);
  void TakeEnded();

  const boost::asio::any_io_executor executor_;
  CURLM* multi_;
  boost::asio::steady_timer timer_;
  absl::flat_hash_map<curl_socket_t, std::shared_ptr<Socket>> sockets_;
  absl::flat_hash_map<CURL*, std::function<void(CURLcode)>> transfers_;
};

}  // namespace overlock::http

#endif  // OVERLOCK_COMMON_HTTP_CLIENT_CURL_LOOP_H_
