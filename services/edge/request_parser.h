// Reads HTTP/1.x requests.
#ifndef OVERLOCK_SERVICES_EDGE_REQUEST_PARSER_H_
#define OVERLOCK_SERVICES_EDGE_REQUEST_PARSER_H_

#include <boost/beast/http/basic_parser.hpp>

#include <cstdint>
#include <optional>
#include <string>

#include "services/edge/request.h"

namespace overlock::edge {

// The limits of a head: with the request line, everything up to the empty line.
inline constexpr uint32_t kHeaderBytesMax = 64 * 1024;
inline constexpr size_t kHeaderLinesMax = 100;
// Head and body together (spec section 9.7).
inline constexpr uint64_t kRequestBytesMax = 18 * 1024 * 1024;

// Beast's parser, writing straight into a Request: no second set of headers is built. One parser reads one request.
// Lines after the head (chunked trailers) are checked and dropped: they could pass for headers that were signed.
class RequestParser final : public boost::beast::http::basic_parser<true> {
 public:
  // `request` must be clear and outlive the parser.
  explicit RequestParser(Request& request);

  uint64_t header_bytes() const { return header_bytes_; }
  // HTTP/1.1 or newer.
  bool is_http_11() const { return version_ >= 11; }
  // Whether the error of put() is about a limit and not about the syntax.
  static bool IsLimit(const boost::system::error_code& error);

  // What follows of the body is read and forgotten.
  void DiscardBody();
  // Gives the body read to the request. Call when is_done().
  void FinishBody() { request_.set_body(Body(std::move(body_))); }

 private:
  using string_view = boost::beast::string_view;
  using ErrorCode = boost::system::error_code;

  void on_request_impl(boost::beast::http::verb verb, string_view method, string_view target, int version,
                       ErrorCode& error) override;
  void on_response_impl(int, string_view, int, ErrorCode&) override {}
  void on_field_impl(boost::beast::http::field field, string_view name, string_view value, ErrorCode& error) override;
  void on_header_impl(ErrorCode&) override { header_done_ = true; }
  void on_body_init_impl(const boost::optional<std::uint64_t>& content_length, ErrorCode& error) override;
  std::size_t on_body_impl(string_view bytes, ErrorCode& error) override;
  void on_chunk_header_impl(std::uint64_t, string_view, ErrorCode&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t remaining, string_view bytes, ErrorCode& error) override;
  void on_finish_impl(ErrorCode&) override {}

  // Counts bytes of the head or of trailers; sets `error` when they are too many.
  void CountHeader(size_t bytes, ErrorCode& error);

  Request& request_;
  std::string body_;
  uint64_t header_bytes_ = 0;
  int version_ = 0;
  bool header_done_ = false;
  bool discard_ = false;
};

// Why a request cannot be read safely, although each of its lines is well-formed: framing on which two servers could
// disagree (request smuggling; RFC 9112, sections 3.2, 6.1, 6.3), or a Host that is none. nullopt if it can. Call
// when the header is done.
std::optional<std::string> FindFramingFault(const RequestParser& parser, const Request& request);

}  // namespace overlock::edge

#endif  // OVERLOCK_SERVICES_EDGE_REQUEST_PARSER_H_
