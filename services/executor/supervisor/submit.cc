#include "services/executor/supervisor/submit.h"

#include <functional>
#include <optional>
#include <utility>

#include "common/async/suspend.h"

namespace overlock::executor {

Task<Invocation::Answer> Submit(std::shared_ptr<Supervisor> supervisor, InvocationPtr invocation,
                                std::stop_token stop) {
  std::optional<std::stop_callback<std::function<void()>>> on_stop;
  auto begin = [&on_stop, invocation, supervisor, stop](auto resume) {
    invocation->resume = std::move(resume);
    supervisor->Submit(invocation);
    if (stop.stop_possible()) on_stop.emplace(stop, [supervisor, invocation] { supervisor->Cancel(invocation); });
  };
  co_return co_await Suspend<Invocation::Answer>(std::move(begin));
}

}  // namespace overlock::executor
