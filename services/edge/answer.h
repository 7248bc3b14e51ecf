// An HTTP answer, and its head as bytes.
#ifndef OVERLOCK_SERVICES_EDGE_ANSWER_H_
#define OVERLOCK_SERVICES_EDGE_ANSWER_H_

#include <google/protobuf/repeated_ptr_field.h>

#include <string>
#include <string_view>

#include "overlock/type/v1/http.pb.h"
#include "services/edge/problem.h"

namespace overlock::edge {

// What is sent. Either the function's own answer or a problem.
struct Answer {
  int status = 0;
  // As the function set them. What HTTP or the edge does not allow is left out when the head is written.
  google::protobuf::RepeatedPtrField<type::v1::Header> headers;
  // Header lines of the edge's own, each with its CRLF.
  std::string lines;
  std::string body;
  // For log and metrics.
  Cause cause = Cause::kNone;
  std::string_view error_code;
};

// The answer that tells a problem.
Answer MakeAnswer(const Problem& problem, std::string_view console_url, std::string_view request_id);

// What the head says besides the answer itself.
struct HeadOptions {
  std::string_view request_id;
  // Close the connection after this answer.
  bool close = false;
  // The sender speaks HTTP/1.0 and must be told that the connection stays open.
  bool say_keep_alive = false;
};

// Appends status line, header lines and the empty line. Always there: Date, Content-Length (where the status has a
// body), `Vary: Origin`, `X-Frame-Options` (DENY unless the function says otherwise) and X-Request-Id. A header of the
// function that belongs to the connection, or that no line can carry, is left out and named in the log. `lines` with
// an `Access-Control-Allow-Origin` give way to the function's own.
void AppendHead(const Answer& answer, const HeadOptions& options, std::string& out);

// Header lines of the function together; more cannot be sent.
inline constexpr size_t kAnswerHeaderBytesMax = 64 * 1024;
size_t HeaderBytes(const Answer& answer);

}  // namespace overlock::edge

#endif  // OVERLOCK_SERVICES_EDGE_ANSWER_H_
