#include "common/rpc/call_counters.h"

#include <chrono>
#include <utility>

namespace overlock::rpc {
namespace {

using grpc::experimental::InterceptionHookPoints;
using grpc::experimental::InterceptorBatchMethods;
using grpc::experimental::ServerRpcInfo;

constexpr std::array<const char*, 17> kCodeNames = {
    "OK",        "CANCELLED",      "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
    "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
    "ABORTED",   "OUT_OF_RANGE",   "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
    "DATA_LOSS", "UNAUTHENTICATED"};
static_assert(grpc::StatusCode::UNAUTHENTICATED == 16 && grpc::StatusCode::UNKNOWN == 2);

// Lives as long as its call.
class CallCounter : public grpc::experimental::Interceptor {
 public:
  CallCounter(MethodCounters& method, bool is_stream) : method_(method), is_stream_(is_stream) {}

  void Intercept(InterceptorBatchMethods* methods) override {
    if (methods->QueryInterceptionHookPoint(InterceptionHookPoints::PRE_SEND_STATUS)) {
      const double seconds = std::chrono::duration<double>(Clock::now() - begun_).count();
      method_.Count(methods->GetSendStatus().error_code(), is_stream_ ? -1 : seconds);
    }
    methods->Proceed();
  }

 private:
  using Clock = std::chrono::steady_clock;

  MethodCounters& method_;
  const bool is_stream_;
  const Clock::time_point begun_ = Clock::now();
};

}  // namespace

MethodCounters::MethodCounters(Metrics& metrics, std::string method) : metrics_(metrics), method_(std::move(method)) {}

void MethodCounters::Count(grpc::StatusCode code, double seconds) {
  size_t index = static_cast<size_t>(code);
  if (index >= kCodes) index = grpc::StatusCode::UNKNOWN;
  Counter* counter = codes_[index].load(std::memory_order_acquire);
  if (counter == nullptr) {
    counter =
        &metrics_.GetCounter("overlock_rpc_calls_total", "Calls over gRPC by the status that they were answered with.",
                             {{"method", method_}, {"code", kCodeNames[index]}});
    codes_[index].store(counter, std::memory_order_release);
  }
  counter->Increment();
  if (seconds < 0) return;
  Histogram* histogram = seconds_.load(std::memory_order_acquire);
  if (histogram == nullptr) {
    histogram = &metrics_.GetHistogram("overlock_rpc_call_seconds", "How long calls over gRPC take, but for streams.",
                                       LatencyBuckets(), {{"method", method_}});
    seconds_.store(histogram, std::memory_order_release);
  }
  histogram->Observe(seconds);
}

CallCounters::CallCounters(const CallerPolicy& policy, Metrics& metrics) {
  for (const auto& [path, rule] : policy.rules()) {
    methods_.emplace(path, std::make_unique<MethodCounters>(metrics, rule.method));
  }
}

grpc::experimental::Interceptor* CallCounters::CreateServerInterceptor(ServerRpcInfo* info) {
  auto it = methods_.find(std::string_view(info->method()));
  // Health and reflection.
  if (it == methods_.end()) return nullptr;
  return new CallCounter(*it->second, info->type() != ServerRpcInfo::Type::UNARY);
}

}  // namespace overlock::rpc
