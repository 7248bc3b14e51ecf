#include "services/overlock/cli/text.h"

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "services/overlock/cli/exit_code.h"

namespace overlock::cli {
namespace {

constexpr int64_t kSecondsMax = int64_t{100} * 365 * 24 * 3600;

bool IsControl(unsigned char c) { return c < 0x20 || c == 0x7f; }

// The second half of U+0080 to U+009F in UTF-8.
bool IsHighControl(unsigned char first, unsigned char second) {
  return first == 0xc2 && second >= 0x80 && second <= 0x9f;
}

// By the first byte; 0 if none begins with it.
size_t CodePointLength(unsigned char first) {
  if (first < 0x80) return 1;
  if (first < 0xc0) return 0;
  if (first < 0xe0) return 2;
  if (first < 0xf0) return 3;
  return first < 0xf8 ? 4 : 0;
}

int64_t SecondsOf(char unit) {
  switch (unit) {
    case 's':
      return 1;
    case 'm':
      return 60;
    case 'h':
      return 3600;
    case 'd':
      return 24 * 3600;
    case 'w':
      return 7 * 24 * 3600;
    default:
      return 0;
  }
}

}  // namespace

std::string Printable(std::string_view text, bool keep_lines) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string printable;
  printable.reserve(text.size());
  auto escape = [&](unsigned char c) {
    printable += "\\x";
    printable += kHex[c >> 4];
    printable += kHex[c & 15];
  };
  for (size_t i = 0; i < text.size(); ++i) {
    auto c = static_cast<unsigned char>(text[i]);
    if (i + 1 < text.size() && IsHighControl(c, static_cast<unsigned char>(text[i + 1]))) {
      escape(static_cast<unsigned char>(text[++i]));
    } else if (!IsControl(c) || (keep_lines && (c == '\n' || c == '\t'))) {
      printable += text[i];
    } else if (c == '\n') {
      printable += "\\n";
    } else if (c == '\t') {
      printable += "\\t";
    } else {
      escape(c);
    }
  }
  return printable;
}

bool IsUtf8(std::string_view text) {
  while (!text.empty()) {
    const auto first = static_cast<unsigned char>(text[0]);
    const size_t length = CodePointLength(first);
    if (length == 0 || text.size() < length) return false;
    uint32_t code = length == 1 ? first : first & (0x7fu >> length);
    for (size_t i = 1; i < length; ++i) {
      const auto next = static_cast<unsigned char>(text[i]);
      if ((next & 0xc0) != 0x80) return false;
      code = code << 6 | (next & 0x3f);
    }
    constexpr uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
    if (code < kLeast[length] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return false;
    text.remove_prefix(length);
  }
  return true;
}

size_t WidthOf(std::string_view text) {
  return std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; });
}

std::string FormatTime(const google::protobuf::Timestamp& time, absl::TimeZone zone) {
  if (time.seconds() == 0 && time.nanos() == 0) return "never";
  return absl::FormatTime("%Y-%m-%d %H:%M:%S", absl::FromUnixSeconds(time.seconds()), zone);
}

absl::StatusOr<absl::Duration> ParseDuration(std::string_view text) {
  absl::Status bad =
      UsageError(absl::StrCat("'", text.substr(0, 64), "' is no duration; allowed: such as 90d, 12h, 1d12h, 30m, 45s"));
  int64_t seconds = 0;
  for (size_t i = 0; i < text.size();) {
    int64_t number = 0;
    const size_t begin = i;
    while (i < text.size() && absl::ascii_isdigit(static_cast<unsigned char>(text[i]))) {
      number = std::min(number * 10 + (text[i++] - '0'), kSecondsMax + 1);
    }
    if (i == begin || i == text.size() || SecondsOf(text[i]) == 0) return bad;
    seconds = std::min(seconds + number * SecondsOf(text[i++]), kSecondsMax + 1);
  }
  if (seconds == 0) return bad;
  if (seconds > kSecondsMax) return UsageError(absl::StrCat("'", text.substr(0, 64), "': at most 100 years"));
  return absl::Seconds(seconds);
}

size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = std::exchange(row[0], i);
    for (size_t j = 1; j <= b.size(); ++j) {
      size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

}  // namespace overlock::cli
