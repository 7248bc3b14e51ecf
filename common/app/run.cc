#include "common/app/run.h"

#include <signal.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <thread>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/reflection.h"
#include "absl/flags/usage.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/app/environment_flags.h"
#include "common/app/trace_flags.h"
#include "common/async/event_loops.h"
#include "common/http/admin_server.h"
#include "common/processors/processors.h"
#include "common/rpc/call_streams.h"
#include "common/rpc/channel.h"
#include "common/rpc/client.h"
#include "common/rpc/grpc_log.h"
#include "common/rpc/polling_threads.h"
#include "common/rpc/server_runner.h"
#include "common/status/status.h"
#include "common/telemetry/log.h"
#include "common/telemetry/metrics.h"

ABSL_FLAG(int, threads, 1,
          "Event loops, a thread each; 0 means one a processor that this process may use. One serves tens of thousands "
          "of requests a second.");
ABSL_FLAG(std::string, log_level, "info", "The least that is logged: debug, info, warning, error or off.");
ABSL_FLAG(
    absl::Duration, drain_delay, absl::Seconds(1),
    "How long after SIGTERM new work is still taken, while /readyz and gRPC health say that none should come; give "
    "load balancers the time to hear it.");
ABSL_FLAG(absl::Duration, drain_timeout, absl::Seconds(100),
          "How long work under way may take after --drain_delay; more than the longest function.");
ABSL_FLAG(
    absl::Duration, rpc_wait, absl::Seconds(5),
    "How long a call to another service may wait for a server of it that can be reached, before anything is sent; 0 "
    "for not at all.");
ABSL_FLAG(
    absl::Duration, rpc_connection_age, absl::Seconds(5),
    "How old a connection between services grows, give or take a tenth, until its client connects anew and so finds "
    "the servers that have come.");
ABSL_FLAG(
    bool, rpc_streams, true,
    "Make the calls of the request path together, on a stream to each server that takes them so. Without, each by "
    "itself.");
ABSL_FLAG(
    int, rpc_polling_threads, 0,
    "Threads in which gRPC waits for the network, 1 to 16; 0 means half of the processors that this process may use, "
    "at least one.");
ABSL_FLAG(std::string, tls_cert, "", "PEM file: this process's certificate chain, for calls between services.");
ABSL_FLAG(std::string, tls_key, "", "PEM file: the certificate's private key.");
ABSL_FLAG(std::string, tls_ca, "", "PEM file: the authorities whose certificates are accepted.");
ABSL_FLAG(
    bool, migrate_only, false,
    "Bring the schemas of the databases up to date and end, without serving: a job before an upgrade. A start does "
    "the same.");
ABSL_FLAG(bool, insecure, false, "Allow plain text between services beyond loopback. For trusted networks only.");

namespace overlock::app {
namespace {

int ThreadCount() {
  int threads = absl::GetFlag(FLAGS_threads);
  if (threads > 0) return threads;
  return AvailableProcessors();
}

// gRPC has no more.
constexpr int kPollingThreadsMax = 16;
// How long gRPC may take to end calls that were cancelled, and those that need no answer to end.
constexpr absl::Duration kCancelledCallsMax = absl::Seconds(2);

int PollingThreadCount() {
  const int threads = absl::GetFlag(FLAGS_rpc_polling_threads);
  return threads > 0 ? threads : rpc::DefaultPollingThreads();
}

absl::Status CheckPollingThreads() {
  const int threads = absl::GetFlag(FLAGS_rpc_polling_threads);
  if (threads >= 0 && threads <= kPollingThreadsMax) return absl::OkStatus();
  return Error(absl::StatusCode::kInvalidArgument, "BAD_LIMIT",
               absl::StrCat("rpc_polling_threads: must be at least 0, at most ", kPollingThreadsMax));
}

absl::Status CheckTimes() {
  auto check = [](std::string_view flag, absl::Duration value, absl::Duration least) {
    if (value >= least && value <= absl::Hours(24)) return absl::OkStatus();
    return Error(absl::StatusCode::kInvalidArgument, "BAD_LIMIT",
                 absl::StrCat(flag, ": must be at least ", absl::FormatDuration(least), ", at most 24h"));
  };
  OVERLOCK_RETURN_IF_ERROR(check("drain_delay", absl::GetFlag(FLAGS_drain_delay), absl::ZeroDuration()));
  OVERLOCK_RETURN_IF_ERROR(check("drain_timeout", absl::GetFlag(FLAGS_drain_timeout), absl::ZeroDuration()));
  OVERLOCK_RETURN_IF_ERROR(check("rpc_wait", absl::GetFlag(FLAGS_rpc_wait), absl::ZeroDuration()));
  return check("rpc_connection_age", absl::GetFlag(FLAGS_rpc_connection_age), absl::Seconds(1));
}

// One process: its loops, its servers, its modules.
class Process : public Host {
 public:
  Process(Modules modules, RunOptions options, std::string name)
      : options_(std::move(options)), name_(std::move(name)), modules_(std::move(modules)) {}
  ~Process() override {
    // Servers first: nothing may arrive any more. Modules before the loops that their timers and sockets belong to.
    grpc_.reset();
    admin_.reset();
    loops_.Stop();
    while (!modules_.empty()) modules_.pop_back();
    InstallSpanRecorder(nullptr);
    span_exporter_.reset();
  }

  EventLoops& loops() override { return loops_; }
  Metrics& metrics() override { return metrics_; }
  void AddGrpcService(rpc::ServedService service) override { services_.push_back(std::move(service)); }
  absl::StatusOr<rpc::Connection> Connect(const std::string& target) override {
    OVERLOCK_ASSIGN_OR_RETURN(std::shared_ptr<grpc::Channel> channel, rpc::MakeChannel(target, tls_));
    if (!absl::GetFlag(FLAGS_rpc_streams)) return rpc::Connection(std::move(channel));
    streams_.push_back(std::make_shared<rpc::CallStreams>(channel, loops_));
    return rpc::Connection(std::move(channel), streams_.back());
  }
  void AddReadinessCheck(std::string name, std::function<absl::Status()> check) override {
    std::lock_guard lock(checks_mutex_);
    checks_.emplace_back(std::move(name), std::move(check));
  }

  absl::Status Start() {
    OVERLOCK_RETURN_IF_ERROR(CheckTimes());
    OVERLOCK_RETURN_IF_ERROR(CheckPollingThreads());
    polling_ = std::make_unique<rpc::PollingThreads>(PollingThreadCount());
    rpc::SetServerWait(absl::GetFlag(FLAGS_rpc_wait));
    tls_ = {absl::GetFlag(FLAGS_tls_cert), absl::GetFlag(FLAGS_tls_key), absl::GetFlag(FLAGS_tls_ca),
            absl::GetFlag(FLAGS_insecure)};
    OVERLOCK_RETURN_IF_ERROR(rpc::CheckTlsOptions(tls_));
    OVERLOCK_ASSIGN_OR_RETURN(span_exporter_, StartSpanExporter(name_, metrics_));
    if (span_exporter_) InstallSpanRecorder(&span_exporter_->recorder());
    for (auto& module : modules_) {
      if (absl::Status status = module->Start(*this); !status.ok()) {
        return Error(status.code(), ReasonOf(status), absl::StrCat(module->name(), ": ", status.message()));
      }
      ++started_;
    }
    OVERLOCK_RETURN_IF_ERROR(StartGrpc());
    return StartAdmin();
  }

  // OK when every check is.
  absl::Status Ready() {
    std::lock_guard lock(checks_mutex_);
    if (draining_) return absl::UnavailableError("draining");
    for (auto& [name, check] : checks_) {
      if (absl::Status status = check(); !status.ok()) {
        return absl::UnavailableError(absl::StrCat(name, ": ", status.message()));
      }
    }
    return absl::OkStatus();
  }

  void SetServing(bool serving) {
    if (grpc_ && serving != std::exchange(serving_, serving)) grpc_->SetServing(serving);
  }

  void PrintReady() {
    for (auto& module : modules_) {
      if (std::string line = module->ready_line(); !line.empty()) std::printf("%s\n", line.c_str());
    }
    if (grpc_) std::printf("grpc 127.0.0.1:%d\n", grpc_->port());
    if (admin_) std::printf("metrics http://127.0.0.1:%d\n", admin_->port());
    std::fflush(stdout);
  }

  void Drain() {
    {
      std::lock_guard lock(checks_mutex_);
      draining_ = true;
    }
    SetServing(false);
    for (size_t i = started_; i-- > 0;) modules_[i]->Retire();
    std::this_thread::sleep_for(absl::ToChronoNanoseconds(absl::GetFlag(FLAGS_drain_delay)));
    absl::Time deadline = absl::Now() + absl::GetFlag(FLAGS_drain_timeout);
    // At the same time: no call comes any more, and modules end those that would not end by themselves.
    std::thread grpc_end([this, deadline] {
      if (grpc_) grpc_->Shutdown(deadline);
    });
    for (size_t i = started_; i-- > 0;) modules_[i]->Drain(deadline);
    grpc_end.join();
    Stop();
  }

  void Stop() {
    for (size_t i = started_; i-- > 0;) modules_[i]->Stop();
    started_ = 0;
    for (auto& streams : streams_) streams->End();
    // What they have cancelled comes back to the loops, which must be there.
    const absl::Time deadline = absl::Now() + kCancelledCallsMax;
    while (rpc::MadeCallsUnderWay() > 0 && absl::Now() < deadline) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    if (admin_) admin_->Stop();
  }

 private:
  absl::Status StartGrpc() {
    std::string address = options_.listen_address ? options_.listen_address() : modules_[0]->listen_address();
    if (address.empty() || services_.empty()) return absl::OkStatus();
    OVERLOCK_ASSIGN_OR_RETURN(grpc_,
                              rpc::ServerRunner::Start(address, tls_, services_, metrics_,
                                                       {.connection_age = absl::GetFlag(FLAGS_rpc_connection_age)}));
    log::Info("serves gRPC", {{"address", address}, {"port", grpc_->port()}, {"tls", tls_.enabled()}});
    return absl::OkStatus();
  }

  absl::Status StartAdmin() {
    std::string address = options_.metrics_address ? options_.metrics_address() : modules_[0]->metrics_address();
    if (address.empty()) return absl::OkStatus();
    http::Routes routes;
    routes["/metrics"] = [this] {
      return http::AdminResponse{200, "text/plain; version=0.0.4; charset=utf-8", metrics_.Serialize()};
    };
    routes["/healthz"] = [] { return http::AdminResponse{200, "text/plain; charset=utf-8", "ok\n"}; };
    routes["/readyz"] = [this] {
      absl::Status ready = Ready();
      return http::AdminResponse{ready.ok() ? 200 : 503, "text/plain; charset=utf-8",
                                 ready.ok() ? "ok\n" : absl::StrCat(ready.message(), "\n")};
    };
    OVERLOCK_ASSIGN_OR_RETURN(admin_, http::AdminServer::Start(address, loops_.Get(0), std::move(routes)));
    return absl::OkStatus();
  }

  const RunOptions options_;
  const std::string name_;
  // Before all that is gRPC's: it ends after that.
  std::unique_ptr<rpc::PollingThreads> polling_;
  EventLoops loops_{ThreadCount()};
  Metrics metrics_;
  rpc::TlsOptions tls_;
  std::vector<rpc::ServedService> services_;
  std::vector<std::shared_ptr<rpc::CallStreams>> streams_;
  std::mutex checks_mutex_;
  std::vector<std::pair<std::string, std::function<absl::Status()>>> checks_;
  bool draining_ = false;
  bool serving_ = false;
  Modules modules_;
  size_t started_ = 0;
  std::unique_ptr<SpanExporter> span_exporter_;
  std::unique_ptr<rpc::ServerRunner> grpc_;
  std::unique_ptr<http::AdminServer> admin_;
};

// Waits for SIGTERM or SIGINT; says ready when the process is, and keeps gRPC health in step with readiness.
void ServeUntilSignal(Process& process, const sigset_t& signals) {
  bool said_ready = false;
  while (true) {
    bool ready = process.Ready().ok();
    process.SetServing(ready);
    if (ready && !std::exchange(said_ready, true)) process.PrintReady();
    timespec pause{.tv_sec = 0, .tv_nsec = said_ready ? 250'000'000 : 2'000'000};
    int signal = sigtimedwait(&signals, nullptr, &pause);
    if (signal > 0) {
      log::Info("drains", {{"signal", signal}});
      return;
    }
  }
}

// A second signal while draining means that somebody does not want to wait.
void ExitOnNextSignal(sigset_t signals) {
  std::thread([signals] {
    int signal = 0;
    sigwait(&signals, &signal);
    std::_Exit(128 + signal);
  }).detach();
}

std::string JoinNames(const Modules& modules) {
  return modules.size() == 1 ? std::string(modules[0]->name()) : "overlock";
}

// Flags that differ from their defaults; none of them can hold a secret, only paths of files that do.
void LogOptions() {
  for (auto& [name, flag] : absl::GetAllFlags()) {
    if (flag->CurrentValue() != flag->DefaultValue()) {
      log::Info("option", {{"flag", name}, {"value", flag->CurrentValue()}});
    }
  }
}

// The exit code.
int MigrateOnly(const Modules& modules) {
  for (const auto& module : modules) {
    absl::Status status = module->Migrate();
    if (status.ok()) continue;
    log::Error("cannot migrate",
               {{"module", module->name()}, {"error", status.message()}, {"reason", ReasonOf(status)}});
    std::fprintf(stderr, "%s: %s\n", std::string(module->name()).c_str(), std::string(status.message()).c_str());
    return 1;
  }
  log::Info("the databases are up to date");
  return 0;
}

}  // namespace

int Run(int argc, char** argv, std::function<Modules()> make_modules, RunOptions options) {
  absl::SetProgramUsageMessage(
      "serves until SIGTERM. --helpfull lists every flag; each can also be set by the "
      "environment variable OVERLOCK_<FLAG IN UPPER CASE>.");
  std::vector<char*> rest = absl::ParseCommandLine(argc, argv);
  if (rest.size() > 1) {
    std::fprintf(stderr, "%s: unexpected argument '%s'; flags begin with --\n", argv[0], rest[1]);
    return 1;
  }
  absl::Status status = SetFlagsFromEnvironment(std::vector<std::string>(argv + 1, argv + argc),
                                                [](const std::string& name) { return std::getenv(name.c_str()); });
  log::Level level;
  if (status.ok() && !log::ParseLevel(absl::GetFlag(FLAGS_log_level), &level)) {
    status = absl::InvalidArgumentError("log_level: must be debug, info, warning, error or off");
  }
  if (!status.ok()) {
    std::fprintf(stderr, "%s: %s\n", argv[0], std::string(status.message()).c_str());
    return 1;
  }

  // Before any thread: every thread inherits the mask, and only this one takes the signals.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);

  Modules modules = make_modules();
  std::string name = JoinNames(modules);
  log::Init(level, name);
  rpc::LogWhatGrpcSays();
  LogOptions();
  if (absl::GetFlag(FLAGS_migrate_only)) return MigrateOnly(modules);
  Process process(std::move(modules), std::move(options), std::move(name));
  if (absl::Status started = process.Start(); !started.ok()) {
    log::Error("cannot start", {{"error", started.message()}, {"reason", ReasonOf(started)}});
    std::fprintf(stderr, "%s: %s\n", argv[0], std::string(started.message()).c_str());
    process.Stop();
    return 1;
  }
  ServeUntilSignal(process, signals);
  ExitOnNextSignal(signals);
  process.Drain();
  log::Info("stopped");
  return 0;
}

}  // namespace overlock::app
