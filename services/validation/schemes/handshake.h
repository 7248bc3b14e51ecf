// Requests by which a sender asks whether a hook is its owner's, answered without running the function.
#ifndef OVERLOCK_SERVICES_VALIDATION_SCHEMES_HANDSHAKE_H_
#define OVERLOCK_SERVICES_VALIDATION_SCHEMES_HANDSHAKE_H_

#include <functional>
#include <string>
#include <string_view>

#include "services/validation/schemes/presets.h"
#include "services/validation/schemes/scheme.h"

namespace overlock::validation {

// The HMAC of a text with the secret that the request was signed with, as raw bytes.
using SignText = std::function<std::string(std::string_view)>;

// Sets `outcome.handshake` if the body is a handshake of that kind, to be asked only after the signature was verified:
//
//   Slack    {"type":"url_verification","challenge":C}                         -> {"challenge":C}
//   Discord  {"type":1}                                                        -> {"type":1}
//   Zoom     {"event":"endpoint.url_validation","payload":{"plainToken":T}}    -> {"plainToken":T,"encryptedToken":H}
//
// C and T are 1 to 128 letters, digits, `_` and `-`, so that nobody can have a text of their choice repeated or signed
// (what senders sign has `:` in it); another form is REFUSAL_HANDSHAKE_MALFORMED. A body over 16 KiB is no handshake.
void AnswerHandshake(HandshakeKind kind, std::string_view body, const SignText& sign, Outcome& outcome);

}  // namespace overlock::validation

#endif  // OVERLOCK_SERVICES_VALIDATION_SCHEMES_HANDSHAKE_H_
