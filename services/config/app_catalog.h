// What applications there are, in memory and in the store, and how they change.
#ifndef OVERLOCK_SERVICES_CONFIG_APP_CATALOG_H_
#define OVERLOCK_SERVICES_CONFIG_APP_CATALOG_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/async/clock.h"
#include "services/config/app_parser.h"
#include "services/config/application_store.h"

namespace overlock::config {

// JavaScript that does not compile.
struct SourceProblem {
  // Which of the sources that were asked about.
  size_t index = 0;
  // `line 3, column 7: SyntaxError: ...`
  std::string message;
};

struct NamedSource {
  // For messages: the file.
  std::string name;
  std::string source;
};

// Says which of the sources do not compile. Blocks. Fails when nobody can say.
using SourceChecker = std::function<absl::StatusOr<std::vector<SourceProblem>>(const std::vector<NamedSource>&)>;

// All applications at one revision. Immutable.
struct AppsState {
  std::map<std::string, ApplicationStore::Stored> applications;
  // Those that were deleted, with the revision at which they were.
  std::map<std::string, int64_t> deleted;
  int64_t revision = 0;
  int64_t base_revision = 0;
};

// A change is in the store before anybody sees it, and then everybody does: changes of an application come one after
// another, and each is made of the one before. While the sources of one are checked, others are changed. Thread-safe;
// what writes or refreshes blocks.
class AppCatalog {
 public:
  struct Options {
    AppCheckers checkers;
    // May be null: nothing is checked.
    SourceChecker check_sources;
  };

  // A write that was asked for.
  struct Edit {
    // `audit.app_id` says of which application.
    AuditEntry audit;
    bool validate_only = false;
    bool to_draft = false;
    // Do not ask the source checker.
    bool skip_compile = false;
    // May change what is in force beside a draft.
    bool beside_draft = false;
    // What is in force becomes what the draft was.
    bool ends_draft = false;
  };
  struct Committed {
    // What there is now, or would be; null if `problems` has errors.
    ApplicationStore::ApplicationPtr application;
    // What there was; null if there was none.
    ApplicationStore::ApplicationPtr before;
    // 0 for drafts and with `validate_only`.
    int64_t revision = 0;
    bool unchanged = false;
    bool has_errors = false;
    google::protobuf::RepeatedPtrField<v1::ImportProblem> problems;
  };
  // Makes the application that is to be of the one that is there, null if there is none. May be called again when
  // somebody else was faster.
  using MakeNext = std::function<absl::StatusOr<ParsedApp>(const v1::Application* current)>;

  // Reads all applications: blocks. `clock` must outlive the catalog.
  static absl::StatusOr<std::unique_ptr<AppCatalog>> Open(std::unique_ptr<ApplicationStore> store, Options options,
                                                          const Clock& clock);

  std::shared_ptr<const AppsState> state() const { return state_.load(); }
  // Null if there is none.
  ApplicationStore::Stored Find(const std::string& app_id) const;

  // Changes an application. An error is nobody's fault who wrote the configuration: that is in `problems`. Errors of
  // `make_next`; FAILED_PRECONDITION (`DRAFT_EXISTS`, `NO_DRAFT`); ABORTED (`REVISION_CONFLICT`) if others were always
  // faster; UNAVAILABLE (`STORE_UNAVAILABLE`, or the source checker's).
  absl::StatusOr<Committed> Commit(const Edit& edit, const MakeNext& make_next);

  // Deletes an application and returns the revision from which it is gone. NOT_FOUND (`APP_NOT_FOUND`).
  absl::StatusOr<int64_t> Delete(const AuditEntry& audit, bool validate_only);

  // Reads what another process has changed.
  absl::Status Refresh();

  // Is called, from any thread, whenever there is a new state. Set before anybody changes anything.
  void OnChange(std::function<void()> on_change) { on_change_ = std::move(on_change); }

  ApplicationStore& store() { return *store_; }
  const AppCheckers& checkers() const { return options_.checkers; }
  absl::Time Now() const { return clock_.Now(); }

 private:
  AppCatalog(std::unique_ptr<ApplicationStore> store, Options options, const Clock& clock)
      : store_(std::move(store)), options_(std::move(options)), clock_(clock) {}

  // What a change was made of, and what it is.
  struct Plan {
    ApplicationStore::Stored current;
    std::optional<ApplicationStore::Draft> draft;
    Committed committed;
  };
  // JavaScript that the source checker found nothing wrong with.
  using GoodSources = std::set<std::string>;

  // Whoever has it is the only one in this process who changes the application.
  std::shared_ptr<std::mutex> WriterMutex(const std::string& app_id);
  // Without a mutex, so that nobody waits for the source checker.
  absl::StatusOr<Plan> MakePlan(const Edit& edit, const MakeNext& make_next);
  // Adds what does not compile to the problems. Sources that `before` has too are not asked about.
  absl::Status CheckSources(const v1::Application* before, GoodSources& good, Committed& committed);
  // REVISION_CONFLICT if what the plan was made of has changed.
  absl::Status Write(const Edit& edit, Plan& plan);
  // Under the mutex.
  absl::Status RefreshLocked();
  void Publish(std::shared_ptr<const AppsState> state);

  const std::unique_ptr<ApplicationStore> store_;
  const Options options_;
  const Clock& clock_;
  // The store's contents and the state, one change after another.
  std::mutex mutex_;
  std::mutex writers_mutex_;
  // By `app_id`; those that somebody holds.
  std::map<std::string, std::weak_ptr<std::mutex>> writers_;
  std::function<void()> on_change_;
  std::atomic<std::shared_ptr<const AppsState>> state_{std::make_shared<const AppsState>()};
};

absl::Status AppNotFound(std::string_view app_id);

}  // namespace overlock::config

#endif  // OVERLOCK_SERVICES_CONFIG_APP_CATALOG_H_
