// `audit`: who changed what, by config and by auth.
#include <google/protobuf/repeated_field.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/overlock/cli/commands.h"
#include "services/overlock/cli/exit_code.h"
#include "services/overlock/cli/table.h"
#include "services/overlock/cli/text.h"

namespace overlock::cli {
namespace {

using config::AppAdmin;
namespace v1 = config::v1;

constexpr int kPageSize = 500;
constexpr int kLinesMax = 100'000;

struct AuditOptions {
  std::string app_id;
  int limit = 50;
};

// The newest of the config service.
absl::StatusOr<v1::ListAuditRecordsResponse> ListOfConfig(Run& run, const AuditOptions& options) {
  v1::ListAuditRecordsRequest request;
  request.set_app_id(options.app_id);
  v1::ListAuditRecordsResponse all;
  do {
    request.set_page_size(std::min(options.limit - all.records_size(), kPageSize));
    OVERLOCK_ASSIGN_OR_RETURN(v1::ListAuditRecordsResponse page, run.Ask(&AppAdmin::ListAuditRecords, request));
    all.mutable_records()->MergeFrom(page.records());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty() && all.records_size() < options.limit);
  return all;
}

v1::AuditRecord OfConfig(const auth::v1::AuditRecord& record) {
  v1::AuditRecord converted;
  converted.set_id(record.id());
  *converted.mutable_time() = record.time();
  converted.set_actor(record.actor());
  converted.set_peer(record.peer());
  converted.set_action(record.action());
  converted.set_app_id(record.app_id());
  converted.set_subject(record.subject());
  return converted;
}

// The newest of the auth service, whose records have all fields of config's but a revision and a note.
absl::StatusOr<v1::ListAuditRecordsResponse> ListOfAuth(Run& run, const AuditOptions& options) {
  auth::v1::ListAuditRecordsRequest request;
  request.set_app_id(options.app_id);
  v1::ListAuditRecordsResponse all;
  do {
    request.set_page_size(std::min(options.limit - all.records_size(), kPageSize));
    OVERLOCK_ASSIGN_OR_RETURN(auth::v1::ListAuditRecordsResponse page,
                              run.Ask(&auth::UserAdmin::ListAuditRecords, request));
    for (const auth::v1::AuditRecord& record : page.records()) *all.add_records() = OfConfig(record);
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty() && all.records_size() < options.limit);
  return all;
}

bool IsNewer(const v1::AuditRecord& one, const v1::AuditRecord& other) {
  if (one.time().seconds() != other.time().seconds()) return one.time().seconds() > other.time().seconds();
  return one.time().nanos() > other.time().nanos();
}

// By time, as each service's clock has it; each service's own keep their order.
void Merge(const v1::ListAuditRecordsResponse& more, int limit, v1::ListAuditRecordsResponse& all) {
  const v1::ListAuditRecordsResponse before = std::move(all);
  all.Clear();
  std::merge(before.records().begin(), before.records().end(), more.records().begin(), more.records().end(),
             google::protobuf::RepeatedFieldBackInserter(all.mutable_records()), &IsNewer);
  if (all.records_size() > limit) all.mutable_records()->DeleteSubrange(limit, all.records_size() - limit);
}

absl::StatusOr<int> Audit(Run& run, const AuditOptions& options) {
  OVERLOCK_ASSIGN_OR_RETURN(v1::ListAuditRecordsResponse all, ListOfConfig(run, options));
  absl::StatusOr<v1::ListAuditRecordsResponse> users = ListOfAuth(run, options);
  if (users.ok()) {
    Merge(*users, options.limit, all);
  } else if (ReasonOf(users.status()) == "AUTH_NOT_THERE") {
    run.output().Note(absl::StrCat("changes of users are missing: ", std::string_view(users.status().message()),
                                   "; --auth_target names the auth service"));
  } else {
    return users.status();
  }
  if (run.output().json()) {
    run.output().Json(all);
    return kExitDone;
  }
  Table table({"TIME", "WHO", "FROM", "APPLICATION", "ACTION", "WHAT", "REVISION", "NOTE"});
  for (const v1::AuditRecord& record : all.records()) {
    table.Add({FormatTime(record.time()), record.actor(), record.peer(), record.app_id(), record.action(),
               record.subject(), record.revision() == 0 ? "" : absl::StrCat(record.revision()), record.note()});
  }
  run.output().Print(table);
  return kExitDone;
}

}  // namespace

void AddAuditCommand(CommandLine& line) {
  auto options = std::make_shared<AuditOptions>();
  CLI::App& audit =
      line.AddCommand(line.root(), "audit", "Say who changed what of applications, tokens and users, newest first.",
                      {"overlock audit", "overlock audit --app shop-abcde --limit 500 --json"},
                      [options](Run& run) { return Audit(run, *options); });
  audit.group(kAccessGroup);
  audit.add_option("--app", options->app_id, "Only what concerns this application.");
  audit.add_option("--limit", options->limit, "At most so many.")
      ->check(CLI::Range(1, kLinesMax))
      ->capture_default_str();
}

}  // namespace overlock::cli
