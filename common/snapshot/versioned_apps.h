// What a service knows of all applications, by revision.
#ifndef OVERLOCK_COMMON_SNAPSHOT_VERSIONED_APPS_H_
#define OVERLOCK_COMMON_SNAPSHOT_VERSIONED_APPS_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "common/async/call_context.h"
#include "common/async/clock.h"
#include "common/async/event_loops.h"
#include "common/async/task.h"
#include "common/status/status.h"

namespace overlock {

// Holds an immutable T for each application and, for a minute, those of its last few revisions: one request is
// answered by every service from one revision (architecture, section 5). One thread applies changes; any thread
// reads, without a lock.
template <class T>
class VersionedApps {
 public:
  static constexpr absl::Duration kKeepOld = absl::Minutes(1);
  static constexpr size_t kKeepOldMax = 4;
  static constexpr absl::Duration kWaitForRevision = absl::Milliseconds(200);

  struct Change {
    std::string app_id;
    int64_t revision;
    std::shared_ptr<const T> app;
  };
  struct Current {
    int64_t revision = 0;
    std::shared_ptr<const T> app;
  };

  explicit VersionedApps(const Clock& clock = Clock::Real()) : clock_(clock), state_(std::make_shared<const State>()) {}

  // Moves on to `revision`. With `snapshot`, applications that are not in `changes` are gone. A snapshot also replaces
  // what has the same revision: it may have been built of a view with fewer fields.
  void Apply(int64_t revision, bool snapshot, std::vector<Change> changes, const std::vector<std::string>& removed) {
    absl::Time now = clock_.Now();
    std::shared_ptr<const State> old = state_.load();
    auto next = std::make_shared<State>(*old);
    next->revision = revision;
    absl::flat_hash_map<std::string, bool> present;
    for (Change& change : changes) {
      if (snapshot) present[change.app_id] = true;
      Entry& entry = next->apps[change.app_id];
      if (entry.current.app && entry.current.revision == change.revision) {
        if (snapshot) entry.current.app = std::move(change.app);
        continue;
      }
      Retire(entry, now);
      entry.current = {change.revision, std::move(change.app)};
    }
    for (const std::string& app_id : removed) Remove(*next, app_id, now);
    if (snapshot) {
      for (auto& [app_id, entry] : next->apps) {
        if (!present.contains(app_id)) Retire(entry, now);
      }
    }
    Forget(*next, now);
    state_.store(std::move(next));
  }

  // The revision of the whole; 0 before the first Apply.
  int64_t revision() const { return state_.load()->revision; }

  // The application as it is now; `app` is null if there is none.
  Current Latest(std::string_view app_id) const {
    std::shared_ptr<const State> state = state_.load();
    auto it = state->apps.find(app_id);
    return it == state->apps.end() ? Current{} : it->second.current;
  }

  // The application at a revision. Waits up to 200 ms for one that is not known yet, then says UNAVAILABLE
  // (`REVISION_UNKNOWN`); FAILED_PRECONDITION (`REVISION_GONE`) for one that is no longer kept.
  Task<absl::StatusOr<std::shared_ptr<const T>>> Get(std::string app_id, int64_t revision, CallContext call) const {
    absl::Time give_up = std::min(absl::Now() + kWaitForRevision, call.deadline);
    while (true) {
      absl::StatusOr<std::shared_ptr<const T>> found = Find(app_id, revision);
      if (found.ok() || found.status().code() != absl::StatusCode::kUnavailable || absl::Now() >= give_up) {
        co_return found;
      }
      co_await Delay(absl::Milliseconds(5));
    }
  }

  // The same without waiting.
  absl::StatusOr<std::shared_ptr<const T>> Find(std::string_view app_id, int64_t revision) const {
    std::shared_ptr<const State> state = state_.load();
    auto it = state->apps.find(app_id);
    if (it != state->apps.end()) {
      const Entry& entry = it->second;
      if (entry.current.app && entry.current.revision == revision) return entry.current.app;
      for (const Old& old : entry.old) {
        if (old.version.revision == revision) return old.version.app;
      }
    }
    if (revision > state->revision) {
      return Error(
          absl::StatusCode::kUnavailable, "REVISION_UNKNOWN",
          absl::StrCat("app.revision: ", revision, " is not known here yet; this service is at ", state->revision));
    }
    return Error(absl::StatusCode::kFailedPrecondition, "REVISION_GONE",
                 absl::StrCat("app.revision: ", revision, " of ", app_id, " is no longer kept"));
  }

  // Calls `visit(app_id, current)` for every application.
  template <class Visit>
  void ForEach(Visit visit) const {
    std::shared_ptr<const State> state = state_.load();
    for (const auto& [app_id, entry] : state->apps) {
      if (entry.current.app) visit(app_id, entry.current);
    }
  }

 private:
  struct Old {
    Current version;
    absl::Time retired;
  };
  struct Entry {
    Current current;
    std::vector<Old> old;
  };
  struct State {
    int64_t revision = 0;
    absl::flat_hash_map<std::string, Entry> apps;
  };

  static void Retire(Entry& entry, absl::Time now) {
    if (entry.current.app) entry.old.push_back({std::move(entry.current), now});
    entry.current = {};
    if (entry.old.size() > kKeepOldMax) entry.old.erase(entry.old.begin());
  }

  static void Remove(State& state, const std::string& app_id, absl::Time now) {
    auto it = state.apps.find(app_id);
    if (it != state.apps.end()) Retire(it->second, now);
  }

  static void Forget(State& state, absl::Time now) {
    for (auto it = state.apps.begin(); it != state.apps.end();) {
      std::erase_if(it->second.old, [now](const Old& old) { return now - old.retired > kKeepOld; });
      if (!it->second.current.app && it->second.old.empty())
        state.apps.erase(it++);
      else
        ++it;
    }
  }

  const Clock& clock_;
  std::atomic<std::shared_ptr<const State>> state_;
};

}  // namespace overlock

#endif  // OVERLOCK_COMMON_SNAPSHOT_VERSIONED_APPS_H_
