#include "common/rpc/call_handlers.h"

#include "absl/strings/str_cat.h"
#include "common/rpc/rpc_span.h"
#include "common/status/status.h"

namespace overlock::rpc {

std::string MethodPath(const google::protobuf::Descriptor& request) {
  const google::protobuf::MethodDescriptor* method = FindMethod(request);
  if (method == nullptr) return "";
  return absl::StrCat("/", method->service()->full_name(), "/", method->name());
}

absl::Status UnreadableRequest(const google::protobuf::Descriptor& request) {
  return Error(absl::StatusCode::kInvalidArgument, "REQUEST_UNREADABLE",
               absl::StrCat("request: its bytes are no ", request.full_name()));
}

}  // namespace overlock::rpc
