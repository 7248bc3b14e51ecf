// The applications of a worker and their isolates.
#ifndef OVERLOCK_SERVICES_EXECUTOR_JS_APPS_H_
#define OVERLOCK_SERVICES_EXECUTOR_JS_APPS_H_

#include <v8-snapshot.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "overlock/worker/v1/channel.pb.h"
#include "services/executor/js/app_isolate.h"
#include "services/executor/js/loaded_app.h"

namespace overlock::executor::js {

// The JavaScript thread's. Isolates that are dropped live on until their last invocation lets go of them.
class Apps {
 public:
  // Isolates kept warm; the one that was longest unused goes.
  static constexpr size_t kIsolatesMax = 64;

  // `snapshot` must outlive this.
  explicit Apps(v8::StartupData& snapshot) : snapshot_(snapshot) {}

  void Load(worker::v1::LoadApp load);
  void Unload(const type::v1::AppRevision& app);
  // Null if it was not loaded.
  std::shared_ptr<const LoadedApp> Find(const type::v1::AppRevision& app) const;

  // The application's isolate, made if need be.
  std::shared_ptr<AppIsolate> IsolateOf(const LoadedApp& app, Invocations* host);
  // An isolate with the application's limits that is not kept.
  std::shared_ptr<AppIsolate> NewIsolate(const LoadedApp& app, Invocations* host);
  // Isolates that are kept, and what they hold together as it was last measured.
  size_t isolates() const { return isolates_; }
  int64_t memory_bytes() const;
  // How many IsolateOf() made so far.
  uint64_t isolates_made() const { return isolates_made_; }
  // Drops isolates that no invocation uses, the longest unused first, while all together are measured to hold more than
  // `bytes_max`. The one that was used last stays. Gives their applications.
  std::vector<std::string> DropUnusedBeyond(int64_t bytes_max);
  // Gives the application a new isolate next time, if this is the one it has.
  void Drop(const std::string& app_id, const AppIsolate* isolate);

 private:
  struct App {
    // The few that are in use.
    std::vector<std::shared_ptr<const LoadedApp>> revisions;
    std::shared_ptr<AppIsolate> isolate;
    uint64_t used = 0;
  };
  void DropLongestUnused();

  v8::StartupData& snapshot_;
  absl::flat_hash_map<std::string, App> apps_;
  size_t isolates_ = 0;
  uint64_t isolates_made_ = 0;
  uint64_t uses_ = 0;
};

}  // namespace overlock::executor::js

#endif  // OVERLOCK_SERVICES_EXECUTOR_JS_APPS_H_
