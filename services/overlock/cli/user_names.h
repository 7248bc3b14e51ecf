// What commands about users share.
#ifndef OVERLOCK_SERVICES_OVERLOCK_CLI_USER_NAMES_H_
#define OVERLOCK_SERVICES_OVERLOCK_CLI_USER_NAMES_H_

#include <functional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "overlock/auth/v1/user_admin_service.pb.h"
#include "services/overlock/cli/run.h"

namespace overlock::cli {

inline constexpr char kUserOption[] = "The user: an id, or an email address.";

// Whether it is 24 hexadecimal digits.
bool IsUserId(std::string_view text);

// As Run::FindApp(), and checked: auth itself takes every application. One that config does not have is found if it has
// users, which those of a deleted one are; then a note says so.
absl::StatusOr<std::string> FindUsersApp(Run& run, const std::string& wanted);

// Calls `use` with each user that the request selects, whatever its page size, until that says false or an error.
absl::Status ForEachUser(Run& run, auth::v1::ListUsersRequest request,
                         const std::function<absl::StatusOr<bool>(const auth::v1::UserRecord&)>& use);

// By id, or by email address, without regard to case. NOT_FOUND (`USER_NOT_FOUND`).
absl::StatusOr<auth::v1::UserRecord> FindUser(Run& run, const std::string& app_id, const std::string& name);

// Says so if nobody logs in by this provider, because the application does not have it or has disabled it.
void NoteProvider(Run& run, const std::string& app_id, const std::string& type);

// `user 5e7a1c0f9d3b2a4c6e8f0a98 (ada@example.com)`.
std::string DescribeUser(const auth::v1::UserRecord& user);

}  // namespace overlock::cli

#endif  // OVERLOCK_SERVICES_OVERLOCK_CLI_USER_NAMES_H_
