#include "common/rpc/rpc_span.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/status/status.h"

namespace overlock::rpc {
namespace {

constexpr std::string_view kScope = "overlock.rpc";

bool IsServersFault(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kUnknown:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kUnimplemented:
    case absl::StatusCode::kInternal:
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDataLoss:
      return true;
    default:
      return false;
  }
}

}  // namespace

const google::protobuf::MethodDescriptor* FindMethod(const google::protobuf::Descriptor& request) {
  const google::protobuf::FileDescriptor& file = *request.file();
  for (int i = 0; i < file.service_count(); ++i) {
    for (int j = 0; j < file.service(i)->method_count(); ++j) {
      const google::protobuf::MethodDescriptor* method = file.service(i)->method(j);
      if (method->input_type() == &request) return method;
    }
  }
  return nullptr;
}

namespace rpc_internal {

Span BeginRecordedSpan(SpanKind kind, DescribeRequest describe, CallContext& call) {
  const google::protobuf::Descriptor& request = *describe();
  const google::protobuf::MethodDescriptor* method = FindMethod(request);
  const std::string service = method == nullptr ? request.file()->package() : method->service()->full_name();
  const std::string name =
      method == nullptr ? std::string(absl::StripSuffix(request.name(), "Request")) : method->name();
  const std::string full_name = absl::StrCat(service, "/", name);
  Span span = Span::Begin({.scope = kScope, .name = full_name, .kind = kind}, call.trace);
  span.Set("rpc.system", "grpc");
  span.Set("rpc.service", service);
  span.Set("rpc.method", name);
  if (kind == SpanKind::kServer) span.Set("overlock.request_id", call.request_id);
  return span;
}

}  // namespace rpc_internal

void EndSpan(Span& span, SpanKind kind, const absl::Status& status) {
  if (!span.recorded()) return;
  span.Set("rpc.grpc.status_code", static_cast<int>(status.code()));
  if (!status.ok()) {
    std::string reason = ReasonOf(status);
    if (reason.empty()) reason = absl::StatusCodeToString(status.code());
    if (kind == SpanKind::kClient || IsServersFault(status.code())) {
      span.Fail(reason);
    } else {
      span.Set("overlock.reason", reason);
    }
  }
  span.End();
}

}  // namespace overlock::rpc
