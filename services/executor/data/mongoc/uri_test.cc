#include "services/executor/data/mongoc/uri.h"

#include "common/testing/status_matchers.h"
#include "gtest/gtest.h"

namespace overlock::executor {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr auto kBad = absl::StatusCode::kInvalidArgument;

TEST(MongoUri, ReadsAConnectionString) {
  EXPECT_THAT(MongoUri::Parse("mongodb://user:word@a.example,b.example:27018/db?replicaSet=r", UriOwner::kApplication),
              IsOk());
  EXPECT_THAT(MongoUri::Parse("mongodb+srv://cluster0.abcde.example/", UriOwner::kApplication), IsOk());
}

TEST(MongoUri, RefusesWhatIsNone) {
  for (const char* text : {"", "http://a/", "mongodb://", "mongodb://user:pa:ss:wo@rd@host/", "mongodb://host:port/"}) {
    EXPECT_THAT(MongoUri::Parse(text, UriOwner::kOperator), StatusIs(kBad, "MONGODB_URI_BAD")) << text;
  }
}

TEST(MongoUri, ShowsNothingOfWhatItCannotRead) {
  const absl::Status status = MongoUri::Parse("mongodb://user:sesame@host:sesame/", UriOwner::kOperator).status();
  EXPECT_THAT(std::string(status.message()), AllOf(HasSubstr("cannot be read"), Not(HasSubstr("sesame"))));
}

TEST(MongoUri, RefusesWhatIsNotSupported) {
  EXPECT_THAT(MongoUri::Parse("mongodb://host/?w=0", UriOwner::kOperator), StatusIs(kBad));
  EXPECT_THAT(MongoUri::Parse("mongodb://host/?loadBalanced=true", UriOwner::kOperator), StatusIs(kBad));
}

TEST(MongoUri, KeepsServicesFromThisMachine) {
  for (const char* text :
       {"mongodb://%2Ftmp%2Fmongodb.sock/", "mongodb://host/?tls=true&tlsCAFile=/etc/passwd",
        "mongodb://host/?tls=true&tlsCertificateKeyFile=/etc/passwd", "mongodb://host/?authMechanism=MONGODB-AWS",
        "mongodb://user@host/?authMechanism=GSSAPI&authSource=$external"}) {
    EXPECT_THAT(MongoUri::Parse(text, UriOwner::kApplication), StatusIs(kBad, "MONGODB_URI_BAD")) << text;
    EXPECT_THAT(MongoUri::Parse(text, UriOwner::kOperator), IsOk()) << text;
  }
}

TEST(MongoUri, SetsWhatTheTextLeavesOpen) {
  const MongoUri uri = *MongoUri::Parse("mongodb://host/", UriOwner::kOperator);
  EXPECT_EQ(mongoc_uri_get_option_as_int32(uri.get(), MONGOC_URI_SERVERSELECTIONTIMEOUTMS, 0), 5'000);
  EXPECT_STREQ(mongoc_uri_get_appname(uri.get()), "overlock");
  EXPECT_TRUE(uri.retries_writes());
  const MongoUri set =
      *MongoUri::Parse("mongodb://host/?serverSelectionTimeoutMS=7&appName=a&retryWrites=false", UriOwner::kOperator);
  EXPECT_EQ(mongoc_uri_get_option_as_int32(set.get(), MONGOC_URI_SERVERSELECTIONTIMEOUTMS, 0), 7);
  EXPECT_STREQ(mongoc_uri_get_appname(set.get()), "a");
  EXPECT_FALSE(set.retries_writes());
}

TEST(MongoUri, RedactsUserAndPasswordInEveryForm) {
  const MongoUri uri = *MongoUri::Parse("mongodb://bookkeeper:open%2Fsesame@host/", UriOwner::kOperator);
  EXPECT_EQ(uri.Redact("bookkeeper:open%2Fsesame, open/sesame, open%2Fsesame, bookkeeper, host"),
            "***, ***, ***, ***, host");
}

TEST(MongoUri, KnowsAPasswordWhereThereIsOne) {
  EXPECT_TRUE(HasPassword("mongodb://a:b@host/"));
  EXPECT_TRUE(HasPassword("mongodb+srv://a:b@host"));
  EXPECT_FALSE(HasPassword("mongodb://a@host:1/"));
  EXPECT_FALSE(HasPassword("mongodb://host:1/?x=a:b@c"));
  EXPECT_FALSE(HasPassword(""));
}

}  // namespace
}  // namespace overlock::executor
