#include "common/rpc/caller_check.h"

#include <grpc/grpc_security_constants.h>
#include <grpcpp/security/auth_context.h>

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/telemetry/log.h"

namespace overlock::rpc {
namespace {

constexpr size_t kLoggedNamesBytesMax = 256;
constexpr size_t kLoggedIdBytesMax = 64;

std::string_view ValueOf(const grpc::AuthMetadataProcessor::InputMetadata& metadata, const char* key) {
  auto it = metadata.find(key);
  return it == metadata.end() ? std::string_view() : std::string_view(it->second.data(), it->second.size());
}

bool IsEverybodys(std::string_view path) {
  return path.starts_with("/grpc.health.v1.Health/") || path.starts_with("/grpc.reflection.v1alpha.ServerReflection/");
}

// What the certificate names, for the log: no secret, but as long as somebody likes.
std::string DescribeNames(const grpc::AuthContext& context) {
  auto append = [](std::string* out, const grpc::string_ref& name) { out->append(name.data(), name.size()); };
  std::string names = absl::StrJoin(context.FindPropertyValues(GRPC_PEER_DNS_PROPERTY_NAME), ",", append);
  if (names.size() > kLoggedNamesBytesMax) names.resize(kLoggedNamesBytesMax);
  return names;
}

}  // namespace

CallerCheck::CallerCheck(CallerPolicy policy, Metrics& metrics) : policy_(std::move(policy)) {
  for (const auto& [path, rule] : policy_.rules()) {
    if (rule.token_holder) continue;
    refused_[rule.method] = &metrics.GetCounter("overlock_rpc_refused_callers_total",
                                                "Calls refused because the caller's certificate names no service that "
                                                "may make them.",
                                                {{"method", rule.method}});
  }
}

grpc::Status CallerCheck::Process(const InputMetadata& metadata, grpc::AuthContext* context, OutputMetadata*,
                                  OutputMetadata*) {
  const std::string_view path = ValueOf(metadata, ":path");
  const CallerPolicy::Rule* rule = policy_.Find(path);
  if (rule == nullptr) {
    if (IsEverybodys(path)) return grpc::Status::OK;
    return grpc::Status(grpc::StatusCode::UNIMPLEMENTED, "there is no such method here");
  }
  if (rule->token_holder || rule->Allows(context->FindPropertyValues(GRPC_PEER_DNS_PROPERTY_NAME))) {
    return grpc::Status::OK;
  }
  return Refuse(*rule, metadata, *context);
}

grpc::Status CallerCheck::Refuse(const CallerPolicy::Rule& rule, const InputMetadata& metadata,
                                 const grpc::AuthContext& context) {
  refused_.find(rule.method)->second->Increment();
  const std::string names = DescribeNames(context);
  log::Warning("refused a caller", {{"method", rule.method},
                                    {"certificate_names", names},
                                    {"request_id", ValueOf(metadata, "x-request-id").substr(0, kLoggedIdBytesMax)}});
  return grpc::Status(grpc::StatusCode::PERMISSION_DENIED,
                      absl::StrCat("the caller's certificate names no service that may call ", rule.method,
                                   ": the first label of a DNS name in its subjectAltName must be one of: ",
                                   absl::StrJoin(rule.services, ", ")));
}

}  // namespace overlock::rpc
