// Holds callers to the tables, before any handler runs.
#ifndef OVERLOCK_COMMON_RPC_CALLER_CHECK_H_
#define OVERLOCK_COMMON_RPC_CALLER_CHECK_H_

#include <grpcpp/security/auth_metadata_processor.h>

#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "common/rpc/caller_table.h"
#include "common/telemetry/metrics.h"

namespace overlock::rpc {

// Asked by gRPC at the start of every call that comes over TLS, whatever its handler: hand it to the server credentials
// with SetAuthMetadataProcessor(). Servers in plain text have no such credentials and know no callers, so they never
// ask. A call whose certificate names none of the services in the method's table ends with PERMISSION_DENIED, is logged
// with what the certificate names, and counted in `overlock_rpc_refused_callers_total{method}`; one of an unknown
// method ends with UNIMPLEMENTED. Health and reflection are everybody's who has a certificate. Thread-safe; never
// blocks.
class CallerCheck : public grpc::AuthMetadataProcessor {
 public:
  CallerCheck(CallerPolicy policy, Metrics& metrics);

  bool IsBlocking() const override { return false; }
  grpc::Status Process(const InputMetadata& metadata, grpc::AuthContext* context, OutputMetadata* consumed,
                       OutputMetadata* response) override;
  // The same for a call that came over a call stream, from who has a certificate with these DNS names.
  grpc::Status Check(std::string_view path, const std::vector<std::string>& certificate_names,
                     std::string_view request_id);

 private:
  grpc::Status Refuse(const CallerPolicy::Rule& rule, std::string certificate_names, std::string_view request_id);

  const CallerPolicy policy_;
  // By method; those that refuse nobody have none.
  absl::flat_hash_map<std::string_view, Counter*> refused_;
};

}  // namespace overlock::rpc

#endif  // OVERLOCK_COMMON_RPC_CALLER_CHECK_H_
