// Which services may call which methods over mutual TLS.
#ifndef OVERLOCK_COMMON_RPC_CALLER_TABLE_H_
#define OVERLOCK_COMMON_RPC_CALLER_TABLE_H_

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"

namespace overlock::rpc {

// In a table instead of a service: whoever has a certificate of ours. The method itself asks for an admin token.
inline constexpr std::string_view kTokenHolder = "token holder";
// In a table instead of a method: every method that has no line of its own.
inline constexpr std::string_view kOtherMethods = "*";

// Who may call the methods of one gRPC service. Each `*_grpc` class has its own as `static CallerTable Callers()`:
//
//   {v1::ValidationService::service_full_name(), {{"Validate", {"edge"}}, {"CompleteDelivery", {"edge"}}}}
struct CallerTable {
  // E.g. `overlock.validation.v1.ValidationService`.
  std::string service;
  std::map<std::string_view, std::vector<std::string_view>> methods;
};

// The tables of all gRPC services of a server. A value; thread-safe once made.
class CallerPolicy {
 public:
  struct Rule {
    // E.g. `overlock.validation.v1.ValidationService/Validate`.
    std::string method;
    // Whether certificates that name no service will do.
    bool token_holder = false;
    std::vector<std::string_view> services;

    // `certificate_names` are DNS names, see ServiceOfDnsName(). Any container of what has data() and size().
    template <class Names>
    bool Allows(const Names& certificate_names) const {
      if (token_holder) return true;
      for (const auto& name : certificate_names) {
        if (AllowsName({name.data(), name.size()})) return true;
      }
      return false;
    }

   private:
    bool AllowsName(std::string_view dns_name) const;
  };

  // INTERNAL (`CALLERS_UNSPECIFIED`) names a method without a line, or a line or table without a method: nothing is
  // served that nobody has thought about.
  static absl::StatusOr<CallerPolicy> Make(const std::vector<CallerTable>& tables);

  // The rule of a method, by the path that a call has: `/overlock.validation.v1.ValidationService/Validate`. Null for
  // what none of the services has.
  const Rule* Find(std::string_view path) const;
  const absl::flat_hash_map<std::string, Rule>& rules() const { return rules_; }

 private:
  // By path.
  absl::flat_hash_map<std::string, Rule> rules_;
};

}  // namespace overlock::rpc

#endif  // OVERLOCK_COMMON_RPC_CALLER_TABLE_H_
