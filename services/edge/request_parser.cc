#include "services/edge/request_parser.h"

#include <boost/beast/http/error.hpp>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace overlock::edge {
namespace {

namespace http = boost::beast::http;

// A claimed length is no reason to take the memory before the bytes are there.
constexpr size_t kBodyReserveMax = 64 * 1024;

std::string_view AsStd(boost::beast::string_view text) { return {text.data(), text.size()}; }

// A name or an address with an optional port: the characters of RFC 3986's host and port.
bool IsHost(std::string_view host) {
  return !host.empty() && host.size() <= 512 && std::all_of(host.begin(), host.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || absl::StrContains("-._~:[]%!$&'()*+,;=", c);
  });
}

}  // namespace

RequestParser::RequestParser(Request& request) : request_(request) {
  header_limit(kHeaderBytesMax);
  // The session sets it when it knows what is left for the body.
  body_limit(boost::none);
}

bool RequestParser::IsLimit(const ErrorCode& error) {
  return error == http::error::header_limit || error == http::error::body_limit ||
         error == http::error::buffer_overflow;
}

void RequestParser::DiscardBody() {
  discard_ = true;
  body_ = std::string();
}

void RequestParser::CountHeader(size_t bytes, ErrorCode& error) {
  header_bytes_ += bytes;
  if (header_bytes_ > kHeaderBytesMax) error = http::error::header_limit;
}

void RequestParser::on_request_impl(http::verb, string_view method, string_view target, int version, ErrorCode& error) {
  version_ = version;
  CountHeader(method.size() + target.size() + 12, error);
  if (!error) request_.SetStartLine(AsStd(method), AsStd(target));
}

void RequestParser::on_field_impl(http::field, string_view name, string_view value, ErrorCode& error) {
  CountHeader(name.size() + value.size() + 4, error);
  if (error || header_done_) return;
  if (request_.header_count() >= kHeaderLinesMax) {
    error = http::error::header_limit;
    return;
  }
  request_.AddHeader(AsStd(name), AsStd(value));
}

void RequestParser::on_body_init_impl(const boost::optional<std::uint64_t>& content_length, ErrorCode&) {
  if (content_length && !discard_) body_.reserve(std::min<uint64_t>(*content_length, kBodyReserveMax));
}

std::size_t RequestParser::on_body_impl(string_view bytes, ErrorCode&) {
  if (!discard_) body_.append(bytes.data(), bytes.size());
  return bytes.size();
}

std::size_t RequestParser::on_chunk_body_impl(std::uint64_t, string_view bytes, ErrorCode& error) {
  return on_body_impl(bytes, error);
}

std::optional<std::string> FindFramingFault(const RequestParser& parser, const Request& request) {
  // Beast lets equal lengths pass and takes an unknown last coding for "no body".
  if (request.Count("Content-Length") > 1 || absl::StrContains(request.Find("Content-Length"), ',')) {
    return "more than one Content-Length";
  }
  if (int encodings = request.Count("Transfer-Encoding"); encodings > 0) {
    if (!parser.is_http_11()) return "Transfer-Encoding in a request of HTTP/1.0";
    if (encodings > 1 || !absl::EqualsIgnoreCase(request.Find("Transfer-Encoding"), "chunked")) {
      return "the only Transfer-Encoding understood is chunked";
    }
  }
  int hosts = request.Count("Host");
  if (hosts > 1 || (hosts == 0 && parser.is_http_11())) return "there must be one Host header";
  if (hosts == 1 && !IsHost(request.Find("Host"))) return "the Host header is no host";
  return std::nullopt;
}

}  // namespace overlock::edge
