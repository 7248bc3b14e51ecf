// Who makes a call.
#ifndef OVERLOCK_COMMON_ASYNC_CALLER_H_
#define OVERLOCK_COMMON_ASYNC_CALLER_H_

#include <string>
#include <vector>

namespace overlock {

// A caller in another process, as the transport saw it. Never logged whole: the token is a secret.
struct Caller {
  // E.g. `ipv4:127.0.0.1:50000`.
  std::string address;
  // The connection is mutual TLS.
  bool tls = false;
  // The DNS names of the subjectAltName in the certificate that it showed then.
  std::vector<std::string> certificate_names;
  // What `authorization: Bearer` held; empty without.
  std::string token;
};

}  // namespace overlock

#endif  // OVERLOCK_COMMON_ASYNC_CALLER_H_
