#include "common/app/environment_flags.h"

#include <set>

#include "absl/flags/reflection.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/app/run.h"
#include "common/status/status.h"

namespace overlock::app {
namespace {

// The flags that somebody chose: their defaults no longer count.
std::set<std::string, std::less<>>& Chosen() {
  static std::set<std::string, std::less<>> chosen;
  return chosen;
}

std::set<std::string, std::less<>> NamedIn(const std::vector<std::string>& arguments) {
  std::set<std::string, std::less<>> named;
  for (absl::string_view argument : arguments) {
    if (!absl::ConsumePrefix(&argument, "--") && !absl::ConsumePrefix(&argument, "-")) continue;
    std::string name(argument.substr(0, argument.find('=')));
    named.insert(name);
    if (name.starts_with("no")) named.insert(name.substr(2));
  }
  return named;
}

}  // namespace

std::string EnvironmentVariable(std::string_view flag) {
  return absl::StrCat("OVERLOCK_", absl::AsciiStrToUpper(flag));
}

absl::Status SetFlagsFromEnvironment(const std::vector<std::string>& arguments, const Environment& environment) {
  const auto named = NamedIn(arguments);
  for (auto& [name, flag] : absl::GetAllFlags()) {
    if (named.contains(name)) {
      Chosen().insert(std::string(name));
      continue;
    }
    const std::string variable = EnvironmentVariable(name);
    const char* value = environment(variable);
    if (value == nullptr) continue;
    std::string error;
    if (!flag->ParseFrom(value, &error)) {
      return Error(absl::StatusCode::kInvalidArgument, "BAD_ENVIRONMENT_VARIABLE", absl::StrCat(variable, ": ", error));
    }
    Chosen().insert(std::string(name));
  }
  return absl::OkStatus();
}

void SetFlagDefault(std::string_view flag, const std::string& value) {
  absl::CommandLineFlag* found = absl::FindCommandLineFlag(flag);
  // A flag file's flags are not in Chosen(), but they no longer have their default value.
  if (found == nullptr || Chosen().contains(flag) || found->CurrentValue() != found->DefaultValue()) return;
  std::string error;
  found->ParseFrom(value, &error);
}

}  // namespace overlock::app
