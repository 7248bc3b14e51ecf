// Differences for people.
#ifndef OVERLOCK_SERVICES_OVERLOCK_CLI_DIFF_TEXT_H_
#define OVERLOCK_SERVICES_OVERLOCK_CLI_DIFF_TEXT_H_

#include <string>
#include <string_view>

namespace overlock::cli {

// A unified diff of one file in colours, without what a terminal would obey.
std::string PaintDiff(std::string_view diff);

}  // namespace overlock::cli

#endif  // OVERLOCK_SERVICES_OVERLOCK_CLI_DIFF_TEXT_H_
