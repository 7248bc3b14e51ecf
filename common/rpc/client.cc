#include "common/rpc/client.h"

namespace overlock::rpc {

Task<FinishedCall> AwaitCall(std::function<void(ResumeCall)> begin) {
  auto start = [begin = std::move(begin)](auto resume) { begin(std::move(resume)); };
  co_return co_await Suspend<FinishedCall>(std::move(start));
}

}  // namespace overlock::rpc
