#include "services/executor/supervisor/frames.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include "overlock/worker/v1/channel.pb.h"
#include "services/executor/channel/frame.h"

namespace overlock::executor {
namespace {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedOutputStream;

constexpr uint32_t Tag(int field, WireFormatLite::WireType type) {
  return static_cast<uint32_t>(field) << WireFormatLite::kTagTypeBits | type;
}
constexpr uint32_t kInvokeTag =
    Tag(worker::v1::ToWorker::kInvokeFieldNumber, WireFormatLite::WIRETYPE_LENGTH_DELIMITED);
constexpr uint32_t kSequenceTag = Tag(worker::v1::Invoke::kSequenceFieldNumber, WireFormatLite::WIRETYPE_VARINT);
constexpr uint32_t kRequestTag =
    Tag(worker::v1::Invoke::kRequestFieldNumber, WireFormatLite::WIRETYPE_LENGTH_DELIMITED);
constexpr uint32_t kBodyTag = Tag(v1::ExecuteRequest::kBodyFieldNumber, WireFormatLite::WIRETYPE_LENGTH_DELIMITED);

size_t VarintSize(uint64_t value) { return CodedOutputStream::VarintSize64(value); }

// The fields of Invoke that come after the request.
worker::v1::Invoke Tail(const std::optional<SharedBody>& shared, int64_t run_time_left_us) {
  worker::v1::Invoke tail;
  tail.set_run_time_left_us(run_time_left_us);
  if (shared) {
    tail.mutable_shared_body()->set_offset(static_cast<uint32_t>(shared->offset));
    tail.mutable_shared_body()->set_bytes(static_cast<uint32_t>(shared->bytes));
  }
  return tail;
}

}  // namespace

void AppendInvoke(uint64_t sequence, const v1::ExecuteRequest& request, std::string_view body,
                  const std::optional<SharedBody>& shared, int64_t run_time_left_us, std::string& out) {
  // Written by hand: a message would need a copy of the body to be made first. Fields of a message may stand in
  // any order, so the body follows what the request's own serialisation wrote.
  if (shared) body = {};
  const worker::v1::Invoke tail = Tail(shared, run_time_left_us);
  size_t head_bytes = request.ByteSizeLong();
  size_t body_field_bytes = body.empty() ? 0 : VarintSize(kBodyTag) + VarintSize(body.size()) + body.size();
  size_t request_bytes = head_bytes + body_field_bytes;
  size_t tail_bytes = tail.ByteSizeLong();
  size_t invoke_bytes = VarintSize(kSequenceTag) + VarintSize(sequence) + VarintSize(kRequestTag) +
                        VarintSize(request_bytes) + request_bytes + tail_bytes;
  size_t message_bytes = VarintSize(kInvokeTag) + VarintSize(invoke_bytes) + invoke_bytes;

  // The body is appended, not written into a string that was filled with zeros for it.
  size_t begin = out.size();
  out.reserve(begin + kFrameHeaderBytes + message_bytes);
  out.resize(begin + kFrameHeaderBytes + message_bytes - body.size() - tail_bytes);
  auto* to = reinterpret_cast<uint8_t*>(out.data() + begin);
  to = CodedOutputStream::WriteLittleEndian32ToArray(static_cast<uint32_t>(message_bytes), to);
  to = CodedOutputStream::WriteVarint32ToArray(kInvokeTag, to);
  to = CodedOutputStream::WriteVarint64ToArray(invoke_bytes, to);
  to = CodedOutputStream::WriteVarint32ToArray(kSequenceTag, to);
  to = CodedOutputStream::WriteVarint64ToArray(sequence, to);
  to = CodedOutputStream::WriteVarint32ToArray(kRequestTag, to);
  to = CodedOutputStream::WriteVarint64ToArray(request_bytes, to);
  to = request.SerializeWithCachedSizesToArray(to);
  if (!body.empty()) {
    to = CodedOutputStream::WriteVarint32ToArray(kBodyTag, to);
    CodedOutputStream::WriteVarint64ToArray(body.size(), to);
    out.append(body);
  }
  out.resize(out.size() + tail_bytes);
  tail.SerializeWithCachedSizesToArray(reinterpret_cast<uint8_t*>(out.data() + out.size() - tail_bytes));
}

void AppendCompile(uint64_t sequence, const v1::ExecuteRequest& request, const v1::CompileRequest& compile,
                   int64_t run_time_left_us, std::string& out) {
  worker::v1::ToWorker message;
  message.mutable_invoke()->set_sequence(sequence);
  *message.mutable_invoke()->mutable_request() = request;
  message.mutable_invoke()->set_run_time_left_us(run_time_left_us);
  *message.mutable_invoke()->mutable_compile() = compile;
  AppendFrame(message, out);
}

void AppendLoadApp(const AppCode& code, std::string& out) {
  worker::v1::ToWorker message;
  *message.mutable_load_app()->mutable_app() = code.revision();
  config::v1::ExecutorView& view = *message.mutable_load_app()->mutable_view();
  view = code.view();
  // Configuration, secrets and rules stay here.
  for (config::v1::ExecutorView::Service& service : *view.mutable_services()) {
    config::v1::ExecutorView::Service known;
    known.set_name(service.name());
    known.set_type(service.type());
    service = std::move(known);
  }
  AppendFrame(message, out);
}

void AppendUnloadApp(const type::v1::AppRevision& app, std::string& out) {
  worker::v1::ToWorker message;
  *message.mutable_unload_app()->mutable_app() = app;
  AppendFrame(message, out);
}

void AppendConfigure(int64_t isolate_memory_bytes_max, std::string& out) {
  worker::v1::ToWorker message;
  message.mutable_configure()->set_isolate_memory_bytes_max(isolate_memory_bytes_max);
  AppendFrame(message, out);
}

void AppendCancel(uint64_t sequence, std::string& out) {
  worker::v1::ToWorker message;
  message.mutable_cancel()->set_sequence(sequence);
  AppendFrame(message, out);
}

}  // namespace overlock::executor
