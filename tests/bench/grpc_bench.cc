// What a bare unary gRPC call costs: no service of ours behind it, a hook's body in it. Server and client are processes
// of their own, as services are; `cpu_us` is the processor time of both for a call, with 16 calls under way.
// `references.py` starts it on one core.
//
//   grpc_bench --certificates=DIRECTORY    with authority.pem, service.pem and service.key; without it plain text only
#include <benchmark/benchmark.h>
#include <grpcpp/grpcpp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "common/rpc/channel.h"
#include "common/rpc/polling_threads.h"
#include "common/rpc/server_runner.h"
#include "common/telemetry/metrics.h"
#include "overlock/validation/v1/validation_service.grpc.pb.h"

namespace overlock {
namespace {

using validation::v1::ValidateRequest;
using validation::v1::ValidateResponse;
using validation::v1::ValidationService;

constexpr int kOutstanding = 16;
constexpr int kCalls = 5'000;
constexpr int kBodyBytes = 1035;
constexpr std::string_view kCertificatesFlag = "--certificates=";

// What the server process says once it listens.
struct Ports {
  int plain_text = 0;
  int mutual_tls = 0;
};

rpc::TlsOptions TlsFiles(const std::string& directory) {
  if (directory.empty()) return {};
  return {.cert = directory + "/service.pem", .key = directory + "/service.key", .ca = directory + "/authority.pem"};
}

class AnswersAtOnce : public ValidationService::CallbackService {
  grpc::ServerUnaryReactor* Validate(grpc::CallbackServerContext* context, const ValidateRequest*,
                                     ValidateResponse* response) override {
    response->set_valid(true);
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
};

std::unique_ptr<rpc::ServerRunner> Listen(const rpc::TlsOptions& tls, AnswersAtOnce& service) {
  // Whoever has a certificate may call: there is nothing to be looked up.
  static Metrics& metrics = *new Metrics();
  rpc::CallerTable anyone{ValidationService::service_full_name(), {{rpc::kOtherMethods, {rpc::kTokenHolder}}}};
  auto server = rpc::ServerRunner::Start("127.0.0.1:0", tls, {{&service, anyone}}, metrics);
  if (!server.ok()) {
    std::fprintf(stderr, "grpc_bench: %s\n", std::string(server.status().message()).c_str());
    std::exit(1);
  }
  (*server)->SetServing(true);
  return *std::move(server);
}

// Serves until it is killed.
[[noreturn]] void Serve(const std::string& certificates, int ports_out) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  AnswersAtOnce plain_text_service;
  AnswersAtOnce mutual_tls_service;
  Ports ports;
  auto plain_text = Listen({}, plain_text_service);
  ports.plain_text = plain_text->port();
  std::unique_ptr<rpc::ServerRunner> mutual_tls;
  if (!certificates.empty()) {
    mutual_tls = Listen(TlsFiles(certificates), mutual_tls_service);
    ports.mutual_tls = mutual_tls->port();
  }
  if (write(ports_out, &ports, sizeof ports) != sizeof ports) std::exit(1);
  for (;;) pause();
}

class ServerProcess {
 public:
  // Must come before anything of gRPC: its threads do not survive a fork.
  explicit ServerProcess(const std::string& certificates) {
    int ends[2];
    if (pipe(ends) != 0 || (pid_ = fork()) < 0) std::abort();
    if (pid_ == 0) Serve(certificates, ends[1]);
    close(ends[1]);
    if (read(ends[0], &ports_, sizeof ports_) != sizeof ports_) std::exit(1);
    close(ends[0]);
  }
  ~ServerProcess() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }

  const Ports& ports() const { return ports_; }

  // Of this process and the server's.
  int64_t CpuNanos() const {
    clockid_t server_clock;
    timespec server = {};
    timespec own = {};
    if (clock_getcpuclockid(pid_, &server_clock) != 0 || clock_gettime(server_clock, &server) != 0) std::abort();
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &own);
    return (int64_t{server.tv_sec} + own.tv_sec) * 1'000'000'000 + server.tv_nsec + own.tv_nsec;
  }

 private:
  pid_t pid_ = 0;
  Ports ports_;
};

// Makes `calls` calls, kOutstanding at a time. Lives until the last of its callbacks has returned.
class Calls : public std::enable_shared_from_this<Calls> {
 public:
  Calls(ValidationService::Stub& stub, int calls) : stub_(stub), left_(calls) {
    request_.mutable_app()->set_app_id("bench-abcde");
    request_.mutable_app()->set_revision(1);
    request_.mutable_webhook()->set_service("s");
    request_.mutable_webhook()->set_webhook("hook-basic");
    request_.set_body(std::string(kBodyBytes, 'x'));
    request_.mutable_request()->set_method("POST");
    auto& header = *request_.mutable_request()->add_headers();
    header.set_name("X-Hook-Signature");
    header.set_value("sha256=" + std::string(64, '0'));
  }

  // Returns the first failure, or OK, when all have ended.
  grpc::Status Run() {
    for (Slot& slot : slots_) Begin(slot);
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return ended_ == kOutstanding; });
    return failure_;
  }

 private:
  struct Slot {
    std::optional<grpc::ClientContext> context;
    ValidateResponse response;
  };

  void Begin(Slot& slot) {
    if (left_.fetch_sub(1) <= 0) return End(grpc::Status::OK);
    slot.context.emplace();
    auto done = [self = shared_from_this(), &slot](grpc::Status status) {
      if (status.ok()) {
        self->Begin(slot);
      } else {
        self->End(status);
      }
    };
    stub_.async()->Validate(&*slot.context, &request_, &slot.response, std::move(done));
  }

  void End(const grpc::Status& status) {
    std::lock_guard lock(mutex_);
    if (failure_.ok()) failure_ = status;
    ++ended_;
    changed_.notify_one();
  }

  ValidationService::Stub& stub_;
  ValidateRequest request_;
  std::atomic<int> left_;
  std::array<Slot, kOutstanding> slots_;
  std::mutex mutex_;
  std::condition_variable changed_;
  int ended_ = 0;
  grpc::Status failure_;
};

void RunUnary(benchmark::State& state, const ServerProcess& server, int port, const rpc::TlsOptions& tls) {
  auto channel = rpc::MakeChannel(absl::StrCat("127.0.0.1:", port), tls);
  if (!channel.ok()) return state.SkipWithError(std::string(channel.status().message()).c_str());
  // The channel connects first, and the first calls warm both sides.
  (*channel)->WaitForConnected(std::chrono::system_clock::now() + std::chrono::seconds(10));
  std::unique_ptr<ValidationService::Stub> stub = ValidationService::NewStub(*channel);
  if (grpc::Status status = std::make_shared<Calls>(*stub, kCalls)->Run(); !status.ok()) {
    return state.SkipWithError(status.error_message().c_str());
  }
  const int64_t before = server.CpuNanos();
  for (auto _ : state) {
    grpc::Status status = std::make_shared<Calls>(*stub, kCalls)->Run();
    if (!status.ok()) return state.SkipWithError(status.error_message().c_str());
  }
  const double calls = static_cast<double>(state.iterations()) * kCalls;
  state.counters["cpu_us"] = static_cast<double>(server.CpuNanos() - before) / 1e3 / calls;
  state.SetItemsProcessed(state.iterations() * kCalls);
}

// Takes the flag out of the arguments.
std::string CertificatesOf(int& argc, char** argv) {
  std::string certificates;
  int kept = 1;
  for (int i = 1; i < argc; ++i) {
    std::string_view argument = argv[i];
    if (argument.starts_with(kCertificatesFlag)) {
      certificates = std::string(argument.substr(kCertificatesFlag.size()));
    } else {
      argv[kept++] = argv[i];
    }
  }
  argc = kept;
  return certificates;
}

}  // namespace
}  // namespace overlock

int main(int argc, char** argv) {
  const std::string certificates = overlock::CertificatesOf(argc, argv);
  overlock::ServerProcess server(certificates);
  // All of them poll, as gRPC has it, but until all channels have ended.
  overlock::rpc::PollingThreads polling(std::numeric_limits<int>::max());
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RegisterBenchmark("UnaryPlainText", [&](benchmark::State& state) {
    overlock::RunUnary(state, server, server.ports().plain_text, {});
  })->UseRealTime();
  if (!certificates.empty()) {
    benchmark::RegisterBenchmark("UnaryMutualTls", [&](benchmark::State& state) {
      overlock::RunUnary(state, server, server.ports().mutual_tls, overlock::TlsFiles(certificates));
    })->UseRealTime();
  }
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
