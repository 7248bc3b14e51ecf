// Pairs of a query or of a form's body.
#ifndef OVERLOCK_SERVICES_VALIDATION_SCHEMES_FORM_H_
#define OVERLOCK_SERVICES_VALIDATION_SCHEMES_FORM_H_

#include <algorithm>
#include <string>
#include <string_view>

namespace overlock::validation {

// `+` is a space, `%41` is `A`; a `%` without two hexadecimal digits stands for itself.
std::string DecodeForm(std::string_view text);

// Calls `visit(name, value)` with both decoded, in their order, until it returns false. A pair without `=` has an empty
// value; nothing between two `&` is no pair.
template <typename Visit>
void ForEachPair(std::string_view rest, Visit visit) {
  while (!rest.empty()) {
    std::string_view pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(pair.size() + 1, rest.size()));
    if (pair.empty()) continue;
    size_t equals = pair.find('=');
    std::string_view value = equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1);
    if (!visit(DecodeForm(pair.substr(0, equals)), DecodeForm(value))) return;
  }
}

}  // namespace overlock::validation

#endif  // OVERLOCK_SERVICES_VALIDATION_SCHEMES_FORM_H_
