// Eugene W. Myers, "An O(ND) Difference Algorithm and Its Variations" (1986), with the linear-space refinement: a
// search from both ends finds a point in the middle of the shortest edit, which parts the task into two. Two bounds
// keep it from being quadratic: on the edits that one search looks for, and on the work as a whole.
#include "common/text/line_match.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>

#include "absl/container/flat_hash_map.h"

namespace overlock::text {
namespace {

// How many edits a search follows from each end before it takes the furthest point that it has come to.
constexpr int64_t kEditsMax = 512;
// Steps of all searches together; well below a second.
constexpr int64_t kStepsMax = 64'000'000;

// Lines as numbers, equal for equal lines, and where each stood.
struct Side {
  std::vector<uint32_t> ids;
  std::vector<size_t> places;
};

// Part of both sides: [a_begin, a_end) and [b_begin, b_end).
struct Box {
  int64_t a_begin, a_end, b_begin, b_end;
};

struct Point {
  int64_t a, b;
};

class Matcher {
 public:
  Matcher(const Side& a, const Side& b, LineMatch& match)
      : a_(a), b_(b), match_(match), forward_(2 * kEditsMax + 5), backward_(2 * kEditsMax + 5) {}

  void Run() {
    std::vector<Box> boxes = {{0, static_cast<int64_t>(a_.ids.size()), 0, static_cast<int64_t>(b_.ids.size())}};
    while (!boxes.empty()) {
      Box box = boxes.back();
      boxes.pop_back();
      KeepEnds(box);
      if (box.a_begin == box.a_end || box.b_begin == box.b_end || steps_ >= kStepsMax) continue;
      Point middle = FindMiddle(box);
      bool at_begin = middle.a == box.a_begin && middle.b == box.b_begin;
      bool at_end = middle.a == box.a_end && middle.b == box.b_end;
      if (at_begin || at_end) continue;
      boxes.push_back({middle.a, box.a_end, middle.b, box.b_end});
      boxes.push_back({box.a_begin, middle.a, box.b_begin, middle.b});
    }
  }

 private:
  bool Equal(int64_t a, int64_t b) const { return a_.ids[a] == b_.ids[b]; }

  void Keep(int64_t a, int64_t b) {
    match_.old_kept[a_.places[a]] = true;
    match_.new_kept[b_.places[b]] = true;
  }

  // Lines that both begin or end with.
  void KeepEnds(Box& box) {
    while (box.a_begin < box.a_end && box.b_begin < box.b_end && Equal(box.a_begin, box.b_begin)) {
      Keep(box.a_begin++, box.b_begin++);
    }
    while (box.a_begin < box.a_end && box.b_begin < box.b_end && Equal(box.a_end - 1, box.b_end - 1)) {
      Keep(--box.a_end, --box.b_end);
    }
  }

  // One direction's state: on each diagonal (a - b) from `low` to `high` the furthest point it has come to, as its `a`.
  struct Front {
    std::vector<int64_t>& reached;
    int64_t start;
    int64_t low, high;
    int64_t& At(int64_t diagonal) { return reached[diagonal - start + kEditsMax + 2]; }
    bool Holds(int64_t diagonal) const { return low <= diagonal && diagonal <= high; }
  };

  // One edit more. Diagonals outside [min, max] lie outside the box; `nowhere` is worse than any point.
  static void Widen(Front& front, int64_t min, int64_t max, int64_t nowhere) {
    if (front.low > min) {
      front.At(--front.low - 1) = nowhere;
    } else {
      ++front.low;
    }
    if (front.high < max) {
      front.At(++front.high + 1) = nowhere;
    } else {
      --front.high;
    }
  }

  std::optional<Point> StepForward(const Box& box, Front& front, Front& other, bool may_meet) {
    for (int64_t diagonal = front.high; diagonal >= front.low; diagonal -= 2) {
      int64_t a = std::max(front.At(diagonal - 1) + 1, front.At(diagonal + 1));
      int64_t b = a - diagonal;
      int64_t begin = a;
      while (a < box.a_end && b < box.b_end && Equal(a, b)) ++a, ++b;
      steps_ += a - begin + 1;
      front.At(diagonal) = a;
      if (may_meet && other.Holds(diagonal) && other.At(diagonal) <= a) return Point{a, b};
    }
    return std::nullopt;
  }

  std::optional<Point> StepBackward(const Box& box, Front& front, Front& other, bool may_meet) {
    for (int64_t diagonal = front.high; diagonal >= front.low; diagonal -= 2) {
      int64_t a = std::min(front.At(diagonal - 1), front.At(diagonal + 1) - 1);
      int64_t b = a - diagonal;
      int64_t begin = a;
      while (a > box.a_begin && b > box.b_begin && Equal(a - 1, b - 1)) --a, --b;
      steps_ += begin - a + 1;
      front.At(diagonal) = a;
      if (may_meet && other.Holds(diagonal) && a <= other.At(diagonal)) return Point{a, b};
    }
    return std::nullopt;
  }

  // A point on the shortest edit, or the furthest one found when the bound is reached. The box has no common ends.
  Point FindMiddle(const Box& box) {
    const int64_t min = box.a_begin - box.b_end;
    const int64_t max = box.a_end - box.b_begin;
    const int64_t start = box.a_begin - box.b_begin;
    const int64_t end = box.a_end - box.b_end;
    const bool is_odd = ((start - end) & 1) != 0;
    constexpr int64_t kBeforeAll = -1;
    constexpr int64_t kAfterAll = std::numeric_limits<int64_t>::max() / 2;
    Front forward{forward_, start, start, start};
    Front backward{backward_, end, end, end};
    forward.At(start) = box.a_begin;
    backward.At(end) = box.a_end;
    for (int64_t edits = 1;; ++edits) {
      Widen(forward, min, max, kBeforeAll);
      if (auto met = StepForward(box, forward, backward, is_odd)) return *met;
      Widen(backward, min, max, kAfterAll);
      if (auto met = StepBackward(box, backward, forward, !is_odd)) return *met;
      if (edits >= kEditsMax || steps_ >= kStepsMax) return Furthest(box, forward, backward);
    }
  }

  static Point Furthest(const Box& box, Front& forward, Front& backward) {
    Point ahead{box.a_begin, box.b_begin};
    for (int64_t diagonal = forward.high; diagonal >= forward.low; diagonal -= 2) {
      int64_t a = std::min({forward.At(diagonal), box.a_end, box.b_end + diagonal});
      if (a + a - diagonal > ahead.a + ahead.b) ahead = {a, a - diagonal};
    }
    Point behind{box.a_end, box.b_end};
    for (int64_t diagonal = backward.high; diagonal >= backward.low; diagonal -= 2) {
      int64_t a = std::max({backward.At(diagonal), box.a_begin, box.b_begin + diagonal});
      if (a + a - diagonal < behind.a + behind.b) behind = {a, a - diagonal};
    }
    int64_t gained_ahead = ahead.a + ahead.b - box.a_begin - box.b_begin;
    int64_t gained_behind = box.a_end + box.b_end - behind.a - behind.b;
    return gained_ahead >= gained_behind ? ahead : behind;
  }

  const Side& a_;
  const Side& b_;
  LineMatch& match_;
  std::vector<int64_t> forward_;
  std::vector<int64_t> backward_;
  int64_t steps_ = 0;
};

// The lines of [begin, end) that the other side has too: no other can stay.
void Gather(const Lines& lines, size_t begin, size_t end, const absl::flat_hash_map<std::string_view, uint32_t>& ids,
            const std::vector<bool>& is_shared, Side& side) {
  for (size_t i = begin; i < end; ++i) {
    auto it = ids.find(lines[i]);
    if (it == ids.end() || !is_shared[it->second]) continue;
    side.ids.push_back(it->second);
    side.places.push_back(i);
  }
}

}  // namespace

Lines::Lines(std::string_view text) : text_(text) {
  begins_.push_back(0);
  for (size_t at = 0; at < text.size();) {
    size_t end = text.find('\n', at);
    at = end == std::string_view::npos ? text.size() : end + 1;
    begins_.push_back(at);
  }
}

LineMatch MatchLines(const Lines& old_lines, const Lines& new_lines) {
  LineMatch match{std::vector<bool>(old_lines.size()), std::vector<bool>(new_lines.size())};
  size_t begin = 0;
  size_t old_end = old_lines.size();
  size_t new_end = new_lines.size();
  while (begin < old_end && begin < new_end && old_lines[begin] == new_lines[begin]) {
    match.old_kept[begin] = match.new_kept[begin] = true;
    ++begin;
  }
  while (old_end > begin && new_end > begin && old_lines[old_end - 1] == new_lines[new_end - 1]) {
    match.old_kept[--old_end] = match.new_kept[--new_end] = true;
  }
  absl::flat_hash_map<std::string_view, uint32_t> ids;
  for (size_t i = begin; i < old_end; ++i) ids.try_emplace(old_lines[i], static_cast<uint32_t>(ids.size()));
  std::vector<bool> is_shared(ids.size());
  for (size_t i = begin; i < new_end; ++i) {
    auto it = ids.find(new_lines[i]);
    if (it != ids.end()) is_shared[it->second] = true;
  }
  Side old_side, new_side;
  Gather(old_lines, begin, old_end, ids, is_shared, old_side);
  Gather(new_lines, begin, new_end, ids, is_shared, new_side);
  Matcher(old_side, new_side, match).Run();
  return match;
}

}  // namespace overlock::text
