#include "services/auth/user_flags.h"

#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "common/status/status.h"
#include "common/storage/database_url.h"

ABSL_FLAG(std::string, auth_data_dir, ".overlock", "Where auth keeps users.db; made if missing.");
ABSL_FLAG(std::string, auth_database, "",
          "Where application users are: the path of a SQLite file or a postgresql:// URL without a password. Default: "
          "users.db in the data directory.");
ABSL_FLAG(std::string, auth_database_url_file, "", "A file that holds that URL, when it has a password.");
ABSL_FLAG(int, auth_password_hash_memory_kib, 19456, "Memory of one hash of a password (argon2id), in KiB.");
ABSL_FLAG(int, auth_password_hash_passes, 2, "Passes over that memory. Hashes are renewed when their user logs in.");
ABSL_FLAG(int, auth_password_hash_lanes, 1, "Lanes of that memory.");
ABSL_FLAG(int, auth_password_hash_threads, 1, "Passwords that are hashed at a time.");
ABSL_FLAG(int, auth_password_hash_queue, 64, "Passwords that wait to be hashed; more are refused.");
ABSL_FLAG(std::string, auth_http_allow, "",
          "Hosts of JWK sets that may be reached although they are not of the public Internet, also without TLS, "
          "separated by commas: 10.1.0.0/16, 127.0.0.1:8080, keys.internal:443.");
ABSL_FLAG(std::string, auth_http_ca, "", "A PEM file of authorities to trust besides the system's for JWK sets.");
ABSL_FLAG(std::string, auth_http_proxy, "", "URL of an HTTP proxy for fetching JWK sets; empty for none.");

namespace overlock::auth {
namespace {

absl::Status BadFlag(std::string_view message) {
  return Error(absl::StatusCode::kInvalidArgument, "BAD_FLAG", message);
}

absl::StatusOr<std::string> DefaultUrl() {
  const std::string directory = absl::GetFlag(FLAGS_auth_data_dir);
  std::error_code error;
  if (!std::filesystem::is_directory(directory, error)) {
    std::filesystem::create_directories(directory, error);
    if (!error) std::filesystem::permissions(directory, std::filesystem::perms::owner_all, error);
    if (error) {
      return Error(absl::StatusCode::kFailedPrecondition, "DATA_DIR_UNUSABLE",
                   absl::StrCat("auth_data_dir: cannot make ", directory, ": ", error.message()));
    }
  }
  return absl::StrCat("sqlite:", directory, "/users.db");
}

absl::StatusOr<std::string> DatabaseUrl() {
  OVERLOCK_ASSIGN_OR_RETURN(std::string url,
                            storage::ReadDatabaseUrl("auth_database", absl::GetFlag(FLAGS_auth_database),
                                                     absl::GetFlag(FLAGS_auth_database_url_file)));
  if (url.empty()) return DefaultUrl();
  return url;
}

absl::StatusOr<PasswordHasher::Options> HasherOptions() {
  PasswordHasher::Options options;
  const int memory_kib = absl::GetFlag(FLAGS_auth_password_hash_memory_kib);
  const int passes = absl::GetFlag(FLAGS_auth_password_hash_passes);
  const int lanes = absl::GetFlag(FLAGS_auth_password_hash_lanes);
  if (memory_kib < 0 || passes < 0 || lanes < 0) return BadFlag("--auth_password_hash_*: must not be negative");
  options.parameters = {static_cast<uint32_t>(memory_kib), static_cast<uint32_t>(passes), static_cast<uint32_t>(lanes)};
  if (absl::Status status = crypto::CheckParameters(options.parameters); !status.ok()) {
    return BadFlag(absl::StrCat("--auth_password_hash_", status.message()));
  }
  options.threads = absl::GetFlag(FLAGS_auth_password_hash_threads);
  if (options.threads < 1 || options.threads > 256) return BadFlag("--auth_password_hash_threads: allowed: 1 to 256");
  options.queue_items_max = absl::GetFlag(FLAGS_auth_password_hash_queue);
  if (options.queue_items_max < 1 || options.queue_items_max > 100'000) {
    return BadFlag("--auth_password_hash_queue: allowed: 1 to 100000");
  }
  return options;
}

absl::StatusOr<http::HttpClientOptions> ClientOptions() {
  http::HttpClientOptions options;
  absl::StatusOr<http::AddressGuard> guard = http::AddressGuard::Parse(absl::GetFlag(FLAGS_auth_http_allow));
  if (!guard.ok()) return BadFlag(absl::StrCat("--auth_http_allow: ", guard.status().message()));
  options.guard = *std::move(guard);
  options.ca_file = absl::GetFlag(FLAGS_auth_http_ca);
  options.proxy = absl::GetFlag(FLAGS_auth_http_proxy);
  options.connections_max = 16;
  return options;
}

}  // namespace

absl::StatusOr<UserParts::Options> UserOptionsFromFlags() {
  UserParts::Options options;
  OVERLOCK_ASSIGN_OR_RETURN(options.hasher, HasherOptions());
  OVERLOCK_ASSIGN_OR_RETURN(options.client, ClientOptions());
  OVERLOCK_ASSIGN_OR_RETURN(options.database_url, DatabaseUrl());
  return options;
}

}  // namespace overlock::auth
