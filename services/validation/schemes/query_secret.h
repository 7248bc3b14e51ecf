// SECRET_AS_QUERY_PARAM (spec section 5.3).
#ifndef OVERLOCK_SERVICES_VALIDATION_SCHEMES_QUERY_SECRET_H_
#define OVERLOCK_SERVICES_VALIDATION_SCHEMES_QUERY_SECRET_H_

#include <string>

#include "services/validation/schemes/scheme.h"

namespace overlock::validation {

// The query parameter `secret`, anywhere in the query, exactly once. Name and value are decoded as a form's: `+` is a
// space, `%41` is `A`; a `%` without two hexadecimal digits stands for itself.
class QuerySecret : public Scheme {
 public:
  // An empty secret refuses every request.
  explicit QuerySecret(std::string secret);

  std::string_view name() const override { return "query_secret"; }
  Refusal Check(const type::v1::HttpRequest& request, std::string_view body) const override;

 private:
  const std::string secret_;
};

}  // namespace overlock::validation

#endif  // OVERLOCK_SERVICES_VALIDATION_SCHEMES_QUERY_SECRET_H_
