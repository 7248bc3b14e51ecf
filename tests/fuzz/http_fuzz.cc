// Requests as they come from the network, in one piece and in two.
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/error.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "services/edge/request.h"
#include "services/edge/request_parser.h"

namespace {

using overlock::edge::Request;
using overlock::edge::RequestParser;

void Check(bool holds) {
  if (!holds) std::abort();
}

// What the session does with bytes that arrive in two reads. Returns what was understood; empty for a fault.
std::string Understand(std::string_view first, std::string_view second) {
  Request request;
  RequestParser parser(request);
  std::string buffer(first);
  bool all = second.empty();
  while (!parser.is_done()) {
    boost::system::error_code error;
    size_t used = buffer.empty() ? 0 : parser.put(boost::asio::buffer(buffer), error);
    buffer.erase(0, used);
    if (parser.is_header_done() && !parser.eager()) {
      if (overlock::edge::FindFramingFault(parser, request)) return "";
      parser.eager(true);
      parser.body_limit(1 << 20);
      continue;
    }
    if (error && error != boost::beast::http::error::need_more) return "";
    if (!buffer.empty() && !error) continue;
    if (all) return "";
    buffer += second;
    all = true;
  }
  parser.FinishBody();
  Check(request.header_count() <= overlock::edge::kHeaderLinesMax);
  Check(parser.header_bytes() <= overlock::edge::kHeaderBytesMax);
  overlock::type::v1::HttpRequest message = request.ToMessage("", false);
  message.set_remote_ip_address(std::string(request.body().view()));
  return message.SerializeAsString();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  std::string_view bytes(reinterpret_cast<const char*>(data + 1), size - 1);
  size_t cut = bytes.empty() ? 0 : data[0] * bytes.size() / 256;
  std::string whole = Understand(bytes, "");
  // However the network cuts it, the same is understood.
  Check(whole == Understand(bytes.substr(0, cut), bytes.substr(cut)));
  return 0;
}
