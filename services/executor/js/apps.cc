#include "services/executor/js/apps.h"

#include <algorithm>
#include <utility>

namespace overlock::executor::js {

void Apps::Load(worker::v1::LoadApp load) {
  App& app = apps_[load.app().app_id()];
  auto loaded = std::make_shared<const LoadedApp>(std::move(load));
  std::erase_if(app.revisions, [&](const auto& known) { return known->revision() == loaded->revision(); });
  // The memory limit is set when an isolate is made.
  if (app.isolate != nullptr && app.isolate->memory_bytes_max() != loaded->memory_bytes_max()) {
    Drop(loaded->app_id(), app.isolate.get());
  }
  app.revisions.push_back(std::move(loaded));
}

void Apps::Unload(const type::v1::AppRevision& revision) {
  auto it = apps_.find(revision.app_id());
  if (it == apps_.end()) return;
  App& app = it->second;
  std::erase_if(app.revisions, [&](const auto& known) { return known->revision() == revision.revision(); });
  if (app.revisions.empty()) {
    if (app.isolate != nullptr) --isolates_;
    apps_.erase(it);
  } else if (app.isolate != nullptr) {
    app.isolate->ForgetContextsOf(revision.revision());
  }
}

std::shared_ptr<const LoadedApp> Apps::Find(const type::v1::AppRevision& revision) const {
  auto it = apps_.find(revision.app_id());
  if (it == apps_.end()) return nullptr;
  for (const std::shared_ptr<const LoadedApp>& app : it->second.revisions) {
    if (app->revision() == revision.revision()) return app;
  }
  return nullptr;
}

std::shared_ptr<AppIsolate> Apps::IsolateOf(const LoadedApp& loaded, Invocations* host) {
  App& app = apps_[loaded.app_id()];
  app.used = ++uses_;
  if (app.isolate == nullptr) {
    if (isolates_ >= kIsolatesMax) DropLongestUnused();
    app.isolate = NewIsolate(loaded, host);
    ++isolates_;
    ++isolates_made_;
  }
  return app.isolate;
}

std::shared_ptr<AppIsolate> Apps::NewIsolate(const LoadedApp& app, Invocations* host) {
  return std::make_shared<AppIsolate>(snapshot_, host, app.memory_bytes_max());
}

void Apps::Drop(const std::string& app_id, const AppIsolate* isolate) {
  auto it = apps_.find(app_id);
  if (it == apps_.end() || it->second.isolate.get() != isolate) return;
  it->second.isolate = nullptr;
  --isolates_;
}

int64_t Apps::memory_bytes() const {
  int64_t bytes = 0;
  for (const auto& [id, app] : apps_) {
    if (app.isolate != nullptr) bytes += app.isolate->memory_bytes();
  }
  return bytes;
}

std::vector<std::string> Apps::DropUnusedBeyond(int64_t bytes_max) {
  int64_t bytes = 0;
  std::vector<std::pair<uint64_t, const std::string*>> unused;
  for (const auto& [id, app] : apps_) {
    if (app.isolate == nullptr) continue;
    bytes += app.isolate->memory_bytes();
    if (app.isolate.use_count() == 1 && app.used != uses_) unused.emplace_back(app.used, &id);
  }
  std::vector<std::string> dropped;
  if (bytes <= bytes_max) return dropped;
  std::sort(unused.begin(), unused.end());
  for (const auto& [used, id] : unused) {
    if (bytes <= bytes_max) break;
    App& app = apps_[*id];
    bytes -= app.isolate->memory_bytes();
    app.isolate = nullptr;
    --isolates_;
    dropped.push_back(*id);
  }
  return dropped;
}

void Apps::DropLongestUnused() {
  App* oldest = nullptr;
  for (auto& [id, app] : apps_) {
    if (app.isolate != nullptr && (oldest == nullptr || app.used < oldest->used)) oldest = &app;
  }
  if (oldest == nullptr) return;
  oldest->isolate = nullptr;
  --isolates_;
}

}  // namespace overlock::executor::js
