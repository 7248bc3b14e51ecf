#include "common/request_environment/request_environment.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "common/ejson/parse.h"

namespace overlock::expression {
namespace {

using ejson::Member;
using ejson::Value;

bool SameName(std::string_view a, std::string_view b) {
  return absl::EqualsIgnoreCase(absl::string_view(a), absl::string_view(b));
}

// HTTP does not promise UTF-8. Latin-1 is what it once said, and every byte string is that.
Value TextOf(const std::string& bytes) {
  if (ejson::IsUtf8(bytes)) return Value::String(bytes);
  std::string text;
  text.reserve(bytes.size() * 2);
  for (unsigned char c : bytes) {
    if (c < 0x80) {
      text.push_back(static_cast<char>(c));
    } else {
      text.push_back(static_cast<char>(0xC0 | c >> 6));
      text.push_back(static_cast<char>(0x80 | (c & 0x3F)));
    }
  }
  return Value::String(std::move(text));
}

std::string_view TypeName(type::v1::User::Type type) {
  switch (type) {
    case type::v1::User::TYPE_NORMAL:
      return "normal";
    case type::v1::User::TYPE_SERVER:
      return "server";
    case type::v1::User::TYPE_SYSTEM:
      return "system";
    default:
      return "";
  }
}

std::vector<Member> ReadTexts(const TextsByName& texts, std::vector<std::string>& unreadable) {
  std::vector<Member> members;
  for (const auto& [name, json] : texts) {
    absl::StatusOr<Value> value = ejson::Parse(json);
    if (value.ok()) {
      members.push_back({name, *std::move(value)});
    } else {
      unreadable.push_back(name);
    }
  }
  // A map has no order of its own.
  std::sort(members.begin(), members.end(), [](const Member& a, const Member& b) { return a.key < b.key; });
  return members;
}

}  // namespace

AppNames ReadAppNames(const TextsByName& values_json, const std::string& environment,
                      const TextsByName& environment_values_json, std::vector<std::string>& unreadable) {
  AppNames names;
  for (Member& member : ReadTexts(values_json, unreadable)) {
    names.values.emplace(std::move(member.key), std::move(member.value));
  }
  Value values = Value::Document(ReadTexts(environment_values_json, unreadable));
  names.environment = Value::Document({{"tag", Value::String(environment)}, {"values", std::move(values)}});
  return names;
}

const std::array<RequestEnvironment::Entry, RequestEnvironment::kRequestMembers> RequestEnvironment::kRequest = {{
    {"httpMethod", &RequestEnvironment::Method},
    {"httpReferrer", &RequestEnvironment::Referrer},
    {"httpUserAgent", &RequestEnvironment::UserAgent},
    {"rawQueryString", &RequestEnvironment::RawQueryString},
    {"remoteIPAddress", &RequestEnvironment::RemoteAddress},
    {"requestHeaders", &RequestEnvironment::RequestHeaders},
    {"service", &RequestEnvironment::ServiceName},
    {"action", &RequestEnvironment::Action},
    {"webhookUrl", &RequestEnvironment::WebhookUrl},
}};

const std::array<RequestEnvironment::Entry, RequestEnvironment::kUserMembers> RequestEnvironment::kUser = {{
    {"id", &RequestEnvironment::UserId},
    {"type", &RequestEnvironment::UserType},
    {"data", &RequestEnvironment::UserData},
    {"custom_data", &RequestEnvironment::UserCustomData},
    {"identities", &RequestEnvironment::UserIdentities},
}};

const Value* RequestEnvironment::Resolve(Root root, std::string_view member) const {
  switch (root) {
    case Root::kUser:
      return ResolveIn(kUser, user_slots_, member);
    case Root::kRequest:
      return ResolveIn(kRequest, request_slots_, member);
    case Root::kValues: {
      auto it = names_.values.find(member);
      return it == names_.values.end() ? nullptr : &it->second;
    }
    case Root::kEnvironment:
      return member.empty() ? &names_.environment : names_.environment.Find(member);
    case Root::kArgs:
      return nullptr;
  }
  return nullptr;
}

template <size_t size>
const Value* RequestEnvironment::ResolveIn(const std::array<Entry, size>& entries, std::array<Slot, size + 1>& slots,
                                           std::string_view member) const {
  Slot& whole = slots[size];
  if (member.empty() && !whole.built) {
    std::vector<Member> members;
    for (const Entry& entry : entries) {
      if (const Value* value = ResolveIn(entries, slots, entry.member)) {
        members.push_back({std::string(entry.member), *value});
      }
    }
    whole = {true, Value::Document(std::move(members))};
  }
  if (member.empty()) return &*whole.value;
  for (size_t i = 0; i < size; ++i) {
    if (entries[i].member != member) continue;
    if (!slots[i].built) slots[i] = {true, (this->*entries[i].build)()};
    return slots[i].value ? &*slots[i].value : nullptr;
  }
  return nullptr;
}

const Value* RequestEnvironment::Header(std::string_view name) const {
  for (const auto& [known, value] : headers_) {
    if (SameName(known, name)) return value ? &*value : nullptr;
  }
  std::vector<Value> lines;
  for (const type::v1::Header& header : request_.headers()) {
    if (SameName(header.name(), name)) lines.push_back(TextOf(header.value()));
  }
  auto& entry = headers_.emplace_back(std::string(name), std::nullopt);
  if (!lines.empty()) entry.second = Value::Array(std::move(lines));
  return entry.second ? &*entry.second : nullptr;
}

const std::string* RequestEnvironment::FindText(Root root, std::string_view member) const {
  // An empty query, and the system user's id, do not exist.
  auto unless_empty = [](const std::string& text) { return text.empty() ? nullptr : &text; };
  if (root == Root::kUser) return member == "id" ? unless_empty(user_.id()) : nullptr;
  if (root != Root::kRequest) return nullptr;
  if (member == "httpMethod") return &request_.method();
  if (member == "remoteIPAddress") return &request_.remote_ip_address();
  if (member == "rawQueryString") return unless_empty(request_.raw_query_string());
  if (member == "httpReferrer") return FirstHeader("Referer");
  if (member == "httpUserAgent") return FirstHeader("User-Agent");
  if (member == "service") return &webhook_.service();
  if (member == "action") return &webhook_.webhook();
  if (member == "webhookUrl") return &request_.webhook_url();
  return nullptr;
}

std::optional<std::string_view> RequestEnvironment::Text(Root root, std::string_view member) const {
  if (root == Root::kUser && member == "type") return TypeName(user_.type());
  const std::string* text = FindText(root, member);
  if (text == nullptr || !ejson::IsUtf8(*text)) return std::nullopt;
  return *text;
}

std::optional<bool> RequestEnvironment::AnyHeader(std::string_view name,
                                                  absl::FunctionRef<bool(std::string_view)> visit) const {
  for (const type::v1::Header& header : request_.headers()) {
    if (!SameName(header.name(), name)) continue;
    if (!ejson::IsUtf8(header.value())) return std::nullopt;
    if (visit(header.value())) return true;
  }
  return false;
}

const CallResult* RequestEnvironment::ResultOf(int site) const {
  auto it = results_.find(site);
  return it == results_.end() ? nullptr : &it->second;
}

std::optional<Value> RequestEnvironment::Method() const { return Value::String(request_.method()); }
std::optional<Value> RequestEnvironment::Referrer() const { return FirstHeaderText("Referer"); }
std::optional<Value> RequestEnvironment::UserAgent() const { return FirstHeaderText("User-Agent"); }
std::optional<Value> RequestEnvironment::RawQueryString() const {
  const std::string& query = request_.raw_query_string();
  return query.empty() ? std::nullopt : std::optional(TextOf(query));
}
std::optional<Value> RequestEnvironment::RemoteAddress() const { return Value::String(request_.remote_ip_address()); }
std::optional<Value> RequestEnvironment::ServiceName() const { return Value::String(webhook_.service()); }
std::optional<Value> RequestEnvironment::Action() const { return Value::String(webhook_.webhook()); }
std::optional<Value> RequestEnvironment::WebhookUrl() const { return Value::String(request_.webhook_url()); }

std::optional<Value> RequestEnvironment::RequestHeaders() const {
  std::vector<Member> members;
  for (const type::v1::Header& header : request_.headers()) {
    bool known = false;
    for (const Member& member : members) known = known || SameName(member.key, header.name());
    if (!known) members.push_back({header.name(), *Header(header.name())});
  }
  return Value::Document(std::move(members));
}

const std::string* RequestEnvironment::FirstHeader(std::string_view name) const {
  for (const type::v1::Header& header : request_.headers()) {
    if (SameName(header.name(), name)) return &header.value();
  }
  return nullptr;
}

std::optional<Value> RequestEnvironment::FirstHeaderText(std::string_view name) const {
  const std::string* text = FirstHeader(name);
  return text == nullptr ? std::nullopt : std::optional(TextOf(*text));
}

std::optional<Value> RequestEnvironment::UserId() const {
  const std::string& id = user_.id();
  return id.empty() ? std::nullopt : std::optional(Value::String(id));
}
std::optional<Value> RequestEnvironment::UserType() const { return Value::String(std::string(TypeName(user_.type()))); }
std::optional<Value> RequestEnvironment::UserData() const { return ParseObject(user_.data_json()); }
std::optional<Value> RequestEnvironment::UserCustomData() const { return ParseObject(user_.custom_data_json()); }

std::optional<Value> RequestEnvironment::UserIdentities() const {
  std::vector<Value> identities;
  for (const type::v1::User::Identity& identity : user_.identities()) {
    Value provider = Value::String(identity.provider_type());
    identities.push_back(Value::Document(
        {{"id", Value::String(identity.id())}, {"provider_type", provider}, {"providerType", provider}}));
  }
  return Value::Array(std::move(identities));
}

std::optional<Value> RequestEnvironment::ParseObject(const std::string& json) const {
  if (json.empty()) return Value::Document({});
  absl::StatusOr<Value> value = ejson::Parse(json);
  if (!value.ok() || !value->is(Value::Type::kDocument)) {
    broken_ = true;
    return std::nullopt;
  }
  return *std::move(value);
}

}  // namespace overlock::expression
