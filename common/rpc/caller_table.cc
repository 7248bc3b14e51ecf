#include "common/rpc/caller_table.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/async/service_identity.h"
#include "common/status/status.h"

namespace overlock::rpc {
namespace {

absl::Status Unspecified(std::string_view name, std::string_view why) {
  return Error(absl::StatusCode::kInternal, "CALLERS_UNSPECIFIED",
               absl::StrCat("the table of callers: ", name, ": ", why));
}

CallerPolicy::Rule MakeRule(std::string method, const std::vector<std::string_view>& callers) {
  CallerPolicy::Rule rule{std::move(method), false, {}};
  for (std::string_view caller : callers) {
    if (caller == kTokenHolder) {
      rule.token_holder = true;
    } else {
      rule.services.push_back(caller);
    }
  }
  return rule;
}

}  // namespace

bool CallerPolicy::Rule::AllowsName(std::string_view dns_name) const {
  const std::string_view service = ServiceOfDnsName(dns_name);
  return std::find(services.begin(), services.end(), service) != services.end();
}

absl::StatusOr<CallerPolicy> CallerPolicy::Make(const std::vector<CallerTable>& tables) {
  CallerPolicy policy;
  for (const CallerTable& table : tables) {
    const auto* service = google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(table.service);
    if (service == nullptr) return Unspecified(table.service, "there is no such gRPC service");
    for (int i = 0; i < service->method_count(); ++i) {
      const std::string& method = service->method(i)->name();
      auto line = table.methods.find(method);
      if (line == table.methods.end()) line = table.methods.find(kOtherMethods);
      std::string name = absl::StrCat(table.service, "/", method);
      if (line == table.methods.end() || line->second.empty()) return Unspecified(name, "it does not say who may call");
      std::string path = absl::StrCat("/", name);
      policy.rules_.insert_or_assign(std::move(path), MakeRule(std::move(name), line->second));
    }
    for (const auto& [method, callers] : table.methods) {
      if (method == kOtherMethods || service->FindMethodByName(std::string(method)) != nullptr) continue;
      return Unspecified(absl::StrCat(table.service, "/", method), "there is no such method");
    }
  }
  return policy;
}

const CallerPolicy::Rule* CallerPolicy::Find(std::string_view path) const {
  auto it = rules_.find(path);
  return it == rules_.end() ? nullptr : &it->second;
}

}  // namespace overlock::rpc
