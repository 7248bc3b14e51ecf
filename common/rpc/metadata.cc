#include "common/rpc/metadata.h"

#include <string>

namespace overlock::rpc {
namespace {
constexpr char kTraceparent[] = "traceparent";
constexpr char kRequestId[] = "x-request-id";
constexpr size_t kRequestIdBytesMax = 64;

std::string_view Find(const grpc::CallbackServerContext& context, const char* key) {
  auto it = context.client_metadata().find(key);
  return it == context.client_metadata().end() ? std::string_view()
                                               : std::string_view(it->second.data(), it->second.size());
}
}  // namespace

void SetClientMetadata(const CallContext& call, grpc::ClientContext& context) {
  if (call.deadline != absl::InfiniteFuture()) context.set_deadline(absl::ToChronoTime(call.deadline));
  if (call.trace.valid()) context.AddMetadata(kTraceparent, call.trace.ToTraceparent());
  if (!call.request_id.empty()) context.AddMetadata(kRequestId, call.request_id);
}

CallContext FromServerContext(const grpc::CallbackServerContext& context) {
  CallContext call;
  auto deadline = context.deadline();
  call.deadline =
      deadline == std::chrono::system_clock::time_point::max() ? absl::InfiniteFuture() : absl::FromChrono(deadline);
  auto trace = TraceContext::FromTraceparent(Find(context, kTraceparent));
  call.trace = trace ? trace->Child() : TraceContext::Begin();
  std::string_view id = Find(context, kRequestId);
  call.request_id = id.empty() || id.size() > kRequestIdBytesMax ? NewRequestId() : std::string(id);
  return call;
}

}  // namespace overlock::rpc
