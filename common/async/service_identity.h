// Which service a caller is, by its certificate.
#ifndef OVERLOCK_COMMON_ASYNC_SERVICE_IDENTITY_H_
#define OVERLOCK_COMMON_ASYNC_SERVICE_IDENTITY_H_

#include <string_view>

#include "common/async/caller.h"

namespace overlock {

// The name of the service that a certificate with this DNS name in its subjectAltName is for: the first label, without
// `overlock-` before it. `validation`, `overlock-validation` and `validation.overlock.svc.cluster.local`, as
// Kubernetes' certificates have it, are all `validation`. Names are compared as they are: in lower case. A part of
// `dns_name`.
std::string_view ServiceOfDnsName(std::string_view dns_name);

// Whether the caller's certificate names `service`, e.g. `validation`. False over plain text: nobody has shown anything
// then. The common name does not count (RFC 6125).
bool IsService(const Caller& caller, std::string_view service);

}  // namespace overlock

#endif  // OVERLOCK_COMMON_ASYNC_SERVICE_IDENTITY_H_
