// SECRET_AS_QUERY_PARAM (spec section 5.3).
#ifndef OVERLOCK_SERVICES_VALIDATION_SCHEMES_QUERY_SECRET_H_
#define OVERLOCK_SERVICES_VALIDATION_SCHEMES_QUERY_SECRET_H_

#include <string>

#include "services/validation/schemes/scheme.h"
#include "services/validation/schemes/secrets.h"

namespace overlock::validation {

// The query parameter `secret`, anywhere in the query, exactly once. Name and value are decoded as a form's.
class QuerySecret : public Scheme {
 public:
  explicit QuerySecret(Secrets secrets, std::string delivery_id_header = "");

  std::string_view name() const override { return "query_secret"; }
  Outcome Check(const Input& input) const override;

 private:
  const Secrets secrets_;
  const std::string delivery_id_header_;
};

}  // namespace overlock::validation

#endif  // OVERLOCK_SERVICES_VALIDATION_SCHEMES_QUERY_SECRET_H_
