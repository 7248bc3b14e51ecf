#include "services/config/application_store.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "common/storage/sqlite_database.h"
#include "common/testing/status_matchers.h"
#include "google/protobuf/util/message_differencer.h"
#include "gtest/gtest.h"

namespace overlock::config {
namespace {

class ApplicationStoreTest : public ::testing::Test {
 protected:
  ApplicationStoreTest() {
    std::string pattern = ::testing::TempDir() + "/overlock_store_XXXXXX";
    directory_ = mkdtemp(pattern.data());
  }
  ~ApplicationStoreTest() override { std::filesystem::remove_all(directory_); }

  absl::StatusOr<std::unique_ptr<ApplicationStore>> Open(const crypto::SealKey& key) {
    auto database = storage::SqliteDatabase::Open({.path = directory_ + "/config.db"});
    EXPECT_THAT(database, IsOk());
    return ApplicationStore::Open(*std::move(database), key, now_);
  }
  static v1::Application App(const std::string& app_id, const std::string& secret = "hush") {
    v1::Application application;
    application.set_app_id(app_id);
    application.set_name("name-of-" + app_id);
    for (int i = 0; i < 20; ++i) (*application.mutable_secrets())[absl::StrCat("key", i)] = secret;
    return application;
  }

  const absl::Time now_ = absl::FromUnixSeconds(1'700'000'000);
  const crypto::SealKey key_ = crypto::SealKey::Random();
  std::string directory_;
};

TEST_F(ApplicationStoreTest, KeepsApplicationsAndRevisionsAcrossReopening) {
  {
    auto store = Open(key_);
    ASSERT_THAT(store, IsOk());
    EXPECT_THAT((*store)->Put(App("b"), now_), IsOkAndHolds(1'700'000'001));
    EXPECT_THAT((*store)->Put(App("a"), now_), IsOkAndHolds(1'700'000'002));
    EXPECT_THAT((*store)->Put(App("b", "new"), now_), IsOkAndHolds(1'700'000'003));
  }
  auto store = Open(key_);
  ASSERT_THAT(store, IsOk());
  auto state = (*store)->Load();
  ASSERT_THAT(state, IsOk());
  EXPECT_EQ(state->base_revision, 1'700'000'000);
  EXPECT_EQ(state->revision, 1'700'000'003);
  ASSERT_EQ(state->applications.size(), 2u);
  using google::protobuf::util::MessageDifferencer;
  EXPECT_TRUE(MessageDifferencer::Equals(*state->applications[0].application, App("a")));
  EXPECT_EQ(state->applications[0].revision, 1'700'000'002);
  EXPECT_TRUE(MessageDifferencer::Equals(*state->applications[1].application, App("b", "new")));
  EXPECT_EQ(state->applications[1].revision, 1'700'000'003);
}

TEST_F(ApplicationStoreTest, IsEmptyAtFirst) {
  auto store = Open(key_);
  ASSERT_THAT(store, IsOk());
  auto state = (*store)->Load();
  ASSERT_THAT(state, IsOk());
  EXPECT_TRUE(state->applications.empty());
  EXPECT_EQ(state->revision, state->base_revision);
}

TEST_F(ApplicationStoreTest, CannotBeReadWithAnotherKey) {
  ASSERT_THAT((*Open(key_))->Put(App("a"), now_), IsOk());
  auto store = Open(crypto::SealKey::Random());
  ASSERT_THAT(store, IsOk());
  EXPECT_THAT((*store)->Load(), StatusIs(absl::StatusCode::kDataLoss, "SEAL_BROKEN"));
}

TEST_F(ApplicationStoreTest, NoticesAnApplicationPutInThePlaceOfAnother) {
  auto store = Open(key_);
  ASSERT_THAT((*store)->Put(App("a"), now_), IsOk());
  ASSERT_THAT((*store)->Put(App("b"), now_), IsOk());
  auto database = storage::SqliteDatabase::Open({.path = directory_ + "/config.db"});
  ASSERT_THAT(database, IsOk());
  ASSERT_THAT((*database)->Write([](soci::session& session) {
    session << "UPDATE app_revisions SET sealed_application = (SELECT sealed_application FROM app_revisions "
               "WHERE app_id = 'a') WHERE app_id = 'b'";
    return absl::OkStatus();
  }),
              IsOk());
  EXPECT_THAT((*store)->Load(), StatusIs(absl::StatusCode::kDataLoss, "SEAL_BROKEN"));
}

TEST_F(ApplicationStoreTest, LeavesNoSecretInItsFiles) {
  auto store = Open(key_);
  ASSERT_THAT((*store)->Put(App("a", "a-secret-that-nobody-reads"), now_), IsOk());
  for (const auto& entry : std::filesystem::directory_iterator(directory_)) {
    std::stringstream content;
    content << std::ifstream(entry.path(), std::ios::binary).rdbuf();
    EXPECT_EQ(content.str().find("a-secret-that-nobody-reads"), std::string::npos) << entry.path();
  }
}

TEST_F(ApplicationStoreTest, KeepsFiftyRevisionsOfAnApplication) {
  auto store = Open(key_);
  ASSERT_THAT((*store)->Put(App("b"), now_), IsOk());
  for (int i = 0; i < ApplicationStore::kRevisionsKept + 5; ++i) {
    ASSERT_THAT((*store)->Put(App("a", absl::StrCat(i)), now_), IsOk());
  }
  auto database = storage::SqliteDatabase::Open({.path = directory_ + "/config.db"});
  int of_a = 0;
  int of_b = 0;
  ASSERT_THAT((*database)->Read([&](soci::session& session) {
    session << "SELECT COUNT(*) FROM app_revisions WHERE app_id = 'a'", soci::into(of_a);
    session << "SELECT COUNT(*) FROM app_revisions WHERE app_id = 'b'", soci::into(of_b);
    return absl::OkStatus();
  }),
              IsOk());
  EXPECT_EQ(of_a, ApplicationStore::kRevisionsKept);
  EXPECT_EQ(of_b, 1);
  EXPECT_EQ((*store)->Load()->applications[0].application->secrets().at("key0"), "54");
}

TEST(SerializeApplicationTest, GivesEqualBytesForEqualApplications) {
  v1::Application one;
  v1::Application two;
  for (int i = 0; i < 100; ++i) (*one.mutable_secrets())[absl::StrCat(i)] = "x";
  for (int i = 99; i >= 0; --i) (*two.mutable_secrets())[absl::StrCat(i)] = "x";
  EXPECT_EQ(SerializeApplication(one), SerializeApplication(two));
  (*two.mutable_secrets())["0"] = "y";
  EXPECT_NE(SerializeApplication(one), SerializeApplication(two));
}

}  // namespace
}  // namespace overlock::config
