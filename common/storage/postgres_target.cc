#include "common/storage/postgres_target.h"

#include <libpq-fe.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <string_view>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/status/status.h"

namespace overlock::storage {
namespace {

constexpr char kAllowed[] =
    "postgresql://user:password@host:port/database?option=value with %XX for whatever is special in a part, or "
    "option=value pairs of libpq";

absl::Status Invalid(std::string_view what) {
  return Error(absl::StatusCode::kInvalidArgument, "STORE_URL_INVALID", absl::StrCat("connection string: ", what));
}

// libpq takes `user:p@ss@host` for a password `p` and a host `ss@host`, and then says so in its errors. So does it with
// a `/`, and a port that is none.
absl::Status CheckAuthority(std::string_view text) {
  std::string_view rest = text.substr(text.find("://") + 3);
  size_t login_end = rest.find_first_of("@/");
  if (login_end != std::string_view::npos && rest[login_end] == '@') rest.remove_prefix(login_end + 1);
  if (rest.substr(0, rest.find('?')).find('@') == std::string_view::npos) return absl::OkStatus();
  return Invalid("'@' and '/' in a user, password or database are written %40 and %2F");
}

bool IsUri(std::string_view text) {
  return absl::StartsWith(text, "postgres://") || absl::StartsWith(text, "postgresql://");
}

void AppendEscaped(std::string_view value, std::string* out) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  for (char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (absl::ascii_isalnum(byte)) {
      out->push_back(c);
    } else {
      out->append({'%', kHex[byte >> 4], kHex[byte & 15]});
    }
  }
}

absl::StatusOr<std::map<std::string, std::string>> ReadOptions(const std::string& text) {
  struct Free {
    void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
  };
  if (text.find('\0') != std::string::npos) return Invalid("must not contain a NUL byte");
  if (IsUri(text)) OVERLOCK_RETURN_IF_ERROR(CheckAuthority(text));
  // What libpq says of a broken one may show a part of the password.
  std::unique_ptr<PQconninfoOption, Free> options(PQconninfoParse(text.c_str(), nullptr));
  if (!options) return Invalid(absl::StrCat("cannot be read; allowed is ", kAllowed));
  std::map<std::string, std::string> values;
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
    if (option->val != nullptr) values[option->keyword] = option->val;
  }
  if (auto port = values.find("port");
      port != values.end() && port->second.find_first_not_of("0123456789,") != std::string::npos) {
    return Invalid(absl::StrCat("the port is not a number; allowed is ", kAllowed));
  }
  return values;
}

}  // namespace

absl::StatusOr<PostgresTarget> PostgresTarget::Parse(const std::string& text, absl::Duration connect_timeout) {
  OVERLOCK_ASSIGN_OR_RETURN(auto values, ReadOptions(text));
  const auto timeout_seconds = static_cast<int>(std::ceil(absl::ToDoubleSeconds(connect_timeout)));
  // libpq reads 1 as 2.
  values.try_emplace("connect_timeout", absl::StrCat(std::max(2, timeout_seconds)));
  values.try_emplace("fallback_application_name", "overlock");
  values.try_emplace("keepalives_idle", "10");
  values.try_emplace("keepalives_interval", "5");
  values.try_emplace("keepalives_count", "3");
  values.try_emplace("tcp_user_timeout", "25000");
  values["client_encoding"] = "UTF8";

  // SOCI takes a connection string apart and loses quotes and spaces. This form has neither, and it has a `=`.
  std::string uri = "postgresql:///";
  char separator = '?';
  for (const auto& [name, value] : values) {
    absl::StrAppend(&uri, std::string(1, separator), name, "=");
    AppendEscaped(value, &uri);
    separator = '&';
  }
  int seconds = 0;
  if (!absl::SimpleAtoi(values["connect_timeout"], &seconds) || seconds <= 0) {
    return Invalid("connect_timeout must be a number of seconds, at least 1");
  }
  const std::string& hosts = values[values.contains("hostaddr") ? "hostaddr" : "host"];
  return PostgresTarget(std::move(uri), absl::Seconds(seconds) * (1 + std::count(hosts.begin(), hosts.end(), ',')));
}

}  // namespace overlock::storage
