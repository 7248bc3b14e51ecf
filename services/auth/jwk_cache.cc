#include "services/auth/jwk_cache.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/async/event_loops.h"
#include "common/http_client/url.h"
#include "common/status/status.h"
#include "common/telemetry/log.h"

namespace overlock::auth {
namespace {

constexpr absl::Duration kLookAgainAfter = absl::Milliseconds(10);
constexpr size_t kUrlBytesMax = 2048;

// Whether the guard's list names the host, and not only the rule for the public Internet.
bool IsNamed(const http::AddressGuard& guard, const std::string& host_and_port) {
  std::string host = host_and_port;
  int port = 80;
  size_t colon = host.rfind(':');
  if (colon != std::string::npos && host.find(']', colon) == std::string::npos) {
    if (!absl::SimpleAtoi(host.substr(colon + 1), &port) || port < 1 || port > 65535) return false;
    host = host.substr(0, colon);
  }
  if (guard.AllowsName(host, port)) return true;
  if (host.size() > 2 && host.front() == '[') host = host.substr(1, host.size() - 2);
  const http::AddressGuard public_only;
  sockaddr_in v4 = {};
  v4.sin_family = AF_INET;
  v4.sin_port = htons(static_cast<uint16_t>(port));
  sockaddr_in6 v6 = {};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(static_cast<uint16_t>(port));
  const sockaddr* address = nullptr;
  if (inet_pton(AF_INET, host.c_str(), &v4.sin_addr) == 1) address = reinterpret_cast<const sockaddr*>(&v4);
  if (inet_pton(AF_INET6, host.c_str(), &v6.sin6_addr) == 1) address = reinterpret_cast<const sockaddr*>(&v6);
  return address != nullptr && guard.Allows(address) && !public_only.Allows(address);
}

absl::Status Unavailable(std::string_view message) {
  return Error(absl::StatusCode::kUnavailable, "JWK_SET_UNAVAILABLE", absl::StrCat("jwkURI: ", message));
}

Task<absl::StatusOr<std::string>> FetchText(http::HttpClient& client, std::shared_ptr<const http::AddressGuard> guard,
                                            std::string url, CallContext call) {
  std::optional<http::UrlParts> parts = http::ParseUrl(url);
  if (!parts || url.size() > kUrlBytesMax) co_return Unavailable("is no URL");
  if (parts->scheme != "https" && !IsNamed(*guard, parts->host)) co_return Unavailable("must begin with https://");
  http::ClientRequest request;
  request.url = std::move(url);
  request.headers = {{"Accept", "application/jwk-set+json, application/json"}};
  request.response_bytes_max = jwt::kJwkSetBytesMax;
  OVERLOCK_CO_ASSIGN_OR_RETURN(http::ClientResponse response,
                               co_await client.Send(std::move(request), std::move(call)));
  if (response.status != 200) co_return Unavailable(absl::StrCat("answered with status ", response.status));
  co_return std::move(response.body);
}

}  // namespace

Task<absl::StatusOr<std::shared_ptr<const jwt::JwkSet>>> JwkCache::Get(std::string url, std::string key_id,
                                                                       CallContext call) {
  for (bool first = true;; first = false) {
    std::shared_ptr<const jwt::JwkSet> set;
    const Step step = Next(url, key_id, set);
    if (first) counters_.Count(step == Step::kDone && set != nullptr);
    switch (step) {
      case Step::kDone:
        if (set == nullptr) co_return Unavailable("its keys cannot be had at the moment");
        co_return set;
      case Step::kFetch: {
        CallContext fetch_call = call;
        // Others wait for it too: it does not end because this caller goes away.
        fetch_call.stop = {};
        fetch_call.deadline = absl::Now() + kFetchTime;
        absl::StatusOr<std::string> text = co_await fetch_(url, std::move(fetch_call));
        Keep(url, text);
        break;
      }
      case Step::kWait:
        if (absl::Now() >= call.deadline) {
          co_return Error(absl::StatusCode::kDeadlineExceeded, "DEADLINE_EXCEEDED", "jwkURI: took too long");
        }
        co_await Delay(kLookAgainAfter);
    }
  }
}

JwkCache::Step JwkCache::Next(const std::string& url, const std::string& key_id,
                              std::shared_ptr<const jwt::JwkSet>& set) {
  std::lock_guard lock(mutex_);
  if (!entries_.contains(url)) MakeRoom();
  Entry& entry = entries_[url];
  absl::Time now = clock_.Now();
  set = entry.set;
  bool has_key = entry.set != nullptr && (key_id.empty() || entry.set->Has(key_id));
  if (has_key && now - entry.fetched < kFreshFor) return Step::kDone;
  // A set that is old is used while it is being fetched again.
  if (entry.under_way) return has_key ? Step::kDone : Step::kWait;
  if (now - entry.tried < kFetchEvery) return Step::kDone;
  entry.under_way = true;
  entry.tried = now;
  return Step::kFetch;
}

void JwkCache::Keep(const std::string& url, const absl::StatusOr<std::string>& text) {
  absl::StatusOr<jwt::JwkSet> set = text.ok() ? jwt::JwkSet::Parse(*text) : text.status();
  if (set.ok() && set->size() == 0) set = Unavailable("has no key that can be used");
  std::lock_guard lock(mutex_);
  Entry& entry = entries_[url];
  entry.under_way = false;
  if (set.ok()) {
    entry.set = std::make_shared<const jwt::JwkSet>(*std::move(set));
    entry.fetched = clock_.Now();
    return;
  }
  std::optional<http::UrlParts> parts = http::ParseUrl(url);
  log::Warning("a JWK set could not be fetched",
               {{"host", parts ? parts->host : ""}, {"error", set.status().message()}});
}

// Under the lock.
void JwkCache::MakeRoom() {
  if (entries_.size() < kUrlsMax) return;
  auto oldest = entries_.end();
  for (auto it = entries_.begin(); it != entries_.end(); ++it) {
    if (!it->second.under_way && (oldest == entries_.end() || it->second.tried < oldest->second.tried)) oldest = it;
  }
  if (oldest != entries_.end()) entries_.erase(oldest);
}

JwkCache::Fetch MakeJwkFetch(http::HttpClient& client, http::AddressGuard guard) {
  auto shared = std::make_shared<const http::AddressGuard>(std::move(guard));
  return [&client, shared](std::string url, CallContext call) {
    return FetchText(client, shared, std::move(url), std::move(call));
  };
}

}  // namespace overlock::auth
