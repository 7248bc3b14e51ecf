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

grpc::Status NoSuchMethod() { return grpc::Status(grpc::StatusCode::UNIMPLEMENTED, "there is no such method here"); }

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
    return NoSuchMethod();
  }
  const std::vector<grpc::string_ref> names = context->FindPropertyValues(GRPC_PEER_DNS_PROPERTY_NAME);
  if (rule->Allows(names)) return grpc::Status::OK;
  auto append = [](std::string* out, const grpc::string_ref& name) { out->append(name.data(), name.size()); };
  return Refuse(*rule, absl::StrJoin(names, ",", append), ValueOf(metadata, "x-request-id"));
}

grpc::Status CallerCheck::Check(std::string_view path, const std::vector<std::string>& certificate_names,
                                std::string_view request_id) {
  const CallerPolicy::Rule* rule = policy_.Find(path);
  if (rule == nullptr) return NoSuchMethod();
  if (rule->Allows(certificate_names)) return grpc::Status::OK;
  return Refuse(*rule, absl::StrJoin(certificate_names, ","), request_id);
}

grpc::Status CallerCheck::Refuse(const CallerPolicy::Rule& rule, std::string names, std::string_view request_id) {
  refused_.find(rule.method)->second->Increment();
  // No secret, but as long as somebody likes.
  if (names.size() > kLoggedNamesBytesMax) names.resize(kLoggedNamesBytesMax);
  log::Warning(
      "refused a caller",
      {{"method", rule.method}, {"certificate_names", names}, {"request_id", request_id.substr(0, kLoggedIdBytesMax)}});
  return grpc::Status(grpc::StatusCode::PERMISSION_DENIED,
                      absl::StrCat("the caller's certificate names no service that may call ", rule.method,
                                   ": the first label of a DNS name in its subjectAltName must be one of: ",
                                   absl::StrJoin(rule.services, ", ")));
}

}  // namespace overlock::rpc
