// Which lines two texts have in common. Internal to unified_diff.
#ifndef OVERLOCK_COMMON_TEXT_LINE_MATCH_H_
#define OVERLOCK_COMMON_TEXT_LINE_MATCH_H_

#include <cstddef>
#include <string_view>
#include <vector>

namespace overlock::text {

// A text as lines, each with its LF, if it has one.
class Lines {
 public:
  explicit Lines(std::string_view text);

  size_t size() const { return begins_.size() - 1; }
  std::string_view operator[](size_t index) const {
    return text_.substr(begins_[index], begins_[index + 1] - begins_[index]);
  }

 private:
  std::string_view text_;
  std::vector<size_t> begins_;
};

// For each line whether it stays. Both sides have equally many that stay, and the n-th of one equals that of the other.
struct LineMatch {
  std::vector<bool> old_kept;
  std::vector<bool> new_kept;
};

// The longest common subsequence, or a shorter one where that would take too long.
LineMatch MatchLines(const Lines& old_lines, const Lines& new_lines);

}  // namespace overlock::text

#endif  // OVERLOCK_COMMON_TEXT_LINE_MATCH_H_
