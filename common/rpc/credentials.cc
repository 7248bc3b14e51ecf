#include "common/rpc/credentials.h"

#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/status/status.h"

namespace overlock::rpc {
namespace {

// How often the files are looked at for a new certificate.
constexpr unsigned kRefreshSeconds = 10;

// TLS 1.3 or nothing. gRPC 1.51 has no public setting for that and itself allows 1.2, but what it is told to use there
// can be of no use: these suites need a key that both sides share, which gRPC never has. Those of TLS 1.3 are not among
// the ones that it can be told. Before main(), as the environment may be changed only while there is one thread.
[[maybe_unused]] const bool kNoSuitesOfTls12 = setenv("GRPC_SSL_CIPHER_SUITES", "PSK-AES256-GCM-SHA384", 1) == 0;

std::shared_ptr<grpc::experimental::CertificateProviderInterface> WatchFiles(const TlsOptions& options) {
  return std::make_shared<grpc::experimental::FileWatcherCertificateProvider>(options.key, options.cert, options.ca,
                                                                              kRefreshSeconds);
}

absl::Status CheckPlainText(const TlsOptions& options, const std::string& address) {
  if (options.insecure || IsLoopback(address)) return absl::OkStatus();
  return Error(absl::StatusCode::kFailedPrecondition, "PLAIN_TEXT_REFUSED",
               absl::StrCat(address,
                            ": plain text is for loopback only; give --tls_cert, --tls_key and --tls_ca, or --insecure "
                            "if the network is trusted"));
}

}  // namespace

bool IsLoopback(const std::string& address) {
  std::string_view rest = address;
  for (std::string_view scheme : {"dns:///", "dns:", "ipv4:", "ipv6:"}) {
    if (absl::StartsWith(rest, scheme)) rest.remove_prefix(scheme.size());
  }
  if (absl::StartsWith(rest, "unix:")) return true;
  const std::vector<std::string> list = absl::StrSplit(std::string(rest), ',');
  return std::all_of(list.begin(), list.end(), [](const std::string& one) {
    return absl::StartsWith(one, "127.") || absl::StartsWith(one, "localhost:") || absl::StartsWith(one, "[::1]:");
  });
}

absl::Status CheckTlsOptions(const TlsOptions& options) {
  const bool any = !options.cert.empty() || !options.key.empty() || !options.ca.empty();
  if (!any) return absl::OkStatus();
  if (options.cert.empty() || options.key.empty() || options.ca.empty()) {
    return Error(absl::StatusCode::kInvalidArgument, "TLS_FILES_INCOMPLETE",
                 "tls_cert, tls_key, tls_ca: give all three or none");
  }
  for (const auto& [flag, path] :
       {std::pair("tls_cert", options.cert), {"tls_key", options.key}, {"tls_ca", options.ca}}) {
    if (access(path.c_str(), R_OK) != 0) {
      return Error(absl::StatusCode::kInvalidArgument, "TLS_FILE_UNREADABLE",
                   absl::StrCat(flag, ": cannot read ", path));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> MakeServerCredentials(const TlsOptions& options,
                                                                               const std::string& address) {
  OVERLOCK_RETURN_IF_ERROR(CheckTlsOptions(options));
  if (!options.enabled()) {
    OVERLOCK_RETURN_IF_ERROR(CheckPlainText(options, address));
    return grpc::InsecureServerCredentials();
  }
  grpc::experimental::TlsServerCredentialsOptions tls(WatchFiles(options));
  tls.watch_root_certs();
  tls.watch_identity_key_cert_pairs();
  tls.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  return grpc::experimental::TlsServerCredentials(tls);
}

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> MakeChannelCredentials(const TlsOptions& options,
                                                                                 const std::string& target) {
  OVERLOCK_RETURN_IF_ERROR(CheckTlsOptions(options));
  if (!options.enabled()) {
    OVERLOCK_RETURN_IF_ERROR(CheckPlainText(options, target));
    return grpc::InsecureChannelCredentials();
  }
  grpc::experimental::TlsChannelCredentialsOptions tls;
  tls.set_certificate_provider(WatchFiles(options));
  tls.watch_root_certs();
  tls.watch_identity_key_cert_pairs();
  return grpc::experimental::TlsCredentials(tls);
}

}  // namespace overlock::rpc
