#include "services/overlock/cli/table.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/overlock/cli/text.h"

namespace overlock::cli {
namespace {

constexpr char kSetOff[] = "\x1b[1m";
constexpr char kPlain[] = "\x1b[0m";
constexpr size_t kGap = 2;

}  // namespace

void Table::Add(std::vector<std::string> cells) {
  for (std::string& cell : cells) cell = Printable(cell);
  rows_.push_back(std::move(cells));
}

std::string Table::Text(bool colour) const {
  std::vector<size_t> widths;
  auto measure = [&](const std::vector<std::string>& cells) {
    if (widths.size() < cells.size()) widths.resize(cells.size());
    for (size_t i = 0; i < cells.size(); ++i) widths[i] = std::max(widths[i], WidthOf(cells[i]));
  };
  measure(titles_);
  for (const auto& row : rows_) measure(row);
  std::string text;
  auto write = [&](const std::vector<std::string>& cells, size_t set_off) {
    size_t last = cells.size();
    while (last > 0 && cells[last - 1].empty()) --last;
    for (size_t i = 0; i < last; ++i) {
      const bool marks = colour && i < set_off;
      absl::StrAppend(&text, marks ? kSetOff : "", cells[i], marks ? kPlain : "");
      if (i + 1 < last) text.append(widths[i] - WidthOf(cells[i]) + kGap, ' ');
    }
    text += '\n';
  };
  if (!titles_.empty()) write(titles_, titles_.size());
  for (const auto& row : rows_) write(row, titles_.empty() ? 1 : 0);
  return text;
}

}  // namespace overlock::cli
