// The content type of an answer that does not name one.
#ifndef OVERLOCK_SERVICES_EXECUTOR_JS_CONTENT_TYPE_H_
#define OVERLOCK_SERVICES_EXECUTOR_JS_CONTENT_TYPE_H_

#include <string_view>

namespace overlock::executor::js {

// By the first 512 bytes, in the way of the WHATWG MIME Sniffing Standard: HTML, XML, the common images and archives,
// PDF, plain text, or bytes (spec section 8.1). `body` is not empty.
std::string_view SniffContentType(std::string_view body);

}  // namespace overlock::executor::js

#endif  // OVERLOCK_SERVICES_EXECUTOR_JS_CONTENT_TYPE_H_
