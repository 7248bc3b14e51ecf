#include "common/http_client/address_guard.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/status/status.h"

namespace overlock::http {
namespace {

using Bytes = std::array<uint8_t, 16>;

struct Network {
  const char* prefix;
  int bits;
};

constexpr Network kRefusedIpv4[] = {
    {"0.0.0.0", 8},      {"10.0.0.0", 8},     {"100.64.0.0", 10},   {"127.0.0.0", 8},     {"169.254.0.0", 16},
    {"172.16.0.0", 12},  {"192.0.0.0", 24},   {"192.0.2.0", 24},    {"192.31.196.0", 24}, {"192.52.193.0", 24},
    {"192.88.99.0", 24}, {"192.168.0.0", 16}, {"192.175.48.0", 24}, {"198.18.0.0", 15},   {"198.51.100.0", 24},
    {"203.0.113.0", 24}, {"224.0.0.0", 4},    {"240.0.0.0", 4},
};

// Outside of 2000::/3 nothing is public.
constexpr Network kPublicIpv6 = {"2000::", 3};
constexpr Network kRefusedIpv6[] = {
    {"2001::", 23}, {"2001:db8::", 32}, {"2002::", 16}, {"2620:4f:8000::", 48}, {"3fff::", 20},
};
// IPv6 addresses that are IPv4 addresses, and where those stand in them.
struct Embedding {
  Network network;
  size_t offset;
};
constexpr Embedding kEmbeddings[] = {{{"::ffff:0:0", 96}, 12}, {{"64:ff9b::", 96}, 12}};

bool HasPrefix(const uint8_t* address, const uint8_t* prefix, int bits) {
  int whole = bits / 8;
  if (std::memcmp(address, prefix, static_cast<size_t>(whole)) != 0) return false;
  if (bits % 8 == 0) return true;
  auto mask = static_cast<uint8_t>(0xff << (8 - bits % 8));
  return (address[whole] & mask) == (prefix[whole] & mask);
}

bool IsIn(const uint8_t* address, const Network& network, int family) {
  uint8_t prefix[16] = {};
  inet_pton(family, network.prefix, prefix);
  return HasPrefix(address, prefix, network.bits);
}

bool IsPublicIpv4(const uint8_t* address) {
  return std::none_of(std::begin(kRefusedIpv4), std::end(kRefusedIpv4),
                      [&](const Network& network) { return IsIn(address, network, AF_INET); });
}

bool IsPublicIpv6(const uint8_t* address) {
  for (const Embedding& embedding : kEmbeddings) {
    if (IsIn(address, embedding.network, AF_INET6)) return IsPublicIpv4(address + embedding.offset);
  }
  if (!IsIn(address, kPublicIpv6, AF_INET6)) return false;
  return std::none_of(std::begin(kRefusedIpv6), std::end(kRefusedIpv6),
                      [&](const Network& network) { return IsIn(address, network, AF_INET6); });
}

Bytes Mapped(const uint8_t* ipv4) {
  Bytes bytes = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  std::memcpy(bytes.data() + 12, ipv4, 4);
  return bytes;
}

std::optional<int> ReadNumber(std::string_view text, int max) {
  int number = -1;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 0 || number > max) return std::nullopt;
  return number;
}

// Letters, digits and hyphens between dots. The last label of a name is no number: that would be an address.
bool IsHostName(std::string_view text) {
  size_t dot = text.rfind('.');
  std::string_view last = dot == text.npos ? text : text.substr(dot + 1);
  if (text.empty() || text.size() > 253 || text.front() == '.' || last.empty() ||
      absl::StartsWithIgnoreCase(last, "0x")) {
    return false;
  }
  auto is_digit = [](char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); };
  return !std::all_of(last.begin(), last.end(), is_digit) && std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' || c == '.';
  });
}

// `[HOST]REST`, `HOST/REST` or `HOST:REST`; REST keeps its first character. False if a bracket is left open.
bool SplitHost(std::string_view text, std::string& host, std::string& rest) {
  if (absl::StartsWith(text, "[")) {
    size_t close = text.find(']');
    if (close == text.npos) return false;
    host = text.substr(1, close - 1);
    rest = text.substr(close + 1);
    return true;
  }
  const bool is_ipv6 = std::count(text.begin(), text.end(), ':') > 1;
  size_t end = std::min(text.find_first_of(is_ipv6 ? "/" : "/:"), text.size());
  host = text.substr(0, end);
  rest = text.substr(end);
  return true;
}

}  // namespace

absl::Status AddressGuard::Add(std::string_view text) {
  absl::Status bad = Error(absl::StatusCode::kInvalidArgument, "BAD_ALLOW_LIST",
                           absl::StrCat("'", text,
                                        "': allowed: an address, a network or the name of a host, with or without a "
                                        "port: 10.1.0.0/16, 127.0.0.1:8080, [::1]:9000, minio:9000"));
  std::string host;
  std::string rest;
  if (!SplitHost(text, host, rest)) return bad;
  Entry entry;
  uint8_t bytes[16];
  int bits_max = 0;
  if (inet_pton(AF_INET, host.c_str(), bytes) == 1) {
    entry.prefix = Mapped(bytes);
    bits_max = 32;
  } else if (inet_pton(AF_INET6, host.c_str(), bytes) == 1) {
    std::memcpy(entry.prefix.data(), bytes, 16);
    bits_max = 128;
  } else if (!IsHostName(host) || absl::StartsWith(text, "[")) {
    return bad;
  }
  if (!rest.empty() && rest[0] == '/') {
    size_t end = std::min(rest.find(':'), rest.size());
    std::optional<int> bits = ReadNumber(std::string_view(rest).substr(1, end - 1), bits_max);
    if (!bits || bits_max == 0) return bad;
    entry.bits = 128 - bits_max + *bits;
    rest = rest.substr(end);
  }
  if (!rest.empty()) {
    std::optional<int> port = ReadNumber(std::string_view(rest).substr(1), 65'535);
    if (rest[0] != ':' || !port || *port == 0) return bad;
    entry.port = *port;
  }
  if (bits_max == 0) {
    names_.push_back({absl::AsciiStrToLower(host), entry.port});
  } else {
    entries_.push_back(entry);
  }
  return absl::OkStatus();
}

absl::StatusOr<AddressGuard> AddressGuard::Parse(std::string_view list) {
  AddressGuard guard;
  while (!list.empty()) {
    size_t end = std::min(list.find(','), list.size());
    std::string text(absl::StripAsciiWhitespace(std::string(list.substr(0, end))));
    OVERLOCK_RETURN_IF_ERROR(guard.Add(text));
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return guard;
}

bool AddressGuard::Contains(const Bytes& prefix, int bits, const Bytes& address) {
  return HasPrefix(address.data(), prefix.data(), bits);
}

bool AddressGuard::Allows(const sockaddr* address) const {
  Bytes bytes;
  const int port = PortOf(address);
  bool is_public = false;
  if (address->sa_family == AF_INET) {
    const auto* ipv4 = reinterpret_cast<const sockaddr_in*>(address);
    const auto* raw = reinterpret_cast<const uint8_t*>(&ipv4->sin_addr);
    bytes = Mapped(raw);
    is_public = IsPublicIpv4(raw);
  } else if (address->sa_family == AF_INET6) {
    const auto* ipv6 = reinterpret_cast<const sockaddr_in6*>(address);
    std::memcpy(bytes.data(), &ipv6->sin6_addr, bytes.size());
    is_public = IsPublicIpv6(bytes.data());
  } else {
    return false;
  }
  if (is_public) return true;
  return std::any_of(entries_.begin(), entries_.end(), [&](const Entry& entry) {
    return Contains(entry.prefix, entry.bits, bytes) && (entry.port == 0 || entry.port == port);
  });
}

bool AddressGuard::AllowsName(std::string_view host, int port) const {
  return std::any_of(names_.begin(), names_.end(), [&](const Name& name) {
    return absl::EqualsIgnoreCase(name.host, host) && (name.port == 0 || name.port == port);
  });
}

int AddressGuard::PortOf(const sockaddr* address) {
  if (address->sa_family == AF_INET) return ntohs(reinterpret_cast<const sockaddr_in*>(address)->sin_port);
  if (address->sa_family == AF_INET6) return ntohs(reinterpret_cast<const sockaddr_in6*>(address)->sin6_port);
  return 0;
}

}  // namespace overlock::http
