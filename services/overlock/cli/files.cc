#include "services/overlock/cli/files.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/status/status.h"

namespace overlock::cli {
namespace {

absl::Status Unreadable(std::string_view name, std::string_view why) {
  return Error(absl::StatusCode::kFailedPrecondition, "FILE_UNREADABLE", absl::StrCat(name, ": ", why));
}

absl::StatusOr<std::string> ReadAll(int descriptor, std::string_view name) {
  std::string content;
  char bytes[65536];
  while (true) {
    ssize_t got = read(descriptor, bytes, sizeof(bytes));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Unreadable(name, std::strerror(errno));
    if (got == 0) return content;
    content.append(bytes, static_cast<size_t>(got));
    if (content.size() > kInputBytesMax) {
      return Error(absl::StatusCode::kInvalidArgument, "FILE_TOO_LARGE",
                   absl::StrCat(name, ": has more than ", kInputBytesMax, " bytes"));
    }
  }
}

bool WriteAll(int descriptor, std::string_view content) {
  while (!content.empty()) {
    ssize_t written = write(descriptor, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    content.remove_prefix(static_cast<size_t>(written));
  }
  return fsync(descriptor) == 0;
}

}  // namespace

absl::StatusOr<std::string> ReadStandardInput() { return ReadAll(STDIN_FILENO, "standard input"); }

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  if (path == "-") return ReadStandardInput();
  int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return Unreadable(path, std::strerror(errno));
  absl::StatusOr<std::string> content = ReadAll(descriptor, path);
  close(descriptor);
  return content;
}

absl::StatusOr<std::string> TextOrFile(const std::string& argument) {
  if (argument == "-") return ReadStandardInput();
  return absl::StartsWith(argument, "@") ? ReadFile(argument.substr(1)) : argument;
}

absl::StatusOr<std::string> ReadSecretFile(const std::string& path) {
  OVERLOCK_ASSIGN_OR_RETURN(std::string secret, ReadFile(path));
  if (absl::EndsWith(secret, "\n")) secret.pop_back();
  if (absl::EndsWith(secret, "\r")) secret.pop_back();
  return secret;
}

absl::Status WriteFile(const std::string& path, std::string_view content, int mode) {
  auto failed = [](const std::string& what) {
    return Error(absl::StatusCode::kFailedPrecondition, "FILE_UNWRITABLE",
                 absl::StrCat(what, ": ", std::strerror(errno)));
  };
  std::string temporary = path + ".XXXXXX";
  int descriptor = mkostemp(temporary.data(), O_CLOEXEC);
  if (descriptor < 0) return failed(path);
  bool written = fchmod(descriptor, static_cast<mode_t>(mode)) == 0 && WriteAll(descriptor, content);
  written = close(descriptor) == 0 && written;
  if (written && rename(temporary.c_str(), path.c_str()) == 0) return absl::OkStatus();
  absl::Status status = failed(path);
  unlink(temporary.c_str());
  return status;
}

}  // namespace overlock::cli
