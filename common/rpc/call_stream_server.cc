#include "common/rpc/call_stream_server.h"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include <chrono>
#include <mutex>
#include <optional>
#include <stop_token>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/async/event_loops.h"
#include "common/rpc/channel.h"
#include "common/rpc/grpc_status.h"
#include "common/rpc/message_queue.h"
#include "common/rpc/metadata.h"
#include "common/rpc/server.h"

namespace overlock::rpc {
namespace {

using Method = CallStreamServer::Method;

// So many calls of one stream are under way at a time; more are not read.
constexpr size_t kCallsMax = 2048;
// And none is read while so much waits to be written, to a client that does not read.
constexpr size_t kQueueBytesMax = 32 * 1024 * 1024;
// A larger answer would break the stream, and with it all calls that are under way on it.
constexpr size_t kAnswerBytesMax = kMessageBytesMax - 512 * 1024;

class ServerStream;

}  // namespace

// Outlives the server: streams have their shares.
struct CallStreamServer::Shared {
  // By path. Never changed.
  absl::flat_hash_map<std::string, Method> methods;
  std::shared_ptr<CallerCheck> check;

  std::mutex mutex;
  bool draining = false;
  absl::flat_hash_set<ServerStream*> streams;
};

namespace {

// One stream. gRPC's reactions come on its threads, answers on those of the calls' executors; `mutex_` is between them.
// Never held while gRPC is called: what is to be called is decided first (Next).
class ServerStream : public grpc::ServerBidiReactor<v1::StreamRequest, v1::StreamResponse>,
                     public std::enable_shared_from_this<ServerStream> {
 public:
  ServerStream(std::shared_ptr<CallStreamServer::Shared> shared, std::shared_ptr<const Caller> caller)
      : shared_(std::move(shared)), caller_(std::move(caller)) {}

  void Begin() {
    self_ = shared_from_this();
    {
      std::lock_guard lock(shared_->mutex);
      shared_->streams.insert(this);
      v1::StreamResponse& first = queue_.ForItem(0);
      first.set_draining(shared_->draining);
      for (const auto& [path, method] : shared_->methods) first.add_methods(path);
    }
    // `reading_` is true from the start: whoever is told to drain meanwhile must not read, too.
    StartRead(&request_);
    Go([] {});
  }

  void Drain() {
    Go([this] { queue_.ForItem(0).set_draining(true); });
  }

  void OnReadDone(bool ok) override {
    if (!ok) return Go([this] { reading_ = false, no_more_calls_ = true; });
    v1::StreamRequest request = std::move(request_);
    BeginCalls(request);
    // After the calls: they may have been given up before they were sent.
    for (uint64_t id : request.cancelled_ids()) Cancel(id);
    Go([this] { reading_ = false; });
  }
  void OnWriteDone(bool ok) override {
    Go([this, ok] { writing_ = false, broken_ |= !ok; });
  }
  void OnCancel() override {
    absl::flat_hash_map<uint64_t, std::stop_source> calls;
    {
      std::lock_guard lock(mutex_);
      broken_ = true;
      calls = calls_;
    }
    for (auto& [id, stop] : calls) stop.request_stop();
    Go([] {});
  }
  void OnDone() override {
    {
      std::lock_guard lock(shared_->mutex);
      shared_->streams.erase(this);
    }
    self_.reset();
  }

 private:
  enum class Step { kNothing, kWrite, kFinish };

  // Changes the state and does what follows from it.
  template <class Change>
  void Go(Change change) {
    Step step = Step::kNothing;
    bool read = false;
    bool broken = false;
    {
      std::lock_guard lock(mutex_);
      change();
      step = Next();
      broken = broken_;
      read = !finished_ && !reading_ && !no_more_calls_ && !broken_ && calls_.size() < kCallsMax &&
             queue_.bytes() < kQueueBytesMax;
      if (read) reading_ = true;
    }
    if (step == Step::kWrite) StartWrite(&response_);
    // The stream ends while neither is under way, so that it is still there for what was decided above.
    if (step == Step::kFinish) Finish(broken ? grpc::Status::CANCELLED : grpc::Status::OK);
    if (read) StartRead(&request_);
  }

  Step Next() {
    if (finished_ || writing_) return Step::kNothing;
    if (broken_) queue_.Clear();
    if (!queue_.empty()) {
      response_ = queue_.Take();
      writing_ = true;
      return Step::kWrite;
    }
    // Not before the last handler has ended, as with calls of their own: what it uses may go after the stream.
    if (reading_ || !calls_.empty() || !(broken_ || no_more_calls_)) return Step::kNothing;
    finished_ = true;
    return Step::kFinish;
  }

  void BeginCalls(v1::StreamRequest& request) {
    int service = -1;
    boost::asio::any_io_executor executor;
    for (v1::Call& call : *request.mutable_calls()) {
      auto it = shared_->methods.find(call.method());
      if (it == shared_->methods.end()) {
        Answer(call.id(), grpc::Status(grpc::StatusCode::UNIMPLEMENTED, "there is no such method here"), "");
        continue;
      }
      const Method& method = it->second;
      if (shared_->check != nullptr) {
        grpc::Status allowed = shared_->check->Check(call.method(), caller_->certificate_names, call.request_id());
        if (!allowed.ok()) {
          Answer(call.id(), allowed, "");
          continue;
        }
      }
      if (std::exchange(service, method.service) != method.service) executor = method.executor();
      BeginCall(method, executor, call);
    }
  }

  void BeginCall(const Method& method, const boost::asio::any_io_executor& executor, v1::Call& call) {
    CallContext context = ReceivedContext(call.traceparent(), call.tracestate(), call.request_id());
    context.caller = caller_;
    if (call.has_timeout()) {
      context.deadline =
          absl::Now() + absl::Seconds(call.timeout().seconds()) + absl::Nanoseconds(call.timeout().nanos());
    }
    {
      std::lock_guard lock(mutex_);
      // Nobody would tell it to stop.
      if (broken_) return;
      std::stop_source& stop = calls_[call.id()];
      context.stop = stop.get_token();
    }
    Detach(executor, Run(shared_from_this(), &method, call.id(), std::move(*call.mutable_request()), context));
  }

  static Task<void> Run(std::shared_ptr<ServerStream> stream, const Method* method, uint64_t id, std::string request,
                        CallContext context) {
    const CallUnderWay under_way;
    const auto begun = std::chrono::steady_clock::now();
    absl::StatusOr<std::string> response = co_await method->handler(std::move(request), std::move(context));
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
    method->counters->Count(static_cast<grpc::StatusCode>(response.status().code()), took.count());
    stream->Answer(id, ToGrpcStatus(response.status()), response.ok() ? *std::move(response) : std::string());
    stream->WriteLater(co_await boost::asio::this_coro::executor);
  }

  void Answer(uint64_t id, const grpc::Status& status, std::string response) {
    std::lock_guard lock(mutex_);
    calls_.erase(id);
    if (broken_) return;
    v1::Answer& answer = *queue_.ForItem(response.size()).add_answers();
    answer.set_id(id);
    if (response.size() > kAnswerBytesMax) {
      answer.set_code(grpc::StatusCode::RESOURCE_EXHAUSTED);
      answer.set_message(absl::StrCat("the answer has ", response.size(), " bytes, allowed are ", kAnswerBytesMax));
      return;
    }
    if (!status.ok()) {
      answer.set_code(status.error_code());
      answer.set_message(status.error_message());
      answer.set_details(status.error_details());
    }
    answer.set_response(std::move(response));
  }

  // After what else is to run on the executor now: more answers may come of it.
  void WriteLater(const boost::asio::any_io_executor& executor) {
    {
      std::lock_guard lock(mutex_);
      if (std::exchange(write_later_, true)) return;
    }
    boost::asio::post(executor, [self = shared_from_this()] { self->Go([&self] { self->write_later_ = false; }); });
  }

  void Cancel(uint64_t id) {
    std::optional<std::stop_source> stop;
    {
      std::lock_guard lock(mutex_);
      if (auto it = calls_.find(id); it != calls_.end()) stop = it->second;
    }
    if (stop) stop->request_stop();
  }

  const std::shared_ptr<CallStreamServer::Shared> shared_;
  const std::shared_ptr<const Caller> caller_;
  // Until OnDone.
  std::shared_ptr<ServerStream> self_;
  v1::StreamRequest request_;
  v1::StreamResponse response_;

  std::mutex mutex_;
  MessageQueue<v1::StreamResponse> queue_;
  absl::flat_hash_map<uint64_t, std::stop_source> calls_;
  bool reading_ = true;
  bool writing_ = false;
  bool write_later_ = false;
  // The client has closed its side.
  bool no_more_calls_ = false;
  // The client has gone away.
  bool broken_ = false;
  bool finished_ = false;
};

}  // namespace

CallStreamServer::CallStreamServer(const std::vector<CallHandlers>& services, std::shared_ptr<CallerCheck> check,
                                   Metrics& metrics)
    : shared_(std::make_shared<Shared>()) {
  shared_->check = std::move(check);
  int number = 0;
  for (const CallHandlers& service : services) {
    for (const auto& [path, handler] : service.handlers()) {
      shared_->methods[path] = {.handler = handler,
                                .executor = service.executor(),
                                .service = number,
                                .counters = std::make_unique<MethodCounters>(metrics, path.substr(1))};
    }
    ++number;
  }
}

CallStreamServer::~CallStreamServer() = default;

CallerTable CallStreamServer::Callers() {
  // Each call is held to the table of its own method.
  return {v1::CallStreamService::service_full_name(), {{"Stream", {kTokenHolder}}}};
}

void CallStreamServer::SetServing(bool serving) {
  std::vector<std::shared_ptr<ServerStream>> streams;
  {
    std::lock_guard lock(shared_->mutex);
    shared_->draining = !serving;
    if (serving) return;
    for (ServerStream* stream : shared_->streams) streams.push_back(stream->shared_from_this());
  }
  for (auto& stream : streams) stream->Drain();
}

grpc::ServerBidiReactor<v1::StreamRequest, v1::StreamResponse>* CallStreamServer::Stream(
    grpc::CallbackServerContext* context) {
  auto stream = std::make_shared<ServerStream>(shared_, CallerOf(*context));
  stream->Begin();
  return stream.get();
}

}  // namespace overlock::rpc
