#include "services/overlock/cli/questions.h"

#include <stdio.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/status/status.h"
#include "services/overlock/cli/exit_code.h"

namespace overlock::cli {
namespace {

constexpr size_t kLineBytesMax = 64 << 10;
constexpr char kInterrupt = '\x03';

void Say(std::string_view text) {
  fprintf(stderr, "%.*s", static_cast<int>(text.size()), text.data());
  fflush(stderr);
}

absl::StatusOr<std::string> ReadLine() {
  std::string line;
  char c = 0;
  while (line.size() < kLineBytesMax) {
    ssize_t got = read(STDIN_FILENO, &c, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0 || c == kInterrupt) {
      Say("\n");
      return Cancelled("cancelled; nothing was done");
    }
    if (c == '\n') break;
    line += c;
  }
  return line;
}

// Turns the echo off. The terminal's own interrupt is off too, since it would leave the terminal like this; its
// character ends the line instead.
class WithoutEcho {
 public:
  WithoutEcho() {
    if (tcgetattr(STDIN_FILENO, &before_) != 0) return;
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO | ISIG);
    silent.c_cc[VEOL] = kInterrupt;
    changed_ = tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) == 0;
  }
  ~WithoutEcho() {
    if (changed_) tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
  }
  WithoutEcho(const WithoutEcho&) = delete;
  WithoutEcho& operator=(const WithoutEcho&) = delete;

 private:
  termios before_ = {};
  bool changed_ = false;
};

}  // namespace

bool Questions::CanAsk() { return isatty(STDIN_FILENO) == 1; }

absl::StatusOr<std::string> Questions::Text(std::string_view question, std::string_view preset) {
  Say(absl::StrCat(question, preset.empty() ? "" : " [", preset, preset.empty() ? ": " : "]: "));
  OVERLOCK_ASSIGN_OR_RETURN(std::string line, ReadLine());
  std::string answer(absl::StripAsciiWhitespace(line));
  return answer.empty() ? std::string(preset) : answer;
}

absl::StatusOr<std::string> Questions::Choice(std::string_view question, const std::vector<std::string>& allowed,
                                              std::string_view preset) {
  const std::string choices = absl::StrJoin(allowed, ", ");
  while (true) {
    OVERLOCK_ASSIGN_OR_RETURN(std::string answer, Text(absl::StrCat(question, " (", choices, ")"), preset));
    if (std::find(allowed.begin(), allowed.end(), answer) != allowed.end()) return answer;
    Say(absl::StrCat("  one of: ", choices, "\n"));
  }
}

absl::StatusOr<bool> Questions::YesNo(std::string_view question, bool preset) {
  while (true) {
    Say(absl::StrCat(question, preset ? " [Y/n]: " : " [y/N]: "));
    OVERLOCK_ASSIGN_OR_RETURN(std::string line, ReadLine());
    std::string answer = absl::AsciiStrToLower(absl::StripAsciiWhitespace(line));
    if (answer.empty()) return preset;
    if (answer == "y" || answer == "yes") return true;
    if (answer == "n" || answer == "no") return false;
  }
}

absl::StatusOr<std::string> Questions::Hidden(std::string_view question) {
  absl::StatusOr<std::string> line;
  {
    WithoutEcho silence;
    // After the flush: who answers before the question is asked is not heard.
    Say(absl::StrCat(question, ": "));
    line = ReadLine();
  }
  if (line.ok()) Say("\n");
  return line;
}

}  // namespace overlock::cli
