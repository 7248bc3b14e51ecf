// TLS between services.
#ifndef OVERLOCK_COMMON_RPC_CREDENTIALS_H_
#define OVERLOCK_COMMON_RPC_CREDENTIALS_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace grpc {
class ChannelCredentials;
class ServerCredentials;
}  // namespace grpc

namespace overlock::rpc {

// Paths of PEM files; all three or none. The files are read again when they change.
struct TlsOptions {
  std::string cert;
  std::string key;
  std::string ca;
  // Allows plain text beyond loopback.
  bool insecure = false;

  bool enabled() const { return !cert.empty(); }
};

// INVALID_ARGUMENT (`TLS_FILES_INCOMPLETE`, `TLS_FILE_UNREADABLE`) if the options cannot work.
absl::Status CheckTlsOptions(const TlsOptions& options);

// Mutual TLS 1.3 with the files, else plain text. Plain text for an address that is not loopback (`host:port`,
// `unix:path` counts as loopback) is refused with FAILED_PRECONDITION (`PLAIN_TEXT_REFUSED`) unless `insecure`.
absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> MakeServerCredentials(const TlsOptions& options,
                                                                               const std::string& address);
absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> MakeChannelCredentials(const TlsOptions& options,
                                                                                 const std::string& target);

// Whether `host:port`, or every address of a list (`ipv4:127.0.0.1:1,127.0.0.1:2`), names this machine only.
bool IsLoopback(const std::string& address);

}  // namespace overlock::rpc

#endif  // OVERLOCK_COMMON_RPC_CREDENTIALS_H_
