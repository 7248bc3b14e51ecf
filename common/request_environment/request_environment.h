// What the names in an expression stand for in one request.
#ifndef OVERLOCK_COMMON_REQUEST_ENVIRONMENT_REQUEST_ENVIRONMENT_H_
#define OVERLOCK_COMMON_REQUEST_ENVIRONMENT_REQUEST_ENVIRONMENT_H_

#include <google/protobuf/map.h>

#include <array>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "common/expression/environment.h"
#include "overlock/type/v1/app.pb.h"
#include "overlock/type/v1/http.pb.h"
#include "overlock/type/v1/user.pb.h"

namespace overlock::expression {

// What an application's own names stand for, whatever the request.
struct AppNames {
  // `%%values` by name.
  absl::flat_hash_map<std::string, ejson::Value> values;
  // `%%environment`: a document of `tag`, empty for none, and `values`.
  ejson::Value environment =
      ejson::Value::Document({{"tag", ejson::Value::String("")}, {"values", ejson::Value::Document({})}});
};

using TextsByName = google::protobuf::Map<std::string, std::string>;

// Reads JSON texts. What cannot be read does not exist; its name is added to `unreadable`.
AppNames ReadAppNames(const TextsByName& values_json, const std::string& environment,
                      const TextsByName& environment_values_json, std::vector<std::string>& unreadable);

// Builds each value when an expression asks for it, once; what is text in the messages is lent out without being built.
// `%%request` is the runtime's `context.request` (spec section 9.4): `service` is the service's name and `action` the
// webhook's, both empty for an endpoint; `httpReferrer`, `httpUserAgent` and `rawQueryString` are missing where the
// request has none. Identities have the type under `provider_type` and, as the documentation of expressions has it,
// `providerType`. Header values that are not UTF-8 are read as Latin-1. There is no `%%args`.
class RequestEnvironment : public Environment {
 public:
  // All must outlive it.
  RequestEnvironment(const type::v1::HttpRequest& request, const type::v1::User& user,
                     const type::v1::WebhookName& webhook, const AppNames& names)
      : request_(request), user_(user), webhook_(webhook), names_(names) {}

  const ejson::Value* Resolve(Root root, std::string_view member) const override;
  const ejson::Value* Header(std::string_view name) const override;
  std::optional<std::string_view> Text(Root root, std::string_view member) const override;
  std::optional<bool> AnyHeader(std::string_view name, absl::FunctionRef<bool(std::string_view)> visit) const override;
  const CallResult* ResultOf(int site) const override;

  void SetResult(int site, CallResult result) { results_.insert_or_assign(site, std::move(result)); }

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
  // Null if there is none.
  const std::string* FirstHeader(std::string_view name) const;
  std::optional<ejson::Value> FirstHeaderText(std::string_view name) const;
  const std::string* FindText(Root root, std::string_view member) const;
  std::optional<ejson::Value> ParseObject(const std::string& json) const;

  const type::v1::HttpRequest& request_;
  const type::v1::User& user_;
  const type::v1::WebhookName& webhook_;
  const AppNames& names_;
  // The last slot of each is the whole.
  mutable std::array<Slot, kRequestMembers + 1> request_slots_;
  mutable std::array<Slot, kUserMembers + 1> user_slots_;
  // A list never moves what it holds, and an empty one holds no memory.
  mutable std::list<std::pair<std::string, std::optional<ejson::Value>>> headers_;
  absl::flat_hash_map<int, CallResult> results_;
  mutable bool broken_ = false;
};

}  // namespace overlock::expression

#endif  // OVERLOCK_COMMON_REQUEST_ENVIRONMENT_REQUEST_ENVIRONMENT_H_
