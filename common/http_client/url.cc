#include "common/http_client/url.h"

#include <curl/curl.h>

#include <algorithm>
#include <memory>

#include "absl/strings/ascii.h"

namespace overlock::http {
namespace {

struct UrlFreer {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};

std::string PartOf(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, 0) != CURLUE_OK) return "";
  std::string result = text;
  curl_free(text);
  return result;
}

std::string Decode(std::string_view text) {
  std::string spaced(text);
  std::replace(spaced.begin(), spaced.end(), '+', ' ');
  int length = 0;
  char* decoded = curl_easy_unescape(nullptr, spaced.data(), static_cast<int>(spaced.size()), &length);
  if (decoded == nullptr) return spaced;
  std::string result(decoded, static_cast<size_t>(length));
  curl_free(decoded);
  return result;
}

}  // namespace

std::optional<UrlParts> ParseUrl(const std::string& url) {
  std::unique_ptr<CURLU, UrlFreer> parsed(curl_url());
  if (curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK) return std::nullopt;
  UrlParts parts;
  parts.scheme = absl::AsciiStrToLower(PartOf(parsed.get(), CURLUPART_SCHEME));
  if (parts.scheme != "http" && parts.scheme != "https") return std::nullopt;
  parts.host = absl::AsciiStrToLower(PartOf(parsed.get(), CURLUPART_HOST));
  if (std::string port = PartOf(parsed.get(), CURLUPART_PORT); !port.empty()) parts.host += ":" + port;
  parts.path = PartOf(parsed.get(), CURLUPART_PATH);
  parts.query = PartOf(parsed.get(), CURLUPART_QUERY);
  parts.fragment = PartOf(parsed.get(), CURLUPART_FRAGMENT);
  return parts;
}

std::vector<std::pair<std::string, std::string>> ParseQuery(const std::string& query) {
  std::vector<std::pair<std::string, std::string>> pairs;
  std::string_view left = query;
  while (!left.empty()) {
    std::string_view pair = left.substr(0, left.find('&'));
    left.remove_prefix(std::min(pair.size() + 1, left.size()));
    if (pair.empty()) continue;
    size_t equals = std::min(pair.find('='), pair.size());
    std::string value = equals == pair.size() ? "" : Decode(pair.substr(equals + 1));
    pairs.emplace_back(Decode(pair.substr(0, equals)), std::move(value));
  }
  return pairs;
}

std::string PercentEncode(std::string_view text, std::string_view also) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string encoded;
  encoded.reserve(text.size());
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    if (absl::ascii_isalnum(byte) || std::string_view("-._~").find(c) != std::string_view::npos ||
        also.find(c) != also.npos) {
      encoded += c;
    } else {
      encoded += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return encoded;
}

}  // namespace overlock::http
