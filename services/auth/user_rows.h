// How users are read and written in SQL. Everything here runs in a transaction and throws what SOCI throws.
#ifndef OVERLOCK_SERVICES_AUTH_USER_ROWS_H_
#define OVERLOCK_SERVICES_AUTH_USER_ROWS_H_

#include <soci/soci.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "services/auth/user_directory.h"

namespace overlock::auth {

// UTF-8 without NUL and of at most `bytes_max`: what every database can hold.
bool IsStorable(std::string_view text, size_t bytes_max);
// An address as it is compared; empty if it is none that could be stored.
std::string EmailKey(std::string_view email);
// An id as it is stored; empty if it is none.
std::string IdKey(std::string_view id);

absl::Status UserNotFound(std::string_view id);
// OK, or INVALID_ARGUMENT (`BAD_USER`).
absl::Status CheckIdentity(const v1::Identity& identity);
absl::Status CheckData(const std::string& data_json);

// `{"<key>": <text as a JSON string>}`.
std::string ObjectOf(std::string_view key, std::string_view text);

// With the identities. Keys are as IdKey() and EmailKey() give them.
std::optional<UserDirectory::Login> ReadUser(soci::session& session, const std::string& app_id, const std::string& id);
// The id; empty if there is none.
std::string ReadIdByEmail(soci::session& session, const std::string& app_id, const std::string& email_key);
std::string ReadIdByIdentity(soci::session& session, const std::string& app_id, const v1::Identity& identity);
// Locks the user's row against other transactions; false if there is none.
bool LockUser(soci::session& session, const std::string& app_id, const std::string& id);

void InsertUser(soci::session& session, const UserDirectory::NewUser& user, long long now);
void InsertIdentity(soci::session& session, const std::string& app_id, const std::string& user_id,
                    const v1::Identity& identity, long long now);

// How the audit names a user.
std::string SubjectOfUser(std::string_view id);
// Records a change in its transaction, as its last statement: no other record is written until it ends. Nothing without
// an author.
void InsertAudit(soci::session& session, const UserDirectory::Author* author, std::string_view action,
                 const std::string& app_id, std::string_view subject);

}  // namespace overlock::auth

#endif  // OVERLOCK_SERVICES_AUTH_USER_ROWS_H_
