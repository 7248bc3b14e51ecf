#include "common/async/service_identity.h"

#include <algorithm>
#include <string>

namespace overlock {
namespace {
constexpr std::string_view kPrefix = "overlock-";
}

std::string_view ServiceOfDnsName(std::string_view dns_name) {
  std::string_view label = dns_name.substr(0, dns_name.find('.'));
  if (label.starts_with(kPrefix)) label.remove_prefix(kPrefix.size());
  return label;
}

bool IsService(const Caller& caller, std::string_view service) {
  if (!caller.tls || service.empty()) return false;
  return std::any_of(caller.certificate_names.begin(), caller.certificate_names.end(),
                     [service](const std::string& name) { return ServiceOfDnsName(name) == service; });
}

}  // namespace overlock
