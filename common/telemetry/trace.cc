#include "common/telemetry/trace.h"

#include <openssl/rand.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <random>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace overlock {
namespace {

// Level 2 of the recommendation.
constexpr uint8_t kRandomTraceId = 2;
constexpr size_t kTracestateBytesMax = 512;

// Ids must be unique, not secret: a generator a thread, seeded from OpenSSL, costs no lock.
uint64_t RandomBits() {
  thread_local std::mt19937_64 generator = [] {
    uint64_t seed = 0;
    RAND_bytes(reinterpret_cast<unsigned char*>(&seed), sizeof seed);
    return std::mt19937_64(seed);
  }();
  return generator();
}

std::string Hex(const uint8_t* bytes, size_t size) {
  return absl::BytesToHexString(std::string_view(reinterpret_cast<const char*>(bytes), size));
}

bool IsLowerHex(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace

bool TraceContext::valid() const { return trace_id != decltype(trace_id){} && span_id != decltype(span_id){}; }

std::string TraceContext::TraceIdHex() const { return Hex(trace_id.data(), trace_id.size()); }

std::string TraceContext::ToTraceparent() const {
  if (!valid()) return "";
  return absl::StrCat("00-", TraceIdHex(), "-", Hex(span_id.data(), span_id.size()), "-", Hex(&flags, 1));
}

TraceContext TraceContext::Child() const {
  TraceContext child = *this;
  uint64_t bits = RandomBits() | 1;
  std::memcpy(child.span_id.data(), &bits, sizeof bits);
  child.holder = Holder::kHere;
  return child;
}

std::optional<TraceContext> TraceContext::FromTraceparent(std::string_view header) {
  // version 2, trace id 32, span id 16, flags 2, and three dashes.
  if (header.size() < 55 || header[2] != '-' || header[35] != '-' || header[52] != '-') return std::nullopt;
  std::string_view version = header.substr(0, 2), trace = header.substr(3, 32), span = header.substr(36, 16);
  std::string_view flags = header.substr(53, 2);
  if (!IsLowerHex(version) || !IsLowerHex(trace) || !IsLowerHex(span) || !IsLowerHex(flags)) return std::nullopt;
  if (version == "ff" || (version == "00" && header.size() != 55)) return std::nullopt;
  if (header.size() > 55 && header[55] != '-') return std::nullopt;
  TraceContext context;
  std::string bytes = absl::HexStringToBytes(trace);
  std::memcpy(context.trace_id.data(), bytes.data(), 16);
  bytes = absl::HexStringToBytes(span);
  std::memcpy(context.span_id.data(), bytes.data(), 8);
  // Other bits than these have no meaning yet, and are not to be sent on (section 3.2.2.5 of Level 2).
  context.flags = static_cast<uint8_t>(absl::HexStringToBytes(flags)[0]) & (kSampled | kRandomTraceId);
  context.holder = Holder::kCaller;
  if (!context.valid()) return std::nullopt;
  return context;
}

TraceContext TraceContext::Begin() {
  TraceContext context;
  uint64_t bits[2] = {RandomBits(), RandomBits() | 1};
  std::memcpy(context.trace_id.data(), bits, sizeof bits);
  context = context.Child();
  context.holder = Holder::kNobody;
  return context;
}

std::string_view UsableTracestate(std::string_view header) {
  bool usable = header.size() <= kTracestateBytesMax &&
                std::all_of(header.begin(), header.end(), [](char c) { return c == '\t' || (c >= ' ' && c <= '~'); });
  return usable ? header : std::string_view();
}

std::string NewRequestId() {
  // As an ObjectId: seconds, five random bytes of this process, a counter.
  static const uint64_t process = RandomBits();
  static std::atomic<uint32_t> counter{static_cast<uint32_t>(RandomBits())};
  uint8_t id[12];
  uint32_t seconds = static_cast<uint32_t>(absl::ToUnixSeconds(absl::Now()));
  uint32_t count = counter.fetch_add(1, std::memory_order_relaxed);
  for (int i = 0; i < 4; ++i) id[i] = static_cast<uint8_t>(seconds >> (24 - 8 * i));
  std::memcpy(id + 4, &process, 5);
  for (int i = 0; i < 3; ++i) id[9 + i] = static_cast<uint8_t>(count >> (16 - 8 * i));
  return Hex(id, sizeof id);
}

}  // namespace overlock
