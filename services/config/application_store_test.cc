#include "services/config/application_store.h"

#include <algorithm>
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

  // Puts it over whatever is there.
  absl::StatusOr<int64_t> Put(ApplicationStore& store, const v1::Application& application) {
    ApplicationStore::Change change;
    auto revisions = store.ListRevisions(application.app_id());
    for (const auto& revision : *revisions) {
      change.expected_revision = std::max(change.expected_revision, revision.revision);
    }
    change.application = std::make_shared<const v1::Application>(application);
    change.audit = {"me", "here", "import", application.app_id(), "application", "because"};
    return store.Put(change, now_);
  }

  const absl::Time now_ = absl::FromUnixSeconds(1'700'000'000);
  const crypto::SealKey key_ = crypto::SealKey::Random();
  std::string directory_;
};

TEST_F(ApplicationStoreTest, KeepsApplicationsAndRevisionsAcrossReopening) {
  {
    auto store = Open(key_);
    ASSERT_THAT(store, IsOk());
    EXPECT_THAT(Put(**store, App("b")), IsOkAndHolds(1'700'000'001));
    EXPECT_THAT(Put(**store, App("a")), IsOkAndHolds(1'700'000'002));
    EXPECT_THAT(Put(**store, App("b", "new")), IsOkAndHolds(1'700'000'003));
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
  ASSERT_THAT(Put(**Open(key_), App("a")), IsOk());
  auto store = Open(crypto::SealKey::Random());
  ASSERT_THAT(store, IsOk());
  EXPECT_THAT((*store)->Load(), StatusIs(absl::StatusCode::kDataLoss, "SEAL_BROKEN"));
}

TEST_F(ApplicationStoreTest, NoticesAnApplicationPutInThePlaceOfAnother) {
  auto store = Open(key_);
  ASSERT_THAT(Put(**store, App("a")), IsOk());
  ASSERT_THAT(Put(**store, App("b")), IsOk());
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
  ASSERT_THAT(Put(**store, App("a", "a-secret-that-nobody-reads")), IsOk());
  for (const auto& entry : std::filesystem::directory_iterator(directory_)) {
    std::stringstream content;
    content << std::ifstream(entry.path(), std::ios::binary).rdbuf();
    EXPECT_EQ(content.str().find("a-secret-that-nobody-reads"), std::string::npos) << entry.path();
  }
}

TEST_F(ApplicationStoreTest, KeepsFiftyRevisionsOfAnApplication) {
  auto store = Open(key_);
  ASSERT_THAT(Put(**store, App("b")), IsOk());
  for (int i = 0; i < ApplicationStore::kRevisionsKept + 5; ++i) {
    ASSERT_THAT(Put(**store, App("a", absl::StrCat(i))), IsOk());
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

TEST_F(ApplicationStoreTest, RefusesAChangeOfWhatHasChanged) {
  auto store = Open(key_);
  ASSERT_THAT(Put(**store, App("a")), IsOk());
  ApplicationStore::Change change;
  change.application = std::make_shared<const v1::Application>(App("a", "other"));
  change.audit.app_id = "a";
  EXPECT_THAT((*store)->Put(change, now_), StatusIs(absl::StatusCode::kAborted, "REVISION_CONFLICT"));
  change.expected_revision = 7;
  EXPECT_THAT((*store)->Put(change, now_), StatusIs(absl::StatusCode::kAborted, "REVISION_CONFLICT"));
  // Nothing was written, not even a number.
  EXPECT_EQ((*store)->Load()->revision, 1'700'000'001);
}

TEST_F(ApplicationStoreTest, TellsWhatChangedAfterARevision) {
  auto store = Open(key_);
  ASSERT_THAT(Put(**store, App("a")), IsOk());
  ASSERT_THAT(Put(**store, App("b")), IsOk());
  ApplicationStore::Change change;
  change.expected_revision = 1'700'000'001;
  change.audit = {"me", "here", "delete app", "a", "application", ""};
  EXPECT_THAT((*store)->Put(change, now_), IsOkAndHolds(1'700'000'003));
  auto state = (*store)->Load(1'700'000'001);
  ASSERT_THAT(state, IsOk());
  ASSERT_EQ(state->applications.size(), 1u);
  EXPECT_EQ(state->applications[0].application->app_id(), "b");
  ASSERT_EQ(state->deleted.size(), 1u);
  EXPECT_EQ(state->deleted[0].app_id, "a");
  EXPECT_EQ(state->deleted[0].revision, 1'700'000'003);
  EXPECT_TRUE((*store)->ListRevisions("a")->empty());
}

TEST_F(ApplicationStoreTest, SealsAgainWithANewKey) {
  const crypto::SealKey next = crypto::SealKey::Random();
  {
    auto store = Open(key_);
    ASSERT_THAT(Put(**store, App("a")), IsOk());
    ASSERT_THAT(Put(**store, App("a", "second")), IsOk());
    ApplicationStore::Draft draft;
    draft.application = std::make_shared<const v1::Application>(App("a", "draft"));
    AuditEntry audit{"me", "", "create draft", "a", "draft", ""};
    ASSERT_THAT((*store)->PutDraft(draft, true, audit, now_), IsOk());
  }
  auto open = [&](const crypto::SealKey& key, std::vector<crypto::SealKey> old_keys) {
    auto database = storage::SqliteDatabase::Open({.path = directory_ + "/config.db"});
    return ApplicationStore::Open(*std::move(database), key, now_, old_keys);
  };
  EXPECT_THAT(open(next, {crypto::SealKey::Random()}), StatusIs(absl::StatusCode::kDataLoss, "SEAL_BROKEN"));
  ASSERT_THAT(open(next, {crypto::SealKey::Random(), key_}), IsOk());
  auto store = open(next, {});
  ASSERT_THAT(store, IsOk());
  EXPECT_THAT((*store)->Load(), IsOk());
  EXPECT_EQ((*(*store)->LoadDraft("a"))->application->secrets().at("key0"), "draft");
  EXPECT_EQ((*(*store)->LoadRevision("a", 1'700'000'001))->secrets().at("key0"), "hush");
  EXPECT_THAT((*open(key_, {}))->Load(), StatusIs(absl::StatusCode::kDataLoss, "SEAL_BROKEN"));
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
