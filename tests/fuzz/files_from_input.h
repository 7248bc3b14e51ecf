// From a fuzzer's bytes to files. For fuzzers only.
#ifndef OVERLOCK_TESTS_FUZZ_FILES_FROM_INPUT_H_
#define OVERLOCK_TESTS_FUZZ_FILES_FROM_INPUT_H_

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace overlock {

// Each line `=== path` begins a file, whose content goes to the next such line.
inline std::vector<std::pair<std::string, std::string>> FilesFromInput(const uint8_t* data, size_t size) {
  constexpr std::string_view kMark = "=== ";
  std::vector<std::pair<std::string, std::string>> files;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  while (!rest.empty()) {
    std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    if (line.starts_with(kMark)) {
      files.emplace_back(line.substr(kMark.size()), "");
    } else if (!files.empty()) {
      files.back().second.append(line).push_back('\n');
    }
  }
  return files;
}

}  // namespace overlock

#endif  // OVERLOCK_TESTS_FUZZ_FILES_FROM_INPUT_H_
