#include "services/overlock/cli/user_names.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "services/overlock/cli/entity_kind.h"
#include "services/overlock/cli/exit_code.h"
#include "services/overlock/cli/settings.h"
#include "services/overlock/cli/text.h"

namespace overlock::cli {
namespace {

using auth::UserAdmin;
namespace v1 = auth::v1;

constexpr size_t kIdDigits = 24;
constexpr int kPageSize = 100;

absl::Status UserNotFound(const std::string& app_id, const std::string& name) {
  const bool unclear = !IsUserId(name) && !absl::StrContains(name, '@');
  return Error(absl::StatusCode::kNotFound, "USER_NOT_FOUND",
               absl::StrCat("no user of ", app_id, " has the ", IsUserId(name) ? "id" : "email address", " '", name,
                            "'", unclear ? "; an id has 24 hexadecimal digits" : ""));
}

}  // namespace

bool IsUserId(std::string_view text) {
  return text.size() == kIdDigits &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) { return absl::ascii_isxdigit(c); });
}

absl::StatusOr<std::string> FindUsersApp(Run& run, const std::string& wanted) {
  if (wanted.empty()) return run.FindApp(wanted);
  config::v1::GetAppRequest request;
  request.set_app_id(wanted);
  absl::Status there = run.Ask(&config::AppAdmin::GetApp, std::move(request)).status();
  if (there.ok()) return wanted;
  if (!absl::IsNotFound(there)) return there;
  v1::ListUsersRequest left;
  left.set_app_id(wanted);
  left.set_page_size(1);
  OVERLOCK_ASSIGN_OR_RETURN(v1::ListUsersResponse users, run.Ask(&UserAdmin::ListUsers, std::move(left)));
  if (users.users().empty()) {
    return Error(absl::StatusCode::kNotFound, "APP_NOT_FOUND",
                 absl::StrCat("--app: the server has no application '", wanted, "'"));
  }
  run.output().Note(absl::StrCat("note: the server has no application '", Printable(wanted), "', but users of it"));
  return wanted;
}

absl::Status ForEachUser(Run& run, v1::ListUsersRequest request,
                         const std::function<absl::StatusOr<bool>(const v1::UserRecord&)>& use) {
  request.set_page_size(kPageSize);
  do {
    OVERLOCK_ASSIGN_OR_RETURN(v1::ListUsersResponse page, run.Ask(&UserAdmin::ListUsers, request));
    for (const v1::UserRecord& user : page.users()) {
      OVERLOCK_ASSIGN_OR_RETURN(bool go_on, use(user));
      if (!go_on) return absl::OkStatus();
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return absl::OkStatus();
}

absl::StatusOr<v1::UserRecord> FindUser(Run& run, const std::string& app_id, const std::string& name) {
  if (IsUserId(name)) {
    v1::GetUserRequest request;
    request.set_app_id(app_id);
    request.set_user_id(name);
    absl::StatusOr<v1::GetUserResponse> response = run.Ask(&UserAdmin::GetUser, std::move(request));
    if (response.ok()) return std::move(*response->mutable_user());
    return absl::IsNotFound(response.status()) ? UserNotFound(app_id, name) : response.status();
  }
  if (name.empty()) return UsageError("USER: must be an id or an email address");
  // The search finds parts of addresses, too.
  v1::ListUsersRequest request;
  request.set_app_id(app_id);
  request.set_search(name);
  std::optional<v1::UserRecord> found;
  auto compare = [&](const v1::UserRecord& user) -> absl::StatusOr<bool> {
    if (absl::EqualsIgnoreCase(user.email(), name)) found = user;
    return !found.has_value();
  };
  OVERLOCK_RETURN_IF_ERROR(ForEachUser(run, std::move(request), compare));
  if (found.has_value()) return *std::move(found);
  return UserNotFound(app_id, name);
}

void NoteProvider(Run& run, const std::string& app_id, const std::string& type) {
  config::v1::ListEntitiesRequest request;
  request.set_app_id(app_id);
  request.set_kind(config::v1::ENTITY_KIND_AUTH_PROVIDER);
  absl::StatusOr<config::v1::ListEntitiesResponse> providers =
      run.Ask(&config::AppAdmin::ListEntities, std::move(request));
  // What was asked for is done; this is a remark.
  if (!providers.ok()) return;
  const config::v1::Entity* disabled = nullptr;
  for (const config::v1::Entity& provider : providers->entities()) {
    absl::StatusOr<config::JsonValue> config = ParseObject("config_json", provider.config_json());
    if (!config.ok() || StringAt(*config, "type") != type) continue;
    if (!TrueAt(*config, "disabled")) return;
    disabled = &provider;
  }
  run.output().Note(disabled == nullptr
                        ? absl::StrCat("note: the application has no provider ", type,
                                       ", so nobody logs in by it yet: ", "`overlock providers create ", type,
                                       " --type ", type, "`")
                        : absl::StrCat("note: the application's provider ", type,
                                       " is disabled, so nobody logs in by it: ", "`overlock providers update ",
                                       Printable(FullName(*disabled)), " --set disabled=false`"));
}

std::string DescribeUser(const v1::UserRecord& user) {
  return absl::StrCat("user ", user.id(), user.email().empty() ? "" : " (", Printable(user.email()),
                      user.email().empty() ? "" : ")");
}

}  // namespace overlock::cli
