#include "common/rpc/server_runner.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/security/server_credentials.h>

#include <algorithm>
#include <future>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/rpc/call_counters.h"
#include "common/rpc/call_stream_server.h"
#include "common/rpc/caller_check.h"
#include "common/rpc/channel.h"
#include "common/rpc/server.h"
#include "common/status/status.h"
#include "common/telemetry/log.h"

namespace overlock::rpc {
namespace {

// Longer than any call but a watch, which begins anew where it was.
constexpr absl::Duration kConnectionAgeGrace = absl::Minutes(30);
// Before the deadline, so that what is cut is counted while it still is there.
constexpr absl::Duration kCountBefore = absl::Milliseconds(10);

void Prepare(grpc::ServerBuilder& builder, const std::vector<grpc::Service*>& services) {
  static const bool once = [] {
    grpc::EnableDefaultHealthCheckService(true);
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
    return true;
  }();
  (void)once;
  builder.SetMaxReceiveMessageSize(kMessageBytesMax);
  builder.SetMaxSendMessageSize(kMessageBytesMax);
  // Clients ask half as often as they may, so that none is ever told "too_many_pings".
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, kKeepaliveMs / 2);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  // A client that vanished without a word does not keep its watches.
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  // Two servers on one port by accident would share its calls.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  for (grpc::Service* service : services) builder.RegisterService(service);
}

absl::StatusOr<CallerPolicy> MakePolicy(const std::vector<ServedService>& services) {
  std::vector<CallerTable> tables;
  for (const ServedService& served : services) tables.push_back(served.callers);
  tables.push_back(CallStreamServer::Callers());
  return CallerPolicy::Make(tables);
}

std::vector<grpc::Service*> ServicesOf(const std::vector<ServedService>& services) {
  std::vector<grpc::Service*> all;
  for (const ServedService& served : services) all.push_back(served.service);
  return all;
}

std::vector<CallHandlers> HandlersOf(const std::vector<ServedService>& services) {
  std::vector<CallHandlers> all;
  for (const ServedService& served : services) {
    if (served.handlers) all.push_back(*served.handlers);
  }
  return all;
}

}  // namespace

ServerRunner::ServerRunner(std::unique_ptr<grpc::Server> server, std::unique_ptr<CallStreamServer> streams, int port)
    : streams_(std::move(streams)), server_(std::move(server)), port_(port) {
  if (auto* health = server_->GetHealthCheckService()) health->SetServingStatus(false);
}

ServerRunner::~ServerRunner() { Shutdown(absl::Now()); }

absl::StatusOr<std::unique_ptr<ServerRunner>> ServerRunner::Start(const std::string& address, const TlsOptions& tls,
                                                                  const std::vector<ServedService>& services,
                                                                  Metrics& metrics, const ServerOptions& options) {
  OVERLOCK_ASSIGN_OR_RETURN(auto credentials, MakeServerCredentials(tls, address));
  OVERLOCK_ASSIGN_OR_RETURN(CallerPolicy policy, MakePolicy(services));
  grpc::ServerBuilder builder;
  std::vector<std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>> interceptors;
  interceptors.push_back(std::make_unique<CallCounters>(policy, metrics));
  builder.experimental().SetInterceptorCreators(std::move(interceptors));
  // Credentials of plain text take no processor.
  std::shared_ptr<CallerCheck> check;
  if (tls.enabled()) {
    check = std::make_shared<CallerCheck>(std::move(policy), metrics);
    credentials->SetAuthMetadataProcessor(check);
  }
  Prepare(builder, ServicesOf(services));
  auto streams = std::make_unique<CallStreamServer>(HandlersOf(services), std::move(check), metrics);
  builder.RegisterService(streams.get());
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS,
                             static_cast<int>(absl::ToInt64Milliseconds(options.connection_age)));
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS,
                             static_cast<int>(absl::ToInt64Milliseconds(kConnectionAgeGrace)));
  int port = 0;
  builder.AddListeningPort(address, credentials, &port);
  std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr || port == 0) {
    return Error(absl::StatusCode::kUnavailable, "CANNOT_LISTEN",
                 absl::StrCat(address, ": cannot listen for gRPC; is the address right and the port free?"));
  }
  return std::unique_ptr<ServerRunner>(new ServerRunner(std::move(server), std::move(streams), port));
}

std::unique_ptr<ServerRunner> ServerRunner::StartInProcess(const std::vector<grpc::Service*>& services) {
  grpc::ServerBuilder builder;
  Prepare(builder, services);
  return std::unique_ptr<ServerRunner>(new ServerRunner(builder.BuildAndStart(), /*streams=*/nullptr, 0));
}

void ServerRunner::SetServing(bool serving) {
  if (auto* health = server_->GetHealthCheckService()) health->SetServingStatus(serving);
  // Streams know nothing of health.
  if (streams_) streams_->SetServing(serving);
}

std::shared_ptr<grpc::Channel> ServerRunner::InProcessChannel() {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMessageBytesMax);
  arguments.SetMaxSendMessageSize(kMessageBytesMax);
  return server_->InProcessChannel(arguments);
}

void ServerRunner::Shutdown(absl::Time deadline) {
  SetServing(false);
  std::promise<void> ended;
  std::thread counter([deadline, end = ended.get_future()] {
    const absl::Time when = std::min(deadline, absl::Now() + absl::Hours(24)) - kCountBefore;
    if (end.wait_until(absl::ToChronoTime(when)) == std::future_status::ready) return;
    if (int calls = CallsUnderWay(); calls > 0) log::Warning("cuts calls at the end of the drain", {{"calls", calls}});
  });
  server_->Shutdown(absl::ToChronoTime(deadline));
  server_->Wait();
  ended.set_value();
  counter.join();
}

}  // namespace overlock::rpc
