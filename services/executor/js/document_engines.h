// The isolates of the embedded database.
#ifndef OVERLOCK_SERVICES_EXECUTOR_JS_DOCUMENT_ENGINES_H_
#define OVERLOCK_SERVICES_EXECUTOR_JS_DOCUMENT_ENGINES_H_

#include <atomic>

#include "services/executor/data/embedded/document_engine.h"

namespace overlock::executor::js {

// A DocumentEnginesFactory. Initialises V8 if nobody has.
DocumentEngines* MakeDocumentEngines(const EngineLimits& limits, const std::atomic<bool>& interrupt);

}  // namespace overlock::executor::js

#endif  // OVERLOCK_SERVICES_EXECUTOR_JS_DOCUMENT_ENGINES_H_
