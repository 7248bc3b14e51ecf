#include "common/http/network_list.h"

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <optional>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/status/status.h"

namespace overlock::http {
namespace {

using Bytes = std::array<uint8_t, 16>;

struct Parsed {
  Bytes bytes = {};
  bool v4 = false;
};

std::optional<Parsed> ParseIp(std::string_view text) {
  constexpr size_t text_size_max = 45;
  if (text.size() > text_size_max || text.find('%') != text.npos) return std::nullopt;
  boost::system::error_code error;
  boost::asio::ip::address address = boost::asio::ip::make_address(std::string(text), error);
  if (error) return std::nullopt;
  Parsed parsed;
  parsed.v4 = address.is_v4();
  if (!parsed.v4) {
    parsed.bytes = address.to_v6().to_bytes();
    return parsed;
  }
  std::array<uint8_t, 4> bytes = address.to_v4().to_bytes();
  parsed.bytes[10] = parsed.bytes[11] = 0xff;
  std::copy(bytes.begin(), bytes.end(), parsed.bytes.begin() + 12);
  return parsed;
}

bool BitOf(const Bytes& bytes, int bit) { return (bytes[bit / 8] >> (7 - bit % 8) & 1) != 0; }

}  // namespace

absl::Status NetworkList::Add(std::string_view text) {
  absl::Status bad = Error(absl::StatusCode::kInvalidArgument, "BAD_NETWORK",
                           absl::StrCat("`", text.substr(0, 64), "` is not a network: write an address, or one with a ",
                                        "length and no bits beyond it, as in 10.0.0.0/8 or 2001:db8::/32"));
  size_t slash = text.find('/');
  std::optional<Parsed> parsed = ParseIp(text.substr(0, slash));
  if (!parsed.has_value()) return bad;
  Network network = {.prefix = parsed->bytes};
  if (slash != text.npos) {
    std::string_view length = text.substr(slash + 1);
    int bits = 0;
    bool digits = !length.empty() && length.size() <= 3 &&
                  std::all_of(length.begin(), length.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (!digits || !absl::SimpleAtoi(length, &bits) || bits > (parsed->v4 ? 32 : 128)) return bad;
    network.bits = parsed->v4 ? bits + 96 : bits;
  }
  for (int bit = network.bits; bit < 128; ++bit) {
    if (BitOf(network.prefix, bit)) return bad;
  }
  networks_.push_back(network);
  return absl::OkStatus();
}

bool NetworkList::Contains(std::string_view address) const {
  std::optional<Parsed> parsed = ParseIp(address);
  if (!parsed.has_value()) return false;
  bool v4 = parsed->v4;
  if (!v4)
    v4 = std::all_of(parsed->bytes.begin(), parsed->bytes.begin() + 10, [](uint8_t b) { return b == 0; }) &&
         parsed->bytes[10] == 0xff && parsed->bytes[11] == 0xff;
  return std::any_of(networks_.begin(), networks_.end(), [&](const Network& network) {
    // A short IPv6 network, `::/0` say, does not take in IPv4.
    if (v4 && network.bits < 96) return false;
    for (int bit = 0; bit < network.bits; ++bit) {
      if (BitOf(network.prefix, bit) != BitOf(parsed->bytes, bit)) return false;
    }
    return true;
  });
}

}  // namespace overlock::http
