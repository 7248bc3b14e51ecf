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

}  // namespace

void SetClientMetadata(const CallContext& call, grpc::ClientContext& context) {
  if (call.deadline != absl::InfiniteFuture()) context.set_deadline(absl::ToChronoTime(call.deadline));
  if (call.trace.valid()) context.AddMetadata(kTraceparent, call.trace.ToTraceparent());
  if (!call.tracestate.empty()) context.AddMetadata(kTracestate, call.tracestate);
  if (!call.request_id.empty()) context.AddMetadata(kRequestId, call.request_id);
  if (!call.token.empty()) context.AddMetadata(kAuthorization, absl::StrCat(kBearer, call.token));
}

CallContext FromServerContext(const grpc::CallbackServerContext& context) {
  CallContext call;
  auto deadline = context.deadline();
  call.deadline =
      deadline == std::chrono::system_clock::time_point::max() ? absl::InfiniteFuture() : absl::FromChrono(deadline);
  call.trace = ContinueTrace(Find(context, kTraceparent));
  if (call.trace.holder == TraceContext::Holder::kCaller) {
    call.tracestate = UsableTracestate(Find(context, kTracestate));
  }
  std::string_view id = Find(context, kRequestId);
  call.caller = CallerOf(context);
  call.request_id = id.empty() || id.size() > kRequestIdBytesMax ? NewRequestId() : std::string(id);
  return call;
}

}  // namespace overlock::rpc
