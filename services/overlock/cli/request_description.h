// Requests and users as a command line describes them.
#ifndef OVERLOCK_SERVICES_OVERLOCK_CLI_REQUEST_DESCRIPTION_H_
#define OVERLOCK_SERVICES_OVERLOCK_CLI_REQUEST_DESCRIPTION_H_

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "overlock/type/v1/http.pb.h"
#include "overlock/type/v1/user.pb.h"

namespace overlock::cli {

struct RequestDescription {
  // Empty: GET, with a body POST.
  std::string method;
  std::string body;
  std::vector<std::string> query;
  std::vector<std::string> headers;
  std::string remote_ip = "127.0.0.1";
  std::string user_id;
  // Excludes `user_id`; without either it is the system user.
  std::string user_json;
};

// An option for each field.
void AddRequestOptions(CLI::App& command, RequestDescription& description);

// What the edge would tell authz of the request, but for `webhook_url`. `host` is the header Host where none is
// described. INVALID_ARGUMENT (`BAD_USAGE`), and the errors of TextOrFile().
absl::Status ReadRequest(const RequestDescription& description, const std::string& host,
                         type::v1::HttpRequest& request);

// The same errors.
absl::Status ReadUser(const RequestDescription& description, type::v1::User& user);

}  // namespace overlock::cli

#endif  // OVERLOCK_SERVICES_OVERLOCK_CLI_REQUEST_DESCRIPTION_H_
