// Queries and percent-encoding, as they stand in a request target.
#ifndef OVERLOCK_SERVICES_EDGE_QUERY_H_
#define OVERLOCK_SERVICES_EDGE_QUERY_H_

#include <optional>
#include <string>
#include <string_view>

namespace overlock::edge {

// The query without its `secret` pairs (spec section 5.3): what everybody but validation sees. Pairs are separated by
// `&`; a key counts however it is percent-encoded, a pair with no `=` too. The rest stays byte for byte as it was.
std::string WithoutSecret(std::string_view raw_query);

// Whether there is such a pair. Costs next to nothing when there is none.
bool HasSecret(std::string_view raw_query);

// Decodes `%41`; `+` stays. nullopt where a `%` is not followed by two hexadecimal digits.
std::optional<std::string> PercentDecode(std::string_view text);

}  // namespace overlock::edge

#endif  // OVERLOCK_SERVICES_EDGE_QUERY_H_
