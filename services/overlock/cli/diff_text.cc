#include "services/overlock/cli/diff_text.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "services/overlock/cli/text.h"

namespace overlock::cli {
namespace {

constexpr char kBold[] = "\x1b[1m";
constexpr char kRed[] = "\x1b[31m";
constexpr char kGreen[] = "\x1b[32m";
constexpr char kCyan[] = "\x1b[36m";
constexpr char kPlain[] = "\x1b[0m";

const char* ColourOf(std::string_view line, bool in_head) {
  if (in_head) return kBold;
  if (absl::StartsWith(line, "@@")) return kCyan;
  if (absl::StartsWith(line, "+")) return kGreen;
  return absl::StartsWith(line, "-") ? kRed : "";
}

}  // namespace

std::string PaintDiff(std::string_view diff) {
  std::string painted;
  // A removed line `-- x` looks like a head.
  bool in_head = true;
  while (!diff.empty()) {
    std::string_view line = diff.substr(0, diff.find('\n'));
    diff.remove_prefix(line.size());
    if (absl::StartsWith(line, "@@")) in_head = false;
    const std::string_view colour = ColourOf(line, in_head);
    absl::StrAppend(&painted, colour, Printable(line, true), colour.empty() ? "" : kPlain);
    if (!diff.empty()) {
      painted += '\n';
      diff.remove_prefix(1);
    }
  }
  return painted;
}

}  // namespace overlock::cli
