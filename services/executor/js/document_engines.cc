#include "services/executor/js/document_engines.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "services/executor/js/document_isolate.h"
#include "services/executor/js/watchdog.h"

namespace overlock::executor::js {
namespace {

class Engines : public DocumentEngines {
 public:
  Engines(const EngineLimits& limits, const std::atomic<bool>& interrupt) : limits_(limits), watchdog_(interrupt) {}

  EngineResult Run(const std::string& source, const EngineCommand& command, DocumentStore& store) override {
    DocumentIsolate& isolate = Find(source);
    EngineResult result = isolate.Run(command, store, watchdog_);
    if (isolate.condemned()) isolates_.erase(source);
    return result;
  }

 private:
  struct Kept {
    std::unique_ptr<DocumentIsolate> isolate;
    uint64_t used = 0;
  };

  DocumentIsolate& Find(const std::string& source) {
    Kept& kept = isolates_[source];
    kept.used = ++uses_;
    if (kept.isolate != nullptr) return *kept.isolate;
    if (isolates_.size() > static_cast<size_t>(limits_.isolates_max)) {
      isolates_.erase(std::min_element(isolates_.begin(), isolates_.end(),
                                       [](const auto& a, const auto& b) { return a.second.used < b.second.used; }));
    }
    auto isolate = std::make_unique<DocumentIsolate>(limits_.memory_bytes_max);
    return *(isolates_[source].isolate = std::move(isolate));
  }

  const EngineLimits limits_;
  Watchdog watchdog_;
  absl::flat_hash_map<std::string, Kept> isolates_;
  uint64_t uses_ = 0;
};

}  // namespace

DocumentEngines* MakeDocumentEngines(const EngineLimits& limits, const std::atomic<bool>& interrupt) {
  return new Engines(limits, interrupt);
}

}  // namespace overlock::executor::js
