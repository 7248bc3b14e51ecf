#include "services/config/app_catalog.h"

#include <cstdlib>
#include <filesystem>
#include <future>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/storage/sqlite_database.h"
#include "common/testing/fake_clock.h"
#include "common/testing/status_matchers.h"
#include "gtest/gtest.h"

namespace overlock::config {
namespace {

// Everything has time enough; a test that fails must end.
constexpr auto kPatience = std::chrono::seconds(30);

// A source checker that does not answer for sources with `slow` in them until it is told to.
class SlowChecker {
 public:
  absl::StatusOr<std::vector<SourceProblem>> Check(const std::vector<NamedSource>& sources) {
    for (size_t i = 0; i < sources.size(); ++i) {
      ++asked_;
      if (absl::StrContains(sources[i].source, "slow") && !entered_told_.exchange(true)) {
        entered_.set_value();
        EXPECT_EQ(released_.wait_for(kPatience), std::future_status::ready);
      }
      if (absl::StrContains(sources[i].source, "wrong"))
        return std::vector<SourceProblem>{{i, "line 1, column 1: wrong"}};
    }
    return std::vector<SourceProblem>();
  }
  void WaitUntilEntered() { ASSERT_EQ(entered_.get_future().wait_for(kPatience), std::future_status::ready); }
  void Release() { release_.set_value(); }
  int asked() const { return asked_; }

 private:
  std::atomic<int> asked_{0};
  std::atomic<bool> entered_told_{false};
  std::promise<void> entered_;
  std::promise<void> release_;
  std::shared_future<void> released_ = release_.get_future().share();
};

class AppCatalogTest : public ::testing::Test {
 protected:
  AppCatalogTest() {
    std::string pattern = ::testing::TempDir() + "/overlock_catalog_XXXXXX";
    directory_ = mkdtemp(pattern.data());
    auto database = storage::SqliteDatabase::Open({.path = directory_ + "/config.db"});
    EXPECT_THAT(database, IsOk());
    auto store = ApplicationStore::Open(*std::move(database), crypto::SealKey::Random(), clock_.Now());
    EXPECT_THAT(store, IsOk());
    auto check = [this](const std::vector<NamedSource>& sources) { return checker_.Check(sources); };
    auto catalog = AppCatalog::Open(*std::move(store), {{}, check}, clock_);
    EXPECT_THAT(catalog, IsOk());
    catalog_ = *std::move(catalog);
  }
  ~AppCatalogTest() override {
    catalog_.reset();
    std::filesystem::remove_all(directory_);
  }

  static AppCatalog::Edit Edit(const std::string& app) {
    AppCatalog::Edit edit;
    edit.audit = {"me", "here", "import", app + "-abcde", "application", ""};
    return edit;
  }
  // Adds a function to what there is.
  absl::StatusOr<AppCatalog::Committed> Add(const std::string& app, const std::string& function,
                                            const std::string& source, AppCatalog::Edit edit) {
    v1::ImportAppRequest request;
    auto add = [&request](const std::string& path, const std::string& content) {
      request.add_files()->set_path(path);
      request.mutable_files()->rbegin()->set_content(content);
    };
    add("stitch.json", absl::StrCat(R"({"app_id": ")", app, R"(-abcde", "name": ")", app, R"("})"));
    add(absl::StrCat("functions/", function, "/config.json"), absl::StrCat(R"({"name": ")", function, R"("})"));
    add(absl::StrCat("functions/", function, "/source.js"), source);
    request.set_strategy(v1::IMPORT_STRATEGY_MERGE);
    return catalog_->Commit(edit, [&](const v1::Application* current) { return ParseApp(request, {}, current); });
  }
  absl::StatusOr<AppCatalog::Committed> Add(const std::string& app, const std::string& function,
                                            const std::string& source) {
    return Add(app, function, source, Edit(app));
  }
  // The same on a thread of its own.
  std::future<absl::StatusOr<AppCatalog::Committed>> StartToAdd(const std::string& app, const std::string& function,
                                                                const std::string& source) {
    return std::async(std::launch::async, [=, this] { return Add(app, function, source); });
  }
  int FunctionsOf(const std::string& app) {
    auto stored = catalog_->Find(app + "-abcde");
    return stored.application == nullptr ? 0 : stored.application->functions_size();
  }

  FakeClock clock_;
  SlowChecker checker_;
  std::string directory_;
  std::unique_ptr<AppCatalog> catalog_;
};

TEST_F(AppCatalogTest, WhileTheSourcesOfOneAreCheckedOthersAreWrittenAndDeleted) {
  ASSERT_THAT(Add("c", "f", "1"), IsOk());
  auto slow = StartToAdd("a", "f", "slow");
  checker_.WaitUntilEntered();
  EXPECT_THAT(Add("b", "f", "1"), IsOk());
  EXPECT_EQ(FunctionsOf("b"), 1);
  EXPECT_THAT(catalog_->Delete(Edit("c").audit, false), IsOk());
  EXPECT_THAT(catalog_->Refresh(), IsOk());
  EXPECT_EQ(FunctionsOf("a"), 0);
  checker_.Release();
  EXPECT_THAT(slow.get(), IsOk());
  EXPECT_EQ(FunctionsOf("a"), 1);
  EXPECT_EQ(FunctionsOf("b"), 1);
  EXPECT_EQ(FunctionsOf("c"), 0);
}

TEST_F(AppCatalogTest, OnlyValidatingWaitsForNobody) {
  auto slow = StartToAdd("a", "f", "slow");
  checker_.WaitUntilEntered();
  AppCatalog::Edit edit = Edit("a");
  edit.validate_only = true;
  auto validated = Add("a", "g", "wrong", edit);
  ASSERT_THAT(validated, IsOk());
  EXPECT_TRUE(validated->has_errors);
  checker_.Release();
  EXPECT_THAT(slow.get(), IsOk());
}

TEST_F(AppCatalogTest, ChangesOfOneApplicationAreMadeOneOfTheOther) {
  ASSERT_THAT(Add("a", "first", "1"), IsOk());
  auto slow = StartToAdd("a", "slow", "slow");
  checker_.WaitUntilEntered();
  std::vector<std::future<absl::StatusOr<AppCatalog::Committed>>> others;
  for (int i = 0; i < 12; ++i) others.push_back(StartToAdd("a", absl::StrCat("f", i), absl::StrCat("'f", i, "'")));
  checker_.Release();
  EXPECT_THAT(slow.get(), IsOk());
  for (auto& other : others) EXPECT_THAT(other.get(), IsOk());
  EXPECT_EQ(FunctionsOf("a"), 14);
  EXPECT_EQ(checker_.asked(), 14) << "each source once";
}

TEST_F(AppCatalogTest, ADraftThatBeganMeanwhileIsRespected) {
  auto first = Add("a", "f", "1");
  ASSERT_THAT(first, IsOk());
  auto slow = StartToAdd("a", "g", "slow");
  checker_.WaitUntilEntered();
  ApplicationStore::Draft draft{first->application, first->revision, "another", clock_.Now()};
  ASSERT_THAT(catalog_->store().PutDraft(draft, true, Edit("a").audit, clock_.Now()), IsOk());
  checker_.Release();
  EXPECT_THAT(slow.get(), StatusIs(absl::StatusCode::kFailedPrecondition, "DRAFT_EXISTS"));
  EXPECT_EQ(FunctionsOf("a"), 1);
  EXPECT_EQ(checker_.asked(), 2) << "a source that was good is not asked about again";
}

TEST_F(AppCatalogTest, WhatWasDeletedMeanwhileIsMadeAnew) {
  ASSERT_THAT(Add("a", "f", "1"), IsOk());
  auto slow = StartToAdd("a", "g", "slow");
  checker_.WaitUntilEntered();
  ASSERT_THAT(catalog_->Delete(Edit("a").audit, false), IsOk());
  checker_.Release();
  ASSERT_THAT(slow.get(), IsOk());
  EXPECT_EQ(FunctionsOf("a"), 1);
}

}  // namespace
}  // namespace overlock::config
