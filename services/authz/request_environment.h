// What the names in `can_evaluate` stand for in one request.
#ifndef OVERLOCK_SERVICES_AUTHZ_REQUEST_ENVIRONMENT_H_
#define OVERLOCK_SERVICES_AUTHZ_REQUEST_ENVIRONMENT_H_

#include <array>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "common/expression/environment.h"
#include "overlock/authz/v1/authz_service.pb.h"

namespace overlock::authz {

// An application's values by name.
using Values = absl::flat_hash_map<std::string, ejson::Value>;

// Builds each value when an expression asks for it, once. `%%request` is the runtime's `context.request` (spec section
// 9.4): `service` is the service's name and `action` the webhook's; `httpReferrer`, `httpUserAgent` and
// `rawQueryString` are missing where the request has none. Identities have the type under `provider_type` and, as the
// documentation of expressions has it, `providerType`. Header values that are not UTF-8 are read as Latin-1. An
// application has no environments yet, so `%%environment.tag` is the empty string, Stitch's name for none, and there
// are no values.
class RequestEnvironment : public expression::Environment {
 public:
  // Both must outlive it.
  RequestEnvironment(const v1::AuthorizeRequest& request, const Values& values) : request_(request), values_(values) {}

  const ejson::Value* Resolve(expression::Root root, std::string_view member) const override;
  const ejson::Value* Header(std::string_view name) const override;
  const expression::CallResult* ResultOf(int site) const override;

  void SetResult(int site, expression::CallResult result) { results_.insert_or_assign(site, std::move(result)); }

  // Whether the user's data were asked for and could not be read. Then the evaluation does not count.
  bool broken() const { return broken_; }

 private:
  struct Slot {
    bool built = false;
    std::optional<ejson::Value> value;
  };
  using Build = std::optional<ejson::Value> (RequestEnvironment::*)() const;
  struct Entry {
    std::string_view member;
    Build build;
  };
  static constexpr size_t kRequestMembers = 9;
  static constexpr size_t kUserMembers = 5;
  static const std::array<Entry, kRequestMembers> kRequest;
  static const std::array<Entry, kUserMembers> kUser;

  template <size_t size>
  const ejson::Value* ResolveIn(const std::array<Entry, size>& entries, std::array<Slot, size + 1>& slots,
                                std::string_view member) const;
  const ejson::Value* ResolveEnvironment(std::string_view member) const;

  std::optional<ejson::Value> Method() const;
  std::optional<ejson::Value> Referrer() const;
  std::optional<ejson::Value> UserAgent() const;
  std::optional<ejson::Value> RawQueryString() const;
  std::optional<ejson::Value> RemoteAddress() const;
  std::optional<ejson::Value> RequestHeaders() const;
  std::optional<ejson::Value> ServiceName() const;
  std::optional<ejson::Value> Action() const;
  std::optional<ejson::Value> WebhookUrl() const;
  std::optional<ejson::Value> UserId() const;
  std::optional<ejson::Value> UserType() const;
  std::optional<ejson::Value> UserData() const;
  std::optional<ejson::Value> UserCustomData() const;
  std::optional<ejson::Value> UserIdentities() const;
  std::optional<ejson::Value> FirstHeader(std::string_view name) const;
  std::optional<ejson::Value> ParseObject(const std::string& json) const;

  const v1::AuthorizeRequest& request_;
  const Values& values_;
  // The last slot of each is the whole.
  mutable std::array<Slot, kRequestMembers + 1> request_slots_;
  mutable std::array<Slot, kUserMembers + 1> user_slots_;
  // A deque never moves what it holds.
  mutable std::deque<std::pair<std::string, std::optional<ejson::Value>>> headers_;
  absl::flat_hash_map<int, expression::CallResult> results_;
  mutable bool broken_ = false;
};

}  // namespace overlock::authz

#endif  // OVERLOCK_SERVICES_AUTHZ_REQUEST_ENVIRONMENT_H_
