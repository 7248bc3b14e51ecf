#include "services/executor/worker/worker_harness.h"

#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <new>
#include <utility>

namespace overlock::executor {
namespace {

constexpr int kWaitMs = 20'000;
// How often it is seen whether a thread has crashed.
constexpr int kLookMs = 10;

[[noreturn]] void Die(const char* what) {
  std::cerr << "worker harness: " << what << "\n";
  std::abort();
}

}  // namespace

int WorkerHarness::MakeChannel() {
  int channel[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, channel) != 0) Die("socketpair");
  channel_ = channel[0];
  return channel[1];
}

WorkerHarness::WorkerHarness(ThreadMain main) : page_(new StatusPage()) {
  thread_ = std::thread(main, MakeChannel(), page_);
  AwaitReady();
}

WorkerHarness::WorkerHarness(const std::string& binary) {
  int theirs = MakeChannel();
  int page_fd = memfd_create("status", MFD_CLOEXEC);
  if (page_fd < 0 || ftruncate(page_fd, sizeof(StatusPage)) != 0) Die("memfd");
  void* page = mmap(nullptr, sizeof(StatusPage), PROT_READ | PROT_WRITE, MAP_SHARED, page_fd, 0);
  if (page == MAP_FAILED) Die("mmap");
  page_ = static_cast<StatusPage*>(page);
  pid_ = fork();
  if (pid_ == 0) {
    // Above the two numbers first, so that neither is overwritten before it is copied.
    int high_channel = dup(theirs) + 10;
    dup2(theirs, high_channel);
    dup2(page_fd, high_channel + 1);
    dup2(high_channel, kWorkerChannelFd);
    dup2(high_channel + 1, kWorkerStatusPageFd);
    char* argv[] = {const_cast<char*>(binary.c_str()), nullptr};
    char* environment[] = {nullptr};
    execve(binary.c_str(), argv, environment);
    _exit(127);
  }
  close(theirs);
  close(page_fd);
  AwaitReady();
}

void WorkerHarness::AwaitReady() {
  incoming_.emplace(page_->messages);
  bodies_.emplace(page_->bodies);
  std::optional<worker::v1::FromWorker> ready = Receive();
  if (!ready.has_value() || !ready->has_ready()) Die("the worker did not become ready");
}

WorkerHarness::~WorkerHarness() {
  close(channel_);
  if (thread_.joinable()) {
    page_->stop = true;
    // One that has crashed is never done with what it has.
    if (page_->crashed) {
      thread_.detach();
      return;
    }
    thread_.join();
    delete page_;
    return;
  }
  if (!reaped_) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  munmap(page_, sizeof(StatusPage));
}

void WorkerHarness::Queue(const worker::v1::ToWorker& message) { AppendFrame(message, outbox_); }

void WorkerHarness::Flush() {
  for (size_t written = 0; written < outbox_.size();) {
    ssize_t sent = send(channel_, outbox_.data() + written, outbox_.size() - written, MSG_NOSIGNAL);
    if (sent <= 0) break;
    written += static_cast<size_t>(sent);
  }
  outbox_.clear();
}

void WorkerHarness::Send(const worker::v1::ToWorker& message) {
  Queue(message);
  Flush();
}

std::optional<worker::v1::FromWorker> WorkerHarness::Receive() {
  char buffer[64 << 10];
  while (true) {
    if (!incoming_->TakeRing().ok()) Die("a bad ring");
    absl::StatusOr<std::optional<std::string_view>> frame = incoming_->Next();
    if (!frame.ok()) Die("a bad frame");
    if (frame->has_value()) {
      worker::v1::FromWorker message;
      if (!message.ParseFromArray((*frame)->data(), static_cast<int>((*frame)->size()))) Die("a bad message");
      return message;
    }
    pollfd readable = {channel_, POLLIN, 0};
    for (int waited_ms = 0; poll(&readable, 1, kLookMs) != 1; waited_ms += kLookMs) {
      if (page_->crashed) return std::nullopt;
      if (waited_ms >= kWaitMs) Die("the worker says nothing");
    }
    ssize_t got = read(channel_, buffer, sizeof(buffer));
    if (got <= 0 && !incoming_->ring_has_some()) return std::nullopt;
    if (got > 0) incoming_->Append(std::string_view(buffer, static_cast<size_t>(got)));
  }
}

int WorkerHarness::WaitForEnd() {
  if (page_->crashed) return SIGABRT;
  int status = 0;
  waitpid(pid_, &status, 0);
  reaped_ = true;
  return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

void WorkerHarness::Load(const std::string& app_id, const config::v1::ExecutorView& view, int64_t revision) {
  worker::v1::ToWorker message;
  message.mutable_load_app()->mutable_app()->set_app_id(app_id);
  message.mutable_load_app()->mutable_app()->set_revision(revision);
  *message.mutable_load_app()->mutable_view() = view;
  Send(message);
}

uint64_t WorkerHarness::Start(worker::v1::ToWorker message) {
  uint64_t sequence = ++sequence_;
  page_->claim(sequence) = kPending;
  message.mutable_invoke()->set_sequence(sequence);
  Send(message);
  return sequence;
}

uint64_t WorkerHarness::Start(v1::ExecuteRequest request, int64_t run_time_left_us) {
  worker::v1::ToWorker message;
  if (std::optional<SharedBody> shared = bodies_->Put(request.body())) {
    message.mutable_invoke()->mutable_shared_body()->set_offset(static_cast<uint32_t>(shared->offset));
    message.mutable_invoke()->mutable_shared_body()->set_bytes(static_cast<uint32_t>(shared->bytes));
    request.clear_body();
  }
  message.mutable_invoke()->set_run_time_left_us(run_time_left_us);
  *message.mutable_invoke()->mutable_request() = std::move(request);
  return Start(std::move(message));
}

uint64_t WorkerHarness::StartCompile(v1::ExecuteRequest request, v1::CompileRequest compile) {
  worker::v1::ToWorker message;
  message.mutable_invoke()->set_run_time_left_us(10'000'000);
  *message.mutable_invoke()->mutable_request() = std::move(request);
  *message.mutable_invoke()->mutable_compile() = std::move(compile);
  return Start(std::move(message));
}

void WorkerHarness::KeepFromWorker(worker::v1::FromWorker message) {
  if (message.has_done()) done_[message.done().sequence()] = std::move(*message.mutable_done());
  if (message.has_parked()) parked_.push_back(message.parked().sequence());
  if (message.has_isolate_dropped()) dropped_.push_back(message.isolate_dropped());
  if (message.has_service_call()) service_calls_.push_back(std::move(*message.mutable_service_call()));
}

worker::v1::ServiceCall WorkerHarness::WaitForServiceCall() {
  while (service_calls_.empty()) {
    std::optional<worker::v1::FromWorker> message = Receive();
    if (!message.has_value()) Die("the worker ended");
    KeepFromWorker(*std::move(message));
  }
  worker::v1::ServiceCall call = std::move(service_calls_.front());
  service_calls_.pop_front();
  return call;
}

v1::ExecuteResponse WorkerHarness::Wait(uint64_t sequence) {
  return std::move(*WaitForDone(sequence).mutable_response());
}

worker::v1::Done WorkerHarness::WaitForDone(uint64_t sequence) {
  while (done_.count(sequence) == 0) {
    std::optional<worker::v1::FromWorker> message = Receive();
    if (!message.has_value()) Die("the worker ended");
    KeepFromWorker(*std::move(message));
  }
  return std::move(done_.extract(sequence).mapped());
}

void WorkerHarness::AwaitDropped(size_t count) {
  while (dropped_.size() < count) {
    std::optional<worker::v1::FromWorker> message = Receive();
    if (!message.has_value()) Die("the worker ended");
    KeepFromWorker(*std::move(message));
  }
}

v1::ExecuteResponse WorkerHarness::Execute(v1::ExecuteRequest request) { return Wait(Start(std::move(request))); }

}  // namespace overlock::executor
