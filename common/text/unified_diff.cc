#include "common/text/unified_diff.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/text/line_match.h"

namespace overlock::text {
namespace {

constexpr std::string_view kNothing = "/dev/null";

// Lines [old_begin, old_end) become [new_begin, new_end); what lies before and between changes is equal.
struct Change {
  size_t old_begin, old_end, new_begin, new_end;
};

std::vector<Change> ChangesOf(const LineMatch& match) {
  std::vector<Change> changes;
  size_t old_at = 0, new_at = 0;
  while (old_at < match.old_kept.size() || new_at < match.new_kept.size()) {
    Change change{old_at, old_at, new_at, new_at};
    while (change.old_end < match.old_kept.size() && !match.old_kept[change.old_end]) ++change.old_end;
    while (change.new_end < match.new_kept.size() && !match.new_kept[change.new_end]) ++change.new_end;
    if (change.old_end > old_at || change.new_end > new_at) changes.push_back(change);
    // The line that stays, on both sides.
    old_at = std::min(change.old_end + 1, match.old_kept.size());
    new_at = std::min(change.new_end + 1, match.new_kept.size());
  }
  return changes;
}

void AppendLine(char sign, std::string_view line, std::string& out) {
  out.push_back(sign);
  out.append(line);
  if (!line.ends_with('\n')) out.append("\n\\ No newline at end of file\n");
}

// `begin` counts from 0. Of an empty range the line before it is named.
std::string Range(size_t begin, size_t count) {
  if (count == 1) return absl::StrCat(begin + 1);
  return absl::StrCat(count == 0 ? begin : begin + 1, ",", count);
}

// The changes [first, last), with unchanged lines around each.
void AppendHunk(const Lines& old_lines, const Lines& new_lines, const std::vector<Change>& changes, size_t first,
                size_t last, size_t context, std::string& out) {
  size_t before = std::min(context, changes[first].old_begin);
  size_t after = std::min(context, old_lines.size() - changes[last - 1].old_end);
  size_t old_begin = changes[first].old_begin - before;
  size_t old_end = changes[last - 1].old_end + after;
  size_t new_begin = changes[first].new_begin - before;
  size_t new_end = changes[last - 1].new_end + after;
  absl::StrAppend(&out, "@@ -", Range(old_begin, old_end - old_begin), " +", Range(new_begin, new_end - new_begin),
                  " @@\n");
  size_t at = old_begin;
  for (size_t i = first; i < last; ++i) {
    for (; at < changes[i].old_begin; ++at) AppendLine(' ', old_lines[at], out);
    for (; at < changes[i].old_end; ++at) AppendLine('-', old_lines[at], out);
    for (size_t j = changes[i].new_begin; j < changes[i].new_end; ++j) AppendLine('+', new_lines[j], out);
  }
  for (; at < old_end; ++at) AppendLine(' ', old_lines[at], out);
}

// As git writes it: with quotes if it holds a character that would end it, with a tab behind it if it holds a space.
std::string PathText(std::string_view path) {
  bool is_plain = std::all_of(path.begin(), path.end(), [](char c) {
    return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f && c != '"' && c != '\\';
  });
  if (is_plain) return absl::StrCat(path, path.find(' ') == std::string_view::npos ? "" : "\t");
  std::string quoted = "\"";
  for (char c : path) {
    if (c == '"' || c == '\\') {
      quoted.push_back('\\');
      quoted.push_back(c);
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      absl::StrAppendFormat(&quoted, "\\%03o", static_cast<unsigned char>(c));
    } else {
      quoted.push_back(c);
    }
  }
  quoted.push_back('"');
  return quoted;
}

}  // namespace

std::string UnifiedDiff(std::string_view old_path, std::string_view new_path, std::optional<std::string_view> old_text,
                        std::optional<std::string_view> new_text, int context) {
  if (old_text == new_text) return "";
  std::string out = absl::StrCat("--- ", PathText(old_text ? old_path : kNothing), "\n+++ ",
                                 PathText(new_text ? new_path : kNothing), "\n");
  Lines old_lines(old_text.value_or(""));
  Lines new_lines(new_text.value_or(""));
  std::vector<Change> changes = ChangesOf(MatchLines(old_lines, new_lines));
  size_t around = static_cast<size_t>(std::max(context, 0));
  for (size_t first = 0; first < changes.size();) {
    size_t last = first + 1;
    // Hunks that would touch are one.
    while (last < changes.size() && changes[last].old_begin - changes[last - 1].old_end <= 2 * around) ++last;
    AppendHunk(old_lines, new_lines, changes, first, last, around, out);
    first = last;
  }
  return out;
}

}  // namespace overlock::text
