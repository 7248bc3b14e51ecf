#include "common/text/unified_diff.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gtest/gtest.h"

namespace overlock::text {
namespace {

std::string Diff(std::string_view old_text, std::string_view new_text, int context = 3) {
  return UnifiedDiff("a/x", "b/x", old_text, new_text, context);
}

std::vector<std::string> LinesOf(std::string_view text) {
  std::vector<std::string> lines;
  for (size_t at = 0; at < text.size();) {
    size_t end = text.find('\n', at);
    size_t next = end == std::string_view::npos ? text.size() : end + 1;
    lines.emplace_back(text.substr(at, next - at));
    at = next;
  }
  return lines;
}

struct Range {
  size_t begin = 0;
  size_t count = 0;
};

// `-3,2` or `+3`
Range ParseRange(std::string_view text) {
  std::vector<std::string> parts = absl::StrSplit(std::string(text.substr(1)), ',');
  Range range;
  uint64_t begin = 0, count = 1;
  EXPECT_TRUE(absl::SimpleAtoi(parts[0], &begin)) << text;
  EXPECT_TRUE(parts.size() == 1 || absl::SimpleAtoi(parts[1], &count)) << text;
  range.count = count;
  range.begin = count == 0 ? begin : begin - 1;
  return range;
}

// Applies a diff, strictly: every place, count and line must be right.
class Applier {
 public:
  Applier(std::string_view old_text, std::string_view diff) : old_(LinesOf(old_text)), diff_(LinesOf(diff)) {}

  std::string Apply() {
    if (diff_.empty()) at_ = 0;
    for (size_t i = 2; i < diff_.size();) i = ApplyHunk(i);
    while (at_ < old_.size()) new_.push_back(old_[at_++]);
    std::string text;
    for (const std::string& line : new_) text += line;
    return text;
  }

 private:
  size_t ApplyHunk(size_t i) {
    std::vector<std::string> words = absl::StrSplit(diff_[i], ' ');
    EXPECT_TRUE(words.size() == 4 && words[0] == "@@" && words[3] == "@@\n") << diff_[i];
    Range from = ParseRange(words[1]);
    Range to = ParseRange(words[2]);
    EXPECT_LE(at_, from.begin);
    while (at_ < from.begin && at_ < old_.size()) new_.push_back(old_[at_++]);
    EXPECT_EQ(new_.size(), to.begin);
    for (++i; i < diff_.size() && diff_[i][0] != '@'; ++i) {
      char sign = diff_[i][0];
      std::string line = diff_[i].substr(1);
      if (i + 1 < diff_.size() && diff_[i + 1] == "\\ No newline at end of file\n") {
        line.pop_back();
        ++i;
      }
      if (sign != '+') {
        EXPECT_LT(at_, old_.size());
        if (at_ < old_.size()) {
          EXPECT_EQ(old_[at_++], line);
        }
      }
      if (sign != '-') new_.push_back(line);
    }
    EXPECT_EQ(at_, from.begin + from.count);
    EXPECT_EQ(new_.size(), to.begin + to.count);
    return i;
  }

  const std::vector<std::string> old_;
  const std::vector<std::string> diff_;
  std::vector<std::string> new_;
  size_t at_ = 0;
};

// Texts that look like edits of each other, and some that do not.
class Pairs {
 public:
  explicit Pairs(unsigned seed) : random_(seed) {}

  int Number(int max) { return static_cast<int>(random_() % static_cast<unsigned>(max)); }

  std::string Text(int lines_max, int kinds) {
    std::string text;
    for (int lines = Number(lines_max + 1); lines > 0; --lines) absl::StrAppend(&text, Line(kinds));
    if (!text.empty() && Number(3) == 0) text.pop_back();
    return text;
  }

  std::string Edited(std::string_view text, int kinds) {
    std::string result;
    for (const std::string& line : LinesOf(text)) {
      int what = Number(12);
      if (what == 0) continue;
      if (what == 1) absl::StrAppend(&result, Line(kinds));
      absl::StrAppend(&result, what == 2 ? Line(kinds) : line);
    }
    if (!result.empty() && Number(4) == 0 && result.back() == '\n') result.pop_back();
    return result;
  }

 private:
  std::string Line(int kinds) { return absl::StrCat(std::string(Number(2), ' '), "line ", Number(kinds), "\n"); }

  std::mt19937 random_;
};

TEST(UnifiedDiff, IsEmptyForEqualTexts) {
  EXPECT_EQ(Diff("", ""), "");
  EXPECT_EQ(Diff("a\nb", "a\nb"), "");
  EXPECT_EQ(UnifiedDiff("a/x", "b/x", std::nullopt, std::nullopt), "");
}

TEST(UnifiedDiff, ShowsAChangeWithThreeLinesAround) {
  EXPECT_EQ(Diff("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nfive\n6\n7\n8\n9\n"),
            "--- a/x\n+++ b/x\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n");
}

TEST(UnifiedDiff, JoinsHunksThatTouch) {
  std::string old_text = "a\n1\n2\n3\n4\n5\n6\nb\n";
  EXPECT_EQ(Diff(old_text, "A\n1\n2\n3\n4\n5\n6\nB\n"),
            "--- a/x\n+++ b/x\n@@ -1,8 +1,8 @@\n-a\n+A\n 1\n 2\n 3\n 4\n 5\n 6\n-b\n+B\n");
  EXPECT_EQ(Diff(old_text, "A\n1\n2\n3\n4\n5\n6\nB\n", 2),
            "--- a/x\n+++ b/x\n@@ -1,3 +1,3 @@\n-a\n+A\n 1\n 2\n@@ -6,3 +6,3 @@\n 5\n 6\n-b\n+B\n");
}

TEST(UnifiedDiff, WritesRangesAsDiffDoes) {
  EXPECT_EQ(Diff("", "a\n"), "--- a/x\n+++ b/x\n@@ -0,0 +1 @@\n+a\n");
  EXPECT_EQ(Diff("a\nb\n", ""), "--- a/x\n+++ b/x\n@@ -1,2 +0,0 @@\n-a\n-b\n");
  EXPECT_EQ(Diff("a\nb\nc\n", "a\nb\nx\nc\n", 0), "--- a/x\n+++ b/x\n@@ -2,0 +3 @@\n+x\n");
  EXPECT_EQ(Diff("a\nb\nc\n", "a\nc\n", -1), "--- a/x\n+++ b/x\n@@ -2 +1,0 @@\n-b\n");
}

TEST(UnifiedDiff, SaysThatTheLastLineHasNoEnd) {
  EXPECT_EQ(Diff("a\nb", "a\nb\n"), "--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+b\n");
  EXPECT_EQ(Diff("a\nb", "x\nb"), "--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n-a\n+x\n b\n\\ No newline at end of file\n");
}

TEST(UnifiedDiff, NamesDevNullForASideThatIsNotThere) {
  EXPECT_EQ(UnifiedDiff("a/x", "b/x", std::nullopt, "1\n"), "--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+1\n");
  EXPECT_EQ(UnifiedDiff("a/x", "b/x", "1\n", std::nullopt), "--- a/x\n+++ /dev/null\n@@ -1 +0,0 @@\n-1\n");
  EXPECT_EQ(UnifiedDiff("a/x", "b/x", std::nullopt, ""), "--- /dev/null\n+++ b/x\n");
}

TEST(UnifiedDiff, QuotesOddPaths) {
  EXPECT_EQ(UnifiedDiff("a/old name", "b/\"new\"\n\\", "1", "2").substr(0, 39),
            "--- a/old name\t\n+++ \"b/\\\"new\\\"\\012\\\\\"\n@");
}

TEST(UnifiedDiff, KeepsCarriageReturnsAndZeroBytes) {
  std::string old_text("a\r\n\0\nc\n", 7);
  std::string new_text("a\n\0\nc\n", 6);
  EXPECT_EQ(Applier(old_text, Diff(old_text, new_text)).Apply(), new_text);
}

// The example of Myers' paper: five edits.
TEST(UnifiedDiff, FindsTheSmallestChange) {
  int edits = 0;
  for (const std::string& line : LinesOf(Diff("A\nB\nC\nA\nB\nB\nA\n", "C\nB\nA\nB\nA\nC\n"))) {
    if (line.size() == 3 && line[0] != ' ') ++edits;
  }
  EXPECT_EQ(edits, 5);
}

TEST(UnifiedDiff, AppliedToTheOldTextGivesTheNewOne) {
  Pairs pairs(20240501);
  for (int i = 0; i < 3000; ++i) {
    int kinds = 1 + pairs.Number(i % 2 == 0 ? 6 : 200);
    std::string old_text = pairs.Text(60, kinds);
    std::string new_text = pairs.Number(4) == 0 ? pairs.Text(60, kinds) : pairs.Edited(old_text, kinds);
    std::string diff = Diff(old_text, new_text, pairs.Number(5));
    ASSERT_EQ(diff.empty(), old_text == new_text);
    ASSERT_EQ(Applier(old_text, diff).Apply(), new_text) << diff;
  }
}

// `old_text` after `patch` has applied `diff`; empty if it failed.
std::string Patched(const std::filesystem::path& directory, std::string_view old_text, std::string_view diff) {
  std::ofstream(directory / "file", std::ios::binary) << old_text;
  std::ofstream(directory / "diff", std::ios::binary) << diff;
  std::string command = absl::StrCat("patch --silent --fuzz=0 --binary ", (directory / "file").string(), " ",
                                     (directory / "diff").string());
  if (std::system(command.c_str()) != 0) return "";
  std::ifstream stream(directory / "file", std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(stream), {});
}

TEST(UnifiedDiff, IsWhatPatchUnderstands) {
  if (std::system("patch --version >/dev/null 2>&1") != 0) GTEST_SKIP() << "there is no program patch";
  std::string pattern = (std::filesystem::temp_directory_path() / "overlock_diff_XXXXXX").string();
  ASSERT_NE(mkdtemp(pattern.data()), nullptr);
  Pairs pairs(7);
  for (int i = 0; i < 60; ++i) {
    std::string old_text = absl::StrCat("first\n", pairs.Text(40, 20));
    std::string new_text = absl::StrCat("first\n", pairs.Edited(old_text, 20));
    if (old_text == new_text) continue;
    EXPECT_EQ(Patched(pattern, old_text, Diff(old_text, new_text)), new_text);
  }
  std::filesystem::remove_all(pattern);
}

TEST(UnifiedDiff, EndsOnLargeTextsWithoutACommonLine) {
  std::string old_text, new_text;
  for (int i = 0; old_text.size() < 4 * 1024 * 1024; ++i) {
    absl::StrAppend(&old_text, i, "\n");
    absl::StrAppend(&new_text, i, "x\n");
  }
  EXPECT_EQ(Applier(old_text, Diff(old_text, new_text)).Apply(), new_text);
}

// The worst that there is: every line is common, and no order is.
TEST(UnifiedDiff, EndsOnLargeTextsOfAFewLinesInRandomOrder) {
  for (int kinds : {2, 100}) {
    Pairs pairs(kinds);
    std::string old_text, new_text;
    while (old_text.size() < 4 * 1024 * 1024) {
      absl::StrAppend(&old_text, pairs.Number(kinds), "\n");
      absl::StrAppend(&new_text, pairs.Number(kinds), "\n");
    }
    EXPECT_TRUE(Applier(old_text, Diff(old_text, new_text)).Apply() == new_text) << kinds;
  }
}

TEST(UnifiedDiff, StaysSmallWhereLargeTextsDifferALittle) {
  std::string old_text, new_text;
  for (int i = 0; old_text.size() < 4 * 1024 * 1024; ++i) {
    absl::StrAppend(&old_text, i % 97, "\n");
    if (i % 50000 != 7) absl::StrAppend(&new_text, i % 97, "\n");
  }
  std::string diff = Diff(old_text, new_text);
  EXPECT_LT(diff.size(), 4000u);
  EXPECT_EQ(Applier(old_text, diff).Apply(), new_text);
}

}  // namespace
}  // namespace overlock::text
