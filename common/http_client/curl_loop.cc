#include "common/http_client/curl_loop.h"

#include <chrono>
#include <utility>

namespace overlock::http {

std::shared_ptr<CurlLoop> CurlLoop::Make(boost::asio::any_io_executor executor, int connections_max) {
  static const CURLcode initialized = curl_global_init(CURL_GLOBAL_DEFAULT);
  static_cast<void>(initialized);
  return std::shared_ptr<CurlLoop>(new CurlLoop(std::move(executor), connections_max));
}

CurlLoop::CurlLoop(boost::asio::any_io_executor executor, int connections_max)
    : executor_(executor), multi_(curl_multi_init()), timer_(executor) {
  curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, OnSocket);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, OnTimer);
  curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, static_cast<long>(connections_max));
  curl_multi_setopt(multi_, CURLMOPT_MAX_TOTAL_CONNECTIONS, static_cast<long>(connections_max));
}

CurlLoop::~CurlLoop() {
  Stop();
  curl_multi_cleanup(multi_);
}

void CurlLoop::Stop() {
  for (auto& [easy, done] : std::exchange(transfers_, {})) curl_multi_remove_handle(multi_, easy);
  timer_.cancel();
  for (auto& [fd, socket] : std::exchange(sockets_, {})) {
    socket->gone = true;
    socket->descriptor.release();
  }
}

void CurlLoop::Add(CURL* easy, std::function<void(CURLcode)> done) {
  transfers_.emplace(easy, std::move(done));
  curl_multi_add_handle(multi_, easy);
}

void CurlLoop::Remove(CURL* easy) {
  if (transfers_.erase(easy) > 0) curl_multi_remove_handle(multi_, easy);
}

int CurlLoop::OnSocket(CURL*, curl_socket_t fd, int what, void* self, void*) {
  auto* loop = static_cast<CurlLoop*>(self);
  auto it = loop->sockets_.find(fd);
  if (what == CURL_POLL_REMOVE) {
    if (it == loop->sockets_.end()) return 0;
    it->second->gone = true;
    // libcurl closes it.
    it->second->descriptor.release();
    loop->sockets_.erase(it);
    return 0;
  }
  if (it == loop->sockets_.end()) {
    it = loop->sockets_.emplace(fd, std::make_shared<Socket>(loop->executor_, fd)).first;
  }
  it->second->wanted = what;
  loop->Watch(it->second, fd);
  return 0;
}

int CurlLoop::OnTimer(CURLM*, long timeout_ms, void* self) {
  static_cast<CurlLoop*>(self)->SetTimer(timeout_ms);
  return 0;
}

void CurlLoop::SetTimer(long timeout_ms) {
  timer_.cancel();
  if (timeout_ms < 0) return;
  timer_.expires_after(std::chrono::milliseconds(timeout_ms));
  timer_.async_wait([weak = weak_from_this()](boost::system::error_code error) {
    auto self = weak.lock();
    if (!error && self != nullptr) self->Act(CURL_SOCKET_TIMEOUT, 0);
  });
}

void CurlLoop::Watch(const std::shared_ptr<Socket>& socket, curl_socket_t fd) {
  if ((socket->wanted & CURL_POLL_IN) != 0 && !socket->reading) Wait(socket, fd, CURL_CSELECT_IN);
  if ((socket->wanted & CURL_POLL_OUT) != 0 && !socket->writing) Wait(socket, fd, CURL_CSELECT_OUT);
}

void CurlLoop::Wait(const std::shared_ptr<Socket>& socket, curl_socket_t fd, int event) {
  const bool reads = event == CURL_CSELECT_IN;
  (reads ? socket->reading : socket->writing) = true;
  socket->descriptor.async_wait(
      reads ? boost::asio::posix::descriptor_base::wait_read : boost::asio::posix::descriptor_base::wait_write,
      [weak = weak_from_this(), socket, fd, event, reads](boost::system::error_code error) {
        auto self = weak.lock();
        (reads ? socket->reading : socket->writing) = false;
        if (self == nullptr || socket->gone || error == boost::asio::error::operation_aborted) return;
        const bool still_wanted = (socket->wanted & (reads ? CURL_POLL_IN : CURL_POLL_OUT)) != 0;
        if (still_wanted) self->Act(fd, error ? CURL_CSELECT_ERR : event);
        if (!socket->gone) self->Watch(socket, fd);
      });
}

void CurlLoop::Act(curl_socket_t fd, int events) {
  auto keep = shared_from_this();
  int running = 0;
  curl_multi_socket_action(multi_, fd, events, &running);
  TakeEnded();
}

void CurlLoop::TakeEnded() {
  int left = 0;
  while (CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    CURL* easy = message->easy_handle;
    CURLcode code = message->data.result;
    curl_multi_remove_handle(multi_, easy);
    auto node = transfers_.extract(easy);
    if (!node.empty()) node.mapped()(code);
  }
}

}  // namespace overlock::http
