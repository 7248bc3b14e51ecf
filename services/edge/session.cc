#include "services/edge/session.h"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/buffers_suffix.hpp>
#include <boost/beast/http/error.hpp>

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "common/telemetry/log.h"
#include "services/edge/client_address.h"
#include "services/edge/cors.h"
#include "services/edge/request_span.h"
#include "services/edge/session_group.h"

namespace overlock::edge {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using ErrorCode = boost::system::error_code;

// Holds a whole head, and the first bytes of what follows it.
constexpr size_t kBufferBytesMax = 2 * kHeaderBytesMax;
// What one read takes: a usual request in one go, without 64 KiB for each idle connection.
constexpr size_t kHeadReadBytes = 4 * 1024;
constexpr size_t kBodyReadBytes = 64 * 1024;
// A smaller buffer is kept for the next request.
constexpr size_t kBufferKeepBytes = 16 * 1024;
// A body that nobody wants: up to this much is read to save the connection.
constexpr uint64_t kSkipBytesMax = 256 * 1024;
// Bytes that count as progress; less in `body_timeout` ends the request.
constexpr size_t kProgressBytes = 16 * 1024;
constexpr absl::Duration kLingerTimeout = absl::Seconds(2);
constexpr size_t kLingerBytesMax = 4 * 1024 * 1024;
// What services may take beyond the call's deadline before the call is stopped.
constexpr absl::Duration kStopGrace = absl::Seconds(1);

constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

auto Await(ErrorCode& error) { return asio::redirect_error(asio::use_awaitable, error); }

std::string AddressText(asio::ip::address address) {
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
  }
  return address.to_string();
}

}  // namespace

Session::Session(tcp::socket socket, std::shared_ptr<SessionGroup> group)
    : group_(std::move(group)),
      options_(group_->context().options),
      socket_(std::move(socket)),
      buffer_(kBufferBytesMax),
      request_(std::make_shared<Request>()) {
  ErrorCode ignored;
  socket_.non_blocking(true, ignored);
  socket_.set_option(tcp::no_delay(true), ignored);
  peer_ip_address_ = AddressText(socket_.remote_endpoint(ignored).address());
  Enter(Phase::kIdle, options_.idle_timeout);
}

Task<void> Session::Run(std::shared_ptr<Session> session) {
  co_await session->Serve();
  ErrorCode ignored;
  session->socket_.shutdown(tcp::socket::shutdown_both, ignored);
  session->socket_.close(ignored);
  session->group_->Remove(*session);
}

Task<void> Session::Serve() {
  while (!closing_) {
    BeginRequest();
    Read head = co_await ReadHead();
    if (head == Read::kClosed) co_return;
    started_ = Clock::now();
    request_id_ = NewRequestId();
    if (head == Read::kDone) {
      request_->set_remote_ip_address(ClientAddress(*request_, peer_ip_address_, options_.trusted_proxies));
      BeginTrace();
      answer_ = co_await Respond();
    } else {
      close_ = true;
      answer_ = Refuse(*fault_);
    }
    bool whole = head == Read::kDone && parser_->is_done();
    close_ = close_ || group_->closing() || !parser_->is_header_done() || !parser_->keep_alive() ||
             (!whole && !CanSkipBody());
    // A browser may read every answer but the one that says that its page may not.
    if (app_ && answer_.cause != Cause::kOrigin && request_->method() != "OPTIONS") {
      AppendCorsLines(*request_, answer_.lines);
    }
    bool written = false;
    if (!closing_ && !client_gone_) written = co_await Write();
    EndRequest(written);
    if (!written) co_return;
    if (!whole && !close_) whole = co_await SkipBody();
    if (!whole) co_await Linger();
    if (close_ || !whole) co_return;
  }
}

void Session::BeginRequest() {
  // Somebody who still holds the last request, e.g. a call that was stopped, keeps it; usually nobody does.
  if (request_.use_count() > 1) request_ = std::make_shared<Request>();
  request_->Clear();
  request_->set_remote_ip_address(peer_ip_address_);
  parser_.emplace(*request_);
  fault_.reset();
  stop_ = std::stop_source(std::nostopstate);
  app_ = nullptr;
  route_ = nullptr;
  trace_ = TraceContext();
  expects_continue_ = close_ = false;
  if (buffer_.size() == 0 && buffer_.capacity() > kBufferKeepBytes) buffer_.shrink_to_fit();
  Enter(Phase::kIdle, options_.idle_timeout);
}

void Session::BeginTrace() {
  trace_ = ContinueTrace(request_->Find("Traceparent"));
  // Only with a trace of the sender's it means anything.
  bool sent = trace_.holder == TraceContext::Holder::kCaller;
  tracestate_ = sent ? UsableTracestate(request_->Find("Tracestate")) : std::string_view();
  span_ = BeginRequestSpan(*request_, options_.public_url, request_id_, trace_);
}

void Session::Enter(Phase phase, absl::Duration timeout) {
  phase_ = phase;
  deadline_ = Clock::now() + absl::ToChronoNanoseconds(timeout);
}

Task<bool> Session::Fill(size_t bytes_max) {
  if (closing_) co_return false;
  size_t room = std::min(bytes_max, buffer_.max_size() - buffer_.size());
  ErrorCode error;
  size_t bytes = co_await socket_.async_read_some(buffer_.prepare(room), Await(error));
  buffer_.commit(bytes);
  co_return !error && !timed_out_ && !closing_;
}

std::optional<Session::Read> Session::Parse(bool (RequestParser::*done)() const) {
  while (!((*parser_).*done)()) {
    if (buffer_.size() == 0) return std::nullopt;
    ErrorCode error;
    size_t used = parser_->put(buffer_.data(), error);
    buffer_.consume(used);
    if (error == boost::beast::http::error::need_more) {
      if (buffer_.size() < buffer_.max_size()) return std::nullopt;
      error = boost::beast::http::error::header_limit;
    }
    if (!error) continue;
    if (!RequestParser::IsLimit(error)) {
      fault_ = Malformed(error.message());
    } else {
      fault_ = error == boost::beast::http::error::body_limit ? BodyTooLarge() : HeaderTooLarge();
    }
    return Read::kFault;
  }
  return Read::kDone;
}

Task<Session::Read> Session::ReadHead() {
  while (true) {
    if (phase_ == Phase::kIdle) {
      // Empty lines before a request are to be ignored (RFC 9112, section 2.2).
      while (buffer_.size() >= 2 && std::string_view(static_cast<const char*>(buffer_.data().data()), 2) == "\r\n") {
        buffer_.consume(2);
      }
      if (buffer_.size() > 0) Enter(Phase::kHead, options_.header_timeout);
    }
    if (std::optional<Read> read = Parse(&RequestParser::is_header_done)) co_return *read;
    bool more = co_await Fill(kHeadReadBytes);
    if (!more) {
      if (!timed_out_ || phase_ == Phase::kIdle) co_return Read::kClosed;
      timed_out_ = false;
      fault_ = ReadTimedOut();
      co_return Read::kFault;
    }
  }
}

Task<Session::Read> Session::ReadBody() {
  parser_->eager(true);
  Enter(Phase::kBody, options_.body_timeout);
  size_t progress = 0;
  while (true) {
    if (std::optional<Read> read = Parse(&RequestParser::is_done)) co_return *read;
    if (std::exchange(expects_continue_, false)) {
      Buffers line = {asio::buffer(kContinue), asio::const_buffer()};
      bool written = co_await WriteAll(line);
      if (!written) co_return Read::kClosed;
      Enter(Phase::kBody, options_.body_timeout);
    }
    size_t before = buffer_.size();
    bool more = co_await Fill(kBodyReadBytes);
    if (!more) {
      if (!timed_out_) co_return Read::kClosed;
      timed_out_ = false;
      fault_ = ReadTimedOut();
      co_return Read::kFault;
    }
    progress += buffer_.size() - before;
    if (progress >= kProgressBytes) {
      progress = 0;
      Enter(Phase::kBody, options_.body_timeout);
    }
  }
}

Answer Session::Refuse(const Problem& problem) const { return MakeAnswer(problem, options_.console_url, request_id_); }

Task<Answer> Session::Respond() {
  if (std::optional<std::string> why = FindFramingFault(*parser_, *request_)) {
    close_ = true;
    co_return Refuse(Malformed(*why));
  }
  Pipeline::Admission admission = group_->context().pipeline.Admit(*request_);
  app_ = admission.match.app;
  route_ = admission.match.route;
  std::string_view expectation = request_->Find("Expect");
  expects_continue_ = parser_->is_http_11() && absl::EqualsIgnoreCase(expectation, "100-continue");
  if (admission.refusal) co_return Refuse(*admission.refusal);
  if (!expectation.empty() && !expects_continue_ && parser_->is_http_11()) co_return Refuse(ExpectationFailed());
  uint64_t room = kRequestBytesMax - parser_->header_bytes();
  if (parser_->content_length().value_or(0) > room) co_return Refuse(BodyTooLarge());
  parser_->body_limit(room);
  Read body = co_await ReadBody();
  if (body != Read::kDone) {
    close_ = true;
    closing_ = closing_ || body == Read::kClosed;
    co_return Refuse(fault_ ? *fault_ : ClientGone());
  }
  parser_->FinishBody();
  if (admission.preflight) co_return group_->context().pipeline.Preflight(*request_, admission.match);
  co_return co_await AskServices(std::move(admission.match));
}

Task<Answer> Session::AskServices(RouteMatch match) {
  stop_ = std::stop_source();
  CallContext call;
  call.stop = stop_.get_token();
  call.trace = trace_;
  call.tracestate = tracestate_;
  call.request_id = request_id_;
  Enter(Phase::kRunning, match.app->run_time_max + options_.overhead_max + kStopGrace);
  Answer answer = co_await group_->context().pipeline.Run(request_, std::move(match), std::move(call));
  Enter(Phase::kWriting, options_.body_timeout);
  if (client_gone_) co_return Refuse(ClientGone());
  co_return answer;
}

Task<bool> Session::Write() {
  HeadOptions head;
  head.request_id = request_id_;
  head.close = close_;
  head.say_keep_alive = !close_ && !parser_->is_http_11();
  head_.clear();
  AppendHead(answer_, head, head_);
  Buffers buffers = {asio::buffer(head_), asio::const_buffer()};
  if (HasBody(answer_.status) && request_->method() != "HEAD") buffers[1] = asio::buffer(answer_.body);
  co_return co_await WriteAll(buffers);
}

Task<bool> Session::WriteAll(Buffers buffers) {
  Enter(Phase::kWriting, options_.body_timeout);
  boost::beast::buffers_suffix<Buffers> rest(buffers);
  size_t progress = 0;
  ErrorCode error;
  // The first try costs no turn of the loop, and almost always is the last.
  size_t bytes = socket_.write_some(rest, error);
  while (true) {
    if (error && error != asio::error::would_block && error != asio::error::try_again) co_return false;
    rest.consume(bytes);
    if (asio::buffer_size(rest) == 0) co_return true;
    if (timed_out_ || closing_) co_return false;
    progress += bytes;
    if (progress >= kProgressBytes) {
      progress = 0;
      Enter(Phase::kWriting, options_.body_timeout);
    }
    bytes = co_await socket_.async_write_some(rest, Await(error));
  }
}

bool Session::CanSkipBody() const {
  if (fault_ || expects_continue_) return false;
  return parser_->chunked() || parser_->content_length_remaining().value_or(0) <= kSkipBytesMax;
}

Task<bool> Session::SkipBody() {
  parser_->DiscardBody();
  if (parser_->chunked()) parser_->body_limit(kSkipBytesMax);
  Read read = co_await ReadBody();
  co_return read == Read::kDone;
}

Task<void> Session::Linger() {
  ErrorCode error;
  socket_.shutdown(tcp::socket::shutdown_send, error);
  Enter(Phase::kLingering, kLingerTimeout);
  buffer_.clear();
  for (size_t bytes = 0; bytes < kLingerBytesMax;) {
    bool more = co_await Fill(kBodyReadBytes);
    if (!more) co_return;
    bytes += buffer_.size();
    buffer_.clear();
  }
}

void Session::EndRequest(bool written) {
  if (!written && answer_.cause == Cause::kNone) {
    // The answer was there, but not the client.
    answer_ = Refuse(ClientGone());
  }
  double seconds = std::chrono::duration<double>(Clock::now() - started_).count();
  EdgeMetrics& metrics = group_->context().metrics;
  metrics.CountAnswer(answer_.status, answer_.cause, seconds);
  if (route_ != nullptr) metrics.CountHookAnswer(app_->app_id, *route_, answer_.status, seconds);
  EndRequestSpan(span_, *request_, app_.get(), route_, answer_);
  log::Level level = answer_.cause == Cause::kNone ? log::Level::kDebug : log::Level::kInfo;
  if (!log::Enabled(level)) return;
  log::Write(level, "request",
             {{"request_id", request_id_},
              {"trace_id", trace_.valid() ? trace_.TraceIdHex() : std::string()},
              {"app", app_ ? std::string_view(app_->app_id) : std::string_view()},
              {"service_name", route_ ? std::string_view(route_->service) : std::string_view()},
              {"webhook", route_ ? std::string_view(route_->webhook) : std::string_view()},
              {"endpoint", route_ ? std::string_view(route_->endpoint.route()) : std::string_view()},
              {"method", request_->method()},
              {"status", answer_.status},
              {"cause", CauseName(answer_.cause)},
              {"error_code", answer_.error_code},
              {"remote_ip_address", request_->remote_ip_address()},
              {"seconds", seconds}});
}

void Session::Tick(Clock::time_point now) {
  if (now < deadline_) return;
  deadline_ = Clock::time_point::max();
  if (phase_ == Phase::kRunning) {
    stop_.request_stop();
    return;
  }
  timed_out_ = true;
  ErrorCode ignored;
  socket_.cancel(ignored);
}

void Session::OnClientGone() {
  if (phase_ != Phase::kRunning || std::exchange(client_gone_, true)) return;
  stop_.request_stop();
}

void Session::Abort() {
  closing_ = true;
  stop_.request_stop();
  ErrorCode ignored;
  socket_.cancel(ignored);
}

}  // namespace overlock::edge
