#include "common/rpc/channel.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/support/channel_arguments.h>

#include <algorithm>
#include <string_view>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/status/status.h"

namespace overlock::rpc {
namespace {

// Round robin over the servers that say on a stream of gRPC's health service that they serve. No policy of retries:
// whether a call may be made twice, the caller knows. What no server has looked at is sent again all the same
// (transparent retries, which are on without a policy).
constexpr char kServiceConfig[] =
    R"({"loadBalancingConfig": [{"round_robin": {}}], "healthCheckConfig": {"serviceName": ""}})";

// The form in which a target is never the same text as a peer's address, which client.cc tells apart: `//` is in it.
std::string WithSlashes(const std::string& target) {
  if (absl::StrContains(target, "//")) return target;
  for (std::string_view scheme : {"dns:", "ipv4:", "ipv6:"}) {
    if (absl::StartsWith(target, scheme)) return absl::StrCat(scheme, "///", target.substr(scheme.size()));
  }
  if (absl::StartsWith(target, "unix:/")) return absl::StrCat("unix://", target.substr(5));
  return absl::StartsWith(target, "unix:") ? target : absl::StrCat("dns:///", target);
}

// The name that certificates of a list of addresses are checked for: the first one's. gRPC by itself takes the whole
// list for a name. Empty for other targets.
std::string FirstAddressOfList(std::string_view target) {
  if (!target.starts_with("ipv4:") && !target.starts_with("ipv6:")) return "";
  target.remove_prefix(std::min(target.find_first_not_of('/', target.find(':') + 1), target.size()));
  return std::string(target.substr(0, target.find(',')));
}

}  // namespace

absl::StatusOr<std::shared_ptr<grpc::Channel>> MakeChannel(const std::string& target, const TlsOptions& tls) {
  OVERLOCK_ASSIGN_OR_RETURN(auto credentials, MakeChannelCredentials(tls, target));
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMessageBytesMax);
  arguments.SetMaxSendMessageSize(kMessageBytesMax);
  // A name is looked up when a connection ends, which one of a server that drains or is too old does; no more often
  // than this.
  arguments.SetInt(GRPC_ARG_DNS_MIN_TIME_BETWEEN_RESOLUTIONS_MS, 1000);
  // A server that comes back is found again within a second.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 1000);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1000);
  // A peer that vanished without a word is noticed: there is always a call under way, the one that watches its health.
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  arguments.SetServiceConfigJSON(kServiceConfig);
  // What a name server says of services is not for it to say.
  arguments.SetInt(GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION, 1);
  if (std::string name = FirstAddressOfList(target); !name.empty()) {
    arguments.SetString(GRPC_ARG_DEFAULT_AUTHORITY, name);
  }
  return grpc::CreateCustomChannel(WithSlashes(target), credentials, arguments);
}

}  // namespace overlock::rpc
