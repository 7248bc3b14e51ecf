// What an invocation's frames cost on their way to a worker and back, without the system calls: written at one end and
// parsed at the other. docs/performance.md has the figures.
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>

#include "benchmark/benchmark.h"
#include "overlock/worker/v1/channel.pb.h"
#include "services/executor/channel/frame.h"
#include "services/executor/channel/worker_frames.h"
#include "services/executor/supervisor/frames.h"

namespace overlock::executor {
namespace {

v1::ExecuteRequest MakeRequest() {
  v1::ExecuteRequest request;
  request.mutable_app()->set_app_id("shop-abcde");
  request.mutable_app()->set_revision(1);
  request.mutable_webhook()->set_service("orders");
  request.mutable_webhook()->set_webhook("paid");
  auto& http = *request.mutable_request();
  http.set_method("POST");
  http.set_webhook_url("https://example.com/api/client/v2.0/app/shop-abcde/service/orders/incoming_webhook/paid");
  http.set_raw_query_string("source=bench");
  // As many header lines as senders send.
  for (const char* name : {"Accept", "Content-Length", "Content-Type", "User-Agent", "X-Forwarded-For",
                           "X-Forwarded-Proto", "X-Hook-Signature", "X-Request-Id", "Traceparent"}) {
    auto& header = *http.add_headers();
    header.set_name(name);
    header.set_value("a value of some length");
  }
  request.mutable_user()->set_type(type::v1::User::TYPE_SYSTEM);
  return request;
}

void Invoke(benchmark::State& state) {
  const v1::ExecuteRequest request = MakeRequest();
  const std::string body(static_cast<size_t>(state.range(0)), 'x');
  FrameReader reader;
  std::string channel;
  worker::v1::ToWorker message;
  uint64_t sequence = 0;
  for (auto _ : state) {
    channel.clear();
    AppendInvoke(++sequence, request, body, std::nullopt, 30'000'000, channel);
    reader.Append(channel);
    auto frame = reader.Next();
    if (!frame.ok() || !frame->has_value() ||
        !message.ParseFromArray((*frame)->data(), static_cast<int>((*frame)->size())) ||
        message.invoke().sequence() != sequence) {
      std::abort();
    }
  }
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * body.size()));
}
BENCHMARK(Invoke)->Arg(1000)->Arg(100'000);

// Answers of `body_bytes` come in batches: what is too large for the ring goes by the channel.
void Answer(benchmark::State& state) {
  const auto batch = static_cast<uint64_t>(state.range(1));
  auto ring = std::make_unique<MessageRing>();
  OutgoingFrames outgoing(*ring);
  IncomingFrames incoming(*ring);
  worker::v1::FromWorker said, heard;
  auto& response = *said.mutable_done()->mutable_response()->mutable_response();
  response.set_status(200);
  response.set_body(std::string(static_cast<size_t>(state.range(0)), 'x'));
  auto& header = *response.add_headers();
  header.set_name("Content-Type");
  header.set_value("application/json");
  uint64_t sequence = 0;
  for (auto _ : state) {
    for (uint64_t n = 1; n <= batch; ++n) {
      said.mutable_done()->set_sequence(sequence + n);
      outgoing.Add(said);
    }
    incoming.Append(outgoing.ForChannel());
    outgoing.ChannelWritten();
    if (!incoming.TakeRing().ok()) std::abort();
    for (uint64_t n = 1; n <= batch; ++n) {
      auto frame = incoming.Next();
      if (!frame.ok() || !frame->has_value() ||
          !heard.ParseFromArray((*frame)->data(), static_cast<int>((*frame)->size())) ||
          heard.done().sequence() != sequence + n) {
        std::abort();
      }
    }
    // Nothing is left, and the ring's reader knows.
    auto none = incoming.Next();
    if (!none.ok() || none->has_value()) std::abort();
    sequence += batch;
  }
  state.SetItemsProcessed(static_cast<int64_t>(sequence));
}
BENCHMARK(Answer)->ArgNames({"bytes", "batch"})->Args({30, 1})->Args({30, 16})->Args({10'000, 1})->Args({100'000, 1});

}  // namespace
}  // namespace overlock::executor

BENCHMARK_MAIN();
