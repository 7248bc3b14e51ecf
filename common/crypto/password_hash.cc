#include "common/crypto/password_hash.h"

#include <argon2.h>
#include <openssl/rand.h>

#include <array>
#include <cstdlib>
#include <optional>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/status/status.h"

namespace overlock::crypto {
namespace {

constexpr size_t kSaltBytes = 16;
constexpr size_t kHashBytes = 32;
constexpr size_t kTextBytesMax = 512;
constexpr uint32_t kMemoryKibMax = 1 << 20;
constexpr uint32_t kPassesMax = 100;
constexpr uint32_t kLanesMax = 16;

absl::Status Bad(std::string_view what) {
  return Error(absl::StatusCode::kInvalidArgument, "BAD_HASH_PARAMETERS", what);
}

absl::Status Failed(int code) {
  if (code == ARGON2_MEMORY_ALLOCATION_ERROR) {
    return Error(absl::StatusCode::kResourceExhausted, "NO_MEMORY", "password: there is no memory to hash it");
  }
  return Error(absl::StatusCode::kInternal, "HASH_FAILED",
               absl::StrCat("password: cannot be hashed: ", argon2_error_message(code)));
}

// `m=19456,t=2,p=1`.
std::optional<PasswordHashParameters> ReadParameters(std::string_view hash) {
  if (hash.size() > kTextBytesMax) return std::nullopt;
  std::vector<absl::string_view> parts = absl::StrSplit(absl::string_view(hash), '$');
  if (parts.size() != 6 || !parts[0].empty() || parts[1] != "argon2id" || parts[2] != "v=19") return std::nullopt;
  std::vector<absl::string_view> numbers = absl::StrSplit(parts[3], ',');
  if (numbers.size() != 3) return std::nullopt;
  PasswordHashParameters parameters;
  if (!absl::ConsumePrefix(&numbers[0], "m=") || !absl::SimpleAtoi(numbers[0], &parameters.memory_kib) ||
      !absl::ConsumePrefix(&numbers[1], "t=") || !absl::SimpleAtoi(numbers[1], &parameters.passes) ||
      !absl::ConsumePrefix(&numbers[2], "p=") || !absl::SimpleAtoi(numbers[2], &parameters.lanes)) {
    return std::nullopt;
  }
  if (!CheckParameters(parameters).ok()) return std::nullopt;
  return parameters;
}

}  // namespace

absl::Status CheckParameters(const PasswordHashParameters& parameters) {
  if (parameters.lanes < 1 || parameters.lanes > kLanesMax) {
    return Bad(absl::StrCat("lanes: must be 1 to ", kLanesMax));
  }
  if (parameters.passes < 1 || parameters.passes > kPassesMax) {
    return Bad(absl::StrCat("passes: must be 1 to ", kPassesMax));
  }
  if (parameters.memory_kib < 8 * parameters.lanes || parameters.memory_kib > kMemoryKibMax) {
    return Bad(absl::StrCat("memory_kib: must be 8 for each lane to ", kMemoryKibMax));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> HashPassword(std::string_view password, const PasswordHashParameters& parameters) {
  OVERLOCK_RETURN_IF_ERROR(CheckParameters(parameters));
  std::array<unsigned char, kSaltBytes> salt;
  // Fails only where the system has no randomness at all.
  if (RAND_bytes(salt.data(), salt.size()) != 1) std::abort();
  std::string encoded(
      argon2_encodedlen(parameters.passes, parameters.memory_kib, parameters.lanes, kSaltBytes, kHashBytes, Argon2_id),
      '\0');
  int code =
      argon2id_hash_encoded(parameters.passes, parameters.memory_kib, parameters.lanes, password.data(),
                            password.size(), salt.data(), salt.size(), kHashBytes, encoded.data(), encoded.size());
  if (code != ARGON2_OK) return Failed(code);
  encoded.resize(encoded.find('\0'));
  return encoded;
}

std::string NobodysPasswordHash(const PasswordHashParameters& parameters) {
  auto random = [](size_t size) {
    std::string bytes(size, '\0');
    if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(size)) != 1) std::abort();
    std::string text = absl::Base64Escape(bytes);
    // PHC strings are not padded.
    text.resize(text.find_last_not_of('=') + 1);
    return text;
  };
  return absl::StrCat("$argon2id$v=19$m=", parameters.memory_kib, ",t=", parameters.passes, ",p=", parameters.lanes,
                      "$", random(kSaltBytes), "$", random(kHashBytes));
}

absl::StatusOr<bool> VerifyPassword(std::string_view password, const std::string& hash) {
  if (!IsPasswordHash(hash)) return false;
  int code = argon2id_verify(hash.c_str(), password.data(), password.size());
  if (code == ARGON2_MEMORY_ALLOCATION_ERROR) return Failed(code);
  return code == ARGON2_OK;
}

bool HasParameters(std::string_view hash, const PasswordHashParameters& parameters) {
  std::optional<PasswordHashParameters> read = ReadParameters(hash);
  return read && read->memory_kib == parameters.memory_kib && read->passes == parameters.passes &&
         read->lanes == parameters.lanes;
}

bool IsPasswordHash(std::string_view hash) {
  return hash.find('\0') == std::string_view::npos && ReadParameters(hash).has_value();
}

}  // namespace overlock::crypto
