#include "common/http/admin_server.h"

#include <boost/asio/detached.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <set>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/async/event_loops.h"
#include "common/async/task.h"
#include "common/http/address.h"
#include "common/status/status.h"

namespace overlock::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;
using ErrorCode = boost::system::error_code;
using Request = beast::http::request<beast::http::empty_body>;
using Response = beast::http::response<beast::http::string_body>;

constexpr int kConnectionsMax = 64;
constexpr int kHeaderBytesMax = 8 * 1024;
constexpr auto kReadTimeout = std::chrono::seconds(5);
constexpr auto kWriteTimeout = std::chrono::seconds(5);
constexpr absl::Duration kAcceptPause = absl::Milliseconds(100);

auto Await(ErrorCode& error) { return asio::redirect_error(asio::use_awaitable, error); }

}  // namespace

// Everything but the constructor runs on the executor's thread.
struct AdminServer::State : std::enable_shared_from_this<State> {
  State(asio::any_io_executor executor, Routes routes) : acceptor(executor), routes(std::move(routes)) {}

  tcp::acceptor acceptor;
  const Routes routes;
  std::set<beast::tcp_stream*> streams;
  bool stopped = false;

  Response Answer(const Request& request) const {
    Response response;
    response.version(request.version());
    response.keep_alive(request.keep_alive());
    std::string_view path(request.target().data(), request.target().size());
    path = path.substr(0, path.find('?'));
    auto route = routes.find(std::string(path));
    AdminResponse answer;
    if (route == routes.end()) {
      answer = {404, answer.content_type, "not found\n"};
    } else if (request.method() != beast::http::verb::get && request.method() != beast::http::verb::head) {
      answer = {405, answer.content_type, "only GET and HEAD\n"};
      response.set(beast::http::field::allow, "GET, HEAD");
    } else {
      answer = route->second();
    }
    response.result(static_cast<unsigned>(answer.status));
    response.set(beast::http::field::content_type, answer.content_type);
    response.content_length(answer.body.size());
    if (request.method() != beast::http::verb::head) response.body() = std::move(answer.body);
    return response;
  }

  void Stop() {
    stopped = true;
    ErrorCode ignored;
    acceptor.close(ignored);
    for (beast::tcp_stream* stream : streams) stream->cancel();
  }

  static Task<void> Serve(std::shared_ptr<State> self, beast::tcp_stream stream) {
    self->streams.insert(&stream);
    beast::flat_buffer buffer(kHeaderBytesMax);
    ErrorCode error;
    bool keep_alive = true;
    while (keep_alive && !self->stopped) {
      beast::http::request_parser<beast::http::empty_body> parser;
      parser.header_limit(kHeaderBytesMax);
      stream.expires_after(kReadTimeout);
      co_await beast::http::async_read(stream, buffer, parser, Await(error));
      if (error) break;
      Response response = self->Answer(parser.get());
      keep_alive = response.keep_alive();
      // A serialiser of our own for HEAD: the length of a body that is not sent.
      beast::http::response_serializer<beast::http::string_body> serializer(response);
      serializer.split(parser.get().method() == beast::http::verb::head);
      stream.expires_after(kWriteTimeout);
      if (serializer.split()) {
        co_await beast::http::async_write_header(stream, serializer, Await(error));
      } else {
        co_await beast::http::async_write(stream, serializer, Await(error));
      }
      if (error) break;
    }
    self->streams.erase(&stream);
    stream.socket().shutdown(tcp::socket::shutdown_send, error);
  }

  static Task<void> Accept(std::shared_ptr<State> self) {
    while (!self->stopped) {
      ErrorCode error;
      tcp::socket socket = co_await self->acceptor.async_accept(Await(error));
      if (self->stopped) co_return;
      if (error) {
        // Most likely out of descriptors: trying again at once would only burn the processor.
        co_await Delay(kAcceptPause);
        continue;
      }
      if (self->streams.size() >= kConnectionsMax) continue;
      Detach(self->acceptor.get_executor(), Serve(self, beast::tcp_stream(std::move(socket))));
    }
  }
};

absl::StatusOr<std::unique_ptr<AdminServer>> AdminServer::Start(const std::string& address,
                                                                boost::asio::any_io_executor executor, Routes routes) {
  OVERLOCK_ASSIGN_OR_RETURN(tcp::endpoint endpoint, ParseAddress(address));
  auto state = std::make_shared<State>(executor, std::move(routes));
  ErrorCode error;
  state->acceptor.open(endpoint.protocol(), error);
  if (!error) state->acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) state->acceptor.bind(endpoint, error);
  if (!error) state->acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) {
    return Error(absl::StatusCode::kUnavailable, "LISTEN_FAILED",
                 absl::StrCat("cannot listen on ", address, ": ", error.message()));
  }
  int port = state->acceptor.local_endpoint().port();
  Detach(executor, State::Accept(state));
  return std::unique_ptr<AdminServer>(new AdminServer(std::move(state), port));
}

AdminServer::AdminServer(std::shared_ptr<State> state, int port) : state_(std::move(state)), port_(port) {}

AdminServer::~AdminServer() { Stop(); }

void AdminServer::Stop() {
  asio::dispatch(state_->acceptor.get_executor(), [state = state_] { state->Stop(); });
}

}  // namespace overlock::http
