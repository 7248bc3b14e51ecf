#include "common/rpc/metadata.h"

#include <grpcpp/security/auth_context.h>

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/telemetry/span.h"

namespace overlock::rpc {
namespace {
constexpr char kTraceparent[] = "traceparent";
constexpr char kTracestate[] = "tracestate";
constexpr char kRequestId[] = "x-request-id";
constexpr char kAuthorization[] = "authorization";
constexpr std::string_view kBearer = "Bearer ";
constexpr size_t kTokenBytesMax = 4096;
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
  if (!call.tracestate.empty()) context.AddMetadata(kTracestate, call.tracestate);
  if (!call.request_id.empty()) context.AddMetadata(kRequestId, call.request_id);
  if (!call.token.empty()) context.AddMetadata(kAuthorization, absl::StrCat(kBearer, call.token));
}

std::shared_ptr<const Caller> CallerOf(const grpc::CallbackServerContext& context) {
  auto caller = std::make_shared<Caller>();
  caller->address = context.peer();
  auto auth = context.auth_context();
  if (auth != nullptr && auth->IsPeerAuthenticated()) {
    caller->tls = true;
    for (const grpc::string_ref& name : auth->FindPropertyValues(GRPC_PEER_DNS_PROPERTY_NAME)) {
      caller->certificate_names.emplace_back(name.data(), name.size());
    }
  }
  std::string_view authorization = Find(context, kAuthorization);
  if (authorization.starts_with(kBearer) && authorization.size() <= kTokenBytesMax) {
    caller->token = authorization.substr(kBearer.size());
  }
  return caller;
}

CallContext ReceivedContext(std::string_view traceparent, std::string_view tracestate, std::string_view request_id) {
  CallContext call;
  call.trace = ContinueTrace(traceparent);
  if (call.trace.holder == TraceContext::Holder::kCaller) call.tracestate = UsableTracestate(tracestate);
  const bool usable = !request_id.empty() && request_id.size() <= kRequestIdBytesMax;
  call.request_id = usable ? std::string(request_id) : NewRequestId();
  return call;
}

CallContext FromServerContext(const grpc::CallbackServerContext& context) {
  CallContext call =
      ReceivedContext(Find(context, kTraceparent), Find(context, kTracestate), Find(context, kRequestId));
  auto deadline = context.deadline();
  call.deadline =
      deadline == std::chrono::system_clock::time_point::max() ? absl::InfiniteFuture() : absl::FromChrono(deadline);
  call.caller = CallerOf(context);
  return call;
}

}  // namespace overlock::rpc
