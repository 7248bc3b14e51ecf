#include "common/storage/postgres_target.h"

#include <libpq-fe.h>

#include <map>

#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace overlock::storage {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;

// What libpq understands of what was made of `text`.
std::map<std::string, std::string> Understood(const std::string& text, absl::Duration timeout = absl::Seconds(5)) {
  auto target = PostgresTarget::Parse(text, timeout);
  EXPECT_THAT(target, IsOk());
  std::map<std::string, std::string> values;
  if (!target.ok()) return values;
  EXPECT_EQ(target->uri().find_first_of(" \"'\t\n"), std::string::npos) << "SOCI would take it apart";
  PQconninfoOption* options = PQconninfoParse(target->uri().c_str(), nullptr);
  EXPECT_NE(options, nullptr) << target->uri();
  for (auto* option = options; option != nullptr && option->keyword != nullptr; ++option) {
    if (option->val != nullptr) values[option->keyword] = option->val;
  }
  PQconninfoFree(options);
  return values;
}

TEST(PostgresTargetTest, ReadsAUri) {
  auto values =
      Understood("postgres://us%40er:p%2F%40%20s?s@host.example:6543/d%20b?sslmode=require&options=-c%20a%3Db");
  EXPECT_THAT(values, Contains(Pair("user", "us@er")));
  EXPECT_THAT(values, Contains(Pair("password", "p/@ s?s")));
  EXPECT_THAT(values, Contains(Pair("host", "host.example")));
  EXPECT_THAT(values, Contains(Pair("port", "6543")));
  EXPECT_THAT(values, Contains(Pair("dbname", "d b")));
  EXPECT_THAT(values, Contains(Pair("sslmode", "require")));
  EXPECT_THAT(values, Contains(Pair("options", "-c a=b")));
}

TEST(PostgresTargetTest, ReadsPairs) {
  auto values = Understood("host=/run/p user=o password='a \"b\\'=\xC3\xBC' dbname = x");
  EXPECT_THAT(values, Contains(Pair("host", "/run/p")));
  EXPECT_THAT(values, Contains(Pair("password", "a \"b'=\xC3\xBC")));
  EXPECT_THAT(values, Contains(Pair("dbname", "x")));
}

TEST(PostgresTargetTest, AddsWhatWasNotSaid) {
  EXPECT_THAT(Understood("postgres://h/d", absl::Milliseconds(6500)), Contains(Pair("connect_timeout", "7")));
  EXPECT_THAT(Understood("postgres://h/d?connect_timeout=9"), Contains(Pair("connect_timeout", "9")));
  EXPECT_THAT(Understood("postgres://h/d"), Contains(Pair("fallback_application_name", "overlock")));
  EXPECT_THAT(Understood("postgres://h/d?client_encoding=LATIN1"), Contains(Pair("client_encoding", "UTF8")));
}

TEST(PostgresTargetTest, GivesEveryHostItsTime) {
  EXPECT_EQ(PostgresTarget::Parse("postgres://a:1,b:2,c/d", absl::Seconds(4))->connect_time_max(), absl::Seconds(12));
  EXPECT_EQ(PostgresTarget::Parse("postgres://a/d", absl::Seconds(1))->connect_time_max(), absl::Seconds(2));
}

TEST(PostgresTargetTest, SaysNothingOfWhatItCannotRead) {
  for (std::string text :
       {"postgres://user:hu@hush@host/db", "postgres://user:12/hush@host/db", "postgres://user:hush/1@host/db",
        "postgres://user:hu%zzhush@host/db", "postgres://user@host:hush/db", "postgres://host/db?hush",
        "postgres://host/db?hush=1", "postgres://user:1?hush@2@host/db", "host=h password=a hush", "password='hush",
        "hush", "host=h port=hush", "postgres://hush:1/d?connect_timeout=soon",
        "postgres://hush/d?connect_timeout=0"}) {
    auto target = PostgresTarget::Parse(text, absl::Seconds(5));
    EXPECT_THAT(target, StatusIs(absl::StatusCode::kInvalidArgument, "STORE_URL_INVALID")) << text;
    EXPECT_THAT(target.status().message(), AllOf(HasSubstr("connection string"), Not(HasSubstr("hush")))) << text;
  }
  EXPECT_THAT(PostgresTarget::Parse(std::string("host=h\0", 7), absl::Seconds(5)),
              StatusIs(absl::StatusCode::kInvalidArgument, "STORE_URL_INVALID"));
}

}  // namespace
}  // namespace overlock::storage
