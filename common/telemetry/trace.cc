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

// Of a digit in lower case; -1 if it is none.
int ValueOf(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

// `text` has two digits for each byte. False if one is none.
bool ReadHex(std::string_view text, uint8_t* bytes) {
  for (size_t i = 0; i < text.size(); i += 2) {
    const int high = ValueOf(text[i]), low = ValueOf(text[i + 1]);
    if (high < 0 || low < 0) return false;
    bytes[i / 2] = static_cast<uint8_t>(high << 4 | low);
  }
  return true;
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
  TraceContext context;
  uint8_t version = 0;
  const bool read = ReadHex(header.substr(0, 2), &version) && ReadHex(header.substr(3, 32), context.trace_id.data()) &&
                    ReadHex(header.substr(36, 16), context.span_id.data()) &&
                    ReadHex(header.substr(53, 2), &context.flags);
  if (!read || version == 0xff || (version == 0 && header.size() != 55)) return std::nullopt;
  if (header.size() > 55 && header[55] != '-') return std::nullopt;
  // Other bits than these have no meaning yet, and are not to be sent on (section 3.2.2.5 of Level 2).
  context.flags &= kSampled | kRandomTraceId;
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
