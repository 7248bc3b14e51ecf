// Which HTTP methods a path answers to.
#ifndef OVERLOCK_SERVICES_EDGE_METHOD_SET_H_
#define OVERLOCK_SERVICES_EDGE_METHOD_SET_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "overlock/config/v1/application.pb.h"

namespace overlock::edge {

// A set of the methods that a webhook or an endpoint can ask for. OPTIONS is not among them: the edge answers it.
class MethodSet {
 public:
  MethodSet() = default;
  // What a webhook or an endpoint with this method answers to; without one it is POST (GitHub and Twilio services have
  // no option for it, and both senders POST; spec section 3).
  explicit MethodSet(config::v1::HttpMethod method);

  void Add(MethodSet other) { bits_ |= other.bits_; }
  void Remove(MethodSet other) { bits_ &= static_cast<uint8_t>(~other.bits_); }

  bool empty() const { return bits_ == 0; }
  // `method` as it stands in a request.
  bool Has(std::string_view method) const;
  // `GET, POST`.
  std::string Names() const;

 private:
  uint8_t bits_ = 0;
};

}  // namespace overlock::edge

#endif  // OVERLOCK_SERVICES_EDGE_METHOD_SET_H_
