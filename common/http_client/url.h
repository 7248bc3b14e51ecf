// Parts of URLs, as the client reads them.
#ifndef OVERLOCK_COMMON_HTTP_CLIENT_URL_H_
#define OVERLOCK_COMMON_HTTP_CLIENT_URL_H_

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace overlock::http {

struct UrlParts {
  std::string scheme;
  // With the port where the URL names one.
  std::string host;
  std::string path;
  // Without `?`; not decoded.
  std::string query;
  std::string fragment;
};

// The parts of an http or https URL, read by the same code that HttpClient::Send() uses, so that a check of the host
// concerns the host that is asked. Nullopt if it is none.
std::optional<UrlParts> ParseUrl(const std::string& url);

// Names and values of a query, decoded, in order.
std::vector<std::pair<std::string, std::string>> ParseQuery(const std::string& query);

// What a URL's part must look like when it may hold anything: letters, digits and `-._~` stay, and those of `also`.
std::string PercentEncode(std::string_view text, std::string_view also = "");

}  // namespace overlock::http

#endif  // OVERLOCK_COMMON_HTTP_CLIENT_URL_H_
