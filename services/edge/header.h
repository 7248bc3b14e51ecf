// Names and values of HTTP header lines.
#ifndef OVERLOCK_SERVICES_EDGE_HEADER_H_
#define OVERLOCK_SERVICES_EDGE_HEADER_H_

#include <cstddef>
#include <string_view>

namespace overlock::edge {

// Writes a name in canonical form, in place: the first letter and each after a dash in upper case, the others in lower
// case (`X-Hub-Signature`; spec section 7.1). A name that is no token stays as it is.
void CanonicalizeHeaderName(char* name, size_t size);

// Whether it is a token (RFC 9110, section 5.6.2).
bool IsHeaderName(std::string_view name);

// Whether a line can carry it: no control character but the tab. So neither CR nor LF, and nothing can be injected.
bool IsHeaderValue(std::string_view value);

// Whether the line belongs to the connection, or is written by the edge alone: a function cannot set it. In any case.
bool IsEdgesOwnHeader(std::string_view name);

}  // namespace overlock::edge

#endif  // OVERLOCK_SERVICES_EDGE_HEADER_H_
