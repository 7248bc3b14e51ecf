// Differences between two texts as `diff -u` and git write them.
#ifndef OVERLOCK_COMMON_TEXT_UNIFIED_DIFF_H_
#define OVERLOCK_COMMON_TEXT_UNIFIED_DIFF_H_

#include <optional>
#include <string>
#include <string_view>

namespace overlock::text {

// What turns `old_text` into `new_text`, so that `patch` and `git apply` can do it: two lines with the paths, as they
// are given (`a/x`, `b/x`), then hunks with `context` unchanged lines around each change. Empty when the texts are
// equal.
//
// A side that is not there is std::nullopt, and its path is `/dev/null`; beside an empty text there are no hunks. Lines
// end at LF; all other bytes, CR and NUL too, belong to a line. A path with odd characters is quoted as git does it.
//
// Takes time and memory in proportion to the texts, and a constant. The difference is the smallest for texts that have
// much in common; where they differ by thousands of lines it may be larger, and what is left when the bound on work is
// reached is replaced as a whole.
std::string UnifiedDiff(std::string_view old_path, std::string_view new_path, std::optional<std::string_view> old_text,
                        std::optional<std::string_view> new_text, int context = 3);

}  // namespace overlock::text

#endif  // OVERLOCK_COMMON_TEXT_UNIFIED_DIFF_H_
