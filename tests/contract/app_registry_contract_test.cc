// What every AppRegistry promises, asked of the local one and of a remote one over gRPC.
#include <atomic>
#include <future>
#include <map>
#include <thread>

#include "absl/strings/str_cat.h"
#include "common/status/status.h"
#include "tests/contract/config_fixture.h"

namespace overlock::config {
namespace {

class AppRegistryContract : public ::testing::TestWithParam<Where> {
 protected:
  AppRegistryContract() : config_(GetParam()), call_(config_.CallOf(v1::ROLE_ADMIN)) {}

  static v1::ImportAppRequest App(const std::string& name, const std::string& source = "exports = function() {};") {
    v1::ImportAppRequest request;
    auto add = [&request](const std::string& path, const std::string& content) {
      auto* file = request.add_files();
      file->set_path(path);
      file->set_content(content);
    };
    add("stitch.json", absl::StrCat(R"({"app_id": ")", name, R"(-abcde", "name": ")", name, R"("})"));
    add("services/s/config.json", R"({"name": "s", "type": "http"})");
    add("services/s/incoming_webhooks/w/config.json",
        R"({"name": "w", "respond_result": true, "options": {"httpMethod": "POST", "validationMethod": "VERIFY_PAYLOAD", "secret": "hush"}})");
    add("services/s/incoming_webhooks/w/source.js", source);
    return request;
  }
  absl::StatusOr<v1::ImportAppResponse> Import(v1::ImportAppRequest request) {
    return BlockOn(config_.registry().ImportApp(std::move(request), call_));
  }
  absl::StatusOr<v1::ListAppsResponse> List(v1::ListAppsRequest request = {}) {
    return BlockOn(config_.registry().ListApps(std::move(request), call_));
  }
  static v1::WatchRequest WatchOf(v1::View view, int64_t after_revision = 0) {
    v1::WatchRequest request;
    request.set_view(view);
    request.set_after_revision(after_revision);
    return request;
  }
  // The first complete state that a watch tells.
  std::vector<v1::WatchResponse> WatchOnce(v1::WatchRequest request) {
    std::vector<v1::WatchResponse> parts;
    auto on_part = [&parts](v1::WatchResponse part) -> Task<absl::Status> {
      bool more = part.more();
      parts.push_back(std::move(part));
      if (more) co_return absl::OkStatus();
      co_return absl::AbortedError("seen enough");
    };
    EXPECT_THAT(BlockOn(config_.registry().Watch(std::move(request), on_part, CallContext())),
                StatusIs(absl::StatusCode::kAborted));
    return parts;
  }

  ConfigFixture config_;
  CallContext call_;
};

TEST_P(AppRegistryContract, ImportsAnApplicationAndListsIt) {
  auto response = Import(App("one"));
  ASSERT_THAT(response, IsOk());
  EXPECT_EQ(response->app().app_id(), "one-abcde");
  EXPECT_GT(response->app().revision(), 0);
  EXPECT_FALSE(response->unchanged());
  EXPECT_EQ(response->summary().webhooks(0).path(), "/api/client/v2.0/app/one-abcde/service/s/incoming_webhook/w");
  auto list = List();
  ASSERT_THAT(list, IsOk());
  ASSERT_EQ(list->apps_size(), 1);
  EXPECT_EQ(list->apps(0).app().revision(), response->app().revision());
  EXPECT_EQ(list->apps(0).webhooks(0).validation_method(), "VERIFY_PAYLOAD");
}

TEST_P(AppRegistryContract, AnswersWithAllProblemsAndStoresNothing) {
  v1::ImportAppRequest request = App("one");
  request.mutable_files(0)->set_content(R"({"name": "one", "location": 1})");
  request.mutable_files(2)->set_content(R"({"name": "w"})");
  auto response = Import(request);
  ASSERT_THAT(response, IsOk());
  EXPECT_FALSE(response->has_app());
  EXPECT_GE(response->problems_size(), 3);
  EXPECT_EQ(List()->apps_size(), 0);
}

TEST_P(AppRegistryContract, LeavesTheStoredApplicationAloneWhenAnImportHasErrors) {
  auto good = Import(App("one"));
  ASSERT_THAT(good, IsOk());
  v1::ImportAppRequest request = App("one", "exports = function() { return 2; };");
  request.mutable_files(1)->set_content("{");
  EXPECT_FALSE(Import(request)->has_app());
  auto parts = WatchOnce(WatchOf(v1::VIEW_EXECUTOR));
  EXPECT_EQ(parts[0].revision(), good->app().revision());
  EXPECT_EQ(parts[0].apps(0).executor().webhooks(0).source(), "exports = function() {};");
}

TEST_P(AppRegistryContract, KeepsTheRevisionOfAnIdenticalApplication) {
  auto first = Import(App("one"));
  auto again = Import(App("one"));
  ASSERT_THAT(again, IsOk());
  EXPECT_TRUE(again->unchanged());
  EXPECT_EQ(again->app().revision(), first->app().revision());
  auto changed = Import(App("one", "exports = null"));
  EXPECT_FALSE(changed->unchanged());
  EXPECT_GT(changed->app().revision(), first->app().revision());
}

TEST_P(AppRegistryContract, StoresNothingWhenItOnlyValidates) {
  v1::ImportAppRequest request = App("one");
  request.set_validate_only(true);
  auto response = Import(request);
  ASSERT_THAT(response, IsOk());
  EXPECT_EQ(response->app().app_id(), "one-abcde");
  EXPECT_EQ(response->app().revision(), 0);
  EXPECT_EQ(response->summary().webhooks_size(), 1);
  EXPECT_EQ(List()->apps_size(), 0);
}

TEST_P(AppRegistryContract, RefusesRequestsWithoutFiles) {
  EXPECT_THAT(Import(v1::ImportAppRequest()), StatusIs(absl::StatusCode::kInvalidArgument, "NO_FILES"));
}

TEST_P(AppRegistryContract, ListsInPages) {
  for (const char* name : {"c", "a", "b"}) ASSERT_THAT(Import(App(name)), IsOk());
  v1::ListAppsRequest request;
  request.set_page_size(2);
  auto page = List(request);
  ASSERT_THAT(page, IsOk());
  ASSERT_EQ(page->apps_size(), 2);
  EXPECT_EQ(page->apps(0).name(), "a");
  EXPECT_EQ(page->apps(1).name(), "b");
  request.set_page_token(page->next_page_token());
  page = List(request);
  ASSERT_THAT(page, IsOk());
  ASSERT_EQ(page->apps_size(), 1);
  EXPECT_EQ(page->apps(0).name(), "c");
  EXPECT_EQ(page->next_page_token(), "");
}

TEST_P(AppRegistryContract, RefusesPageTokensItDidNotGive) {
  v1::ListAppsRequest request;
  request.set_page_token("bm9uZQ");
  EXPECT_THAT(List(request), StatusIs(absl::StatusCode::kInvalidArgument, "BAD_PAGE_TOKEN"));
}

TEST_P(AppRegistryContract, KeepsApplicationsWhenItIsOpenedAgain) {
  auto response = Import(App("one"));
  ASSERT_THAT(response, IsOk());
  config_.Close();
  config_.Open();
  ASSERT_EQ(List()->apps_size(), 1);
  EXPECT_EQ(List()->apps(0).app().revision(), response->app().revision());
  EXPECT_TRUE(Import(App("one"))->unchanged());
}

TEST_P(AppRegistryContract, BeginsAWatchWithAnEmptySnapshotWhenThereIsNothing) {
  auto parts = WatchOnce(WatchOf(v1::VIEW_EDGE));
  ASSERT_EQ(parts.size(), 1u);
  EXPECT_TRUE(parts[0].snapshot());
  EXPECT_EQ(parts[0].apps_size(), 0);
  EXPECT_GT(parts[0].revision(), 0);
}

TEST_P(AppRegistryContract, GoesOnAfterTheRevisionThatTheWatcherHas) {
  auto one = Import(App("one"));
  auto two = Import(App("two"));
  auto parts = WatchOnce(WatchOf(v1::VIEW_EDGE, one->app().revision()));
  ASSERT_EQ(parts.size(), 1u);
  EXPECT_FALSE(parts[0].snapshot());
  ASSERT_EQ(parts[0].apps_size(), 1);
  EXPECT_EQ(parts[0].apps(0).app().app_id(), "two-abcde");
  parts = WatchOnce(WatchOf(v1::VIEW_EDGE, two->app().revision()));
  EXPECT_FALSE(parts[0].snapshot());
  EXPECT_EQ(parts[0].apps_size(), 0);
}

TEST_P(AppRegistryContract, SendsEverythingForARevisionThatIsNotOfThisStore) {
  auto one = Import(App("one"));
  for (int64_t revision : {int64_t{1}, one->app().revision() + 1000}) {
    auto parts = WatchOnce(WatchOf(v1::VIEW_EDGE, revision));
    EXPECT_TRUE(parts[0].snapshot()) << revision;
    EXPECT_EQ(parts[0].apps_size(), 1) << revision;
    EXPECT_EQ(parts[0].revision(), one->app().revision());
  }
}

TEST_P(AppRegistryContract, SplitsALargeStateIntoParts) {
  std::string source = "exports = null; // " + std::string(1'000'000, 'x');
  for (int i = 0; i < 20; ++i) ASSERT_THAT(Import(App(absl::StrCat("app", i), source)), IsOk());
  auto parts = WatchOnce(WatchOf(v1::VIEW_EXECUTOR));
  ASSERT_EQ(parts.size(), 3u);
  int apps = 0;
  for (size_t i = 0; i < parts.size(); ++i) {
    EXPECT_EQ(parts[i].snapshot(), i == 0);
    EXPECT_EQ(parts[i].more(), i + 1 < parts.size());
    EXPECT_EQ(parts[i].revision(), parts[0].revision());
    apps += parts[i].apps_size();
  }
  EXPECT_EQ(apps, 20);
  EXPECT_EQ(WatchOnce(WatchOf(v1::VIEW_EDGE)).size(), 1u);
}

TEST_P(AppRegistryContract, TellsWatchersOfAnImportAtOnce) {
  std::stop_source stop;
  std::promise<void> began;
  std::promise<v1::WatchResponse> heard;
  bool first = true;
  auto on_part = [&](v1::WatchResponse part) -> Task<absl::Status> {
    if (std::exchange(first, false)) {
      began.set_value();
    } else {
      heard.set_value(part);
    }
    co_return absl::OkStatus();
  };
  CallContext call;
  call.stop = stop.get_token();
  std::thread watcher([&] {
    EXPECT_THAT(BlockOn(config_.registry().Watch(WatchOf(v1::VIEW_VALIDATION), on_part, call)),
                StatusIs(absl::StatusCode::kCancelled));
  });
  began.get_future().wait();
  auto imported = Import(App("one"));
  auto future = heard.get_future();
  ASSERT_EQ(future.wait_for(std::chrono::seconds(10)), std::future_status::ready);
  v1::WatchResponse change = future.get();
  EXPECT_EQ(change.revision(), imported->app().revision());
  EXPECT_FALSE(change.snapshot());
  EXPECT_EQ(change.apps(0).validation().webhooks(0).secret(), "hush");
  stop.request_stop();
  watcher.join();
}

TEST_P(AppRegistryContract, EndsWatchesWhenItDrains) {
  std::promise<void> began;
  auto on_part = [&](v1::WatchResponse) -> Task<absl::Status> {
    began.set_value();
    co_return absl::OkStatus();
  };
  std::thread watcher([&] {
    EXPECT_THAT(BlockOn(config_.registry().Watch(WatchOf(v1::VIEW_EDGE), on_part, CallContext())),
                StatusIs(absl::StatusCode::kUnavailable, "DRAINING"));
  });
  began.get_future().wait();
  config_.parts().registry().Drain();
  watcher.join();
}

TEST_P(AppRegistryContract, EndsAWatchAtItsDeadline) {
  CallContext call;
  call.deadline = absl::Now() + absl::Milliseconds(50);
  auto on_part = [](v1::WatchResponse) -> Task<absl::Status> { co_return absl::OkStatus(); };
  EXPECT_THAT(BlockOn(config_.registry().Watch(WatchOf(v1::VIEW_EDGE), on_part, call)),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
}

TEST_P(AppRegistryContract, RefusesAWatchWithoutAView) {
  auto on_part = [](v1::WatchResponse) -> Task<absl::Status> { co_return absl::OkStatus(); };
  EXPECT_THAT(BlockOn(config_.registry().Watch(WatchOf(v1::VIEW_UNSPECIFIED), on_part, CallContext())),
              StatusIs(absl::StatusCode::kInvalidArgument, "VIEW_UNSPECIFIED"));
}

TEST_P(AppRegistryContract, TellsWatchersOfADeletion) {
  auto one = Import(App("one"));
  auto two = Import(App("two"));
  v1::DeleteAppRequest request;
  request.set_app_id("one-abcde");
  ASSERT_THAT(BlockOn(config_.admin().DeleteApp(request, call_)), IsOk());
  auto parts = WatchOnce(WatchOf(v1::VIEW_EDGE, two->app().revision()));
  ASSERT_EQ(parts.size(), 1u);
  EXPECT_EQ(parts[0].apps_size(), 0);
  ASSERT_EQ(parts[0].removed_app_ids_size(), 1);
  EXPECT_EQ(parts[0].removed_app_ids(0), "one-abcde");
  config_.Close();
  config_.Open();
  parts = WatchOnce(WatchOf(v1::VIEW_EDGE, two->app().revision()));
  EXPECT_EQ(parts[0].removed_app_ids_size(), 1);
  ASSERT_THAT(Import(App("one")), IsOk());
  parts = WatchOnce(WatchOf(v1::VIEW_EDGE, two->app().revision()));
  EXPECT_EQ(parts[0].removed_app_ids_size(), 0);
  EXPECT_EQ(parts[0].apps_size(), 1);
}

TEST_P(AppRegistryContract, AnswersWithDiffsThatHideSecrets) {
  ASSERT_THAT(Import(App("one")), IsOk());
  v1::ImportAppRequest request = App("one", "exports = 2;");
  request.set_validate_only(true);
  request.set_with_diffs(true);
  std::string& config = *request.mutable_files(2)->mutable_content();
  config.replace(config.find("hush"), 4, "louder");
  auto response = Import(request);
  ASSERT_THAT(response, IsOk());
  ASSERT_EQ(response->diffs_size(), 2);
  EXPECT_THAT(response->diffs(0), ::testing::HasSubstr("(hidden, changed)"));
  EXPECT_THAT(response->diffs(0), ::testing::Not(::testing::HasSubstr("louder")));
  EXPECT_THAT(response->diffs(1), ::testing::HasSubstr("+exports = 2;"));
  request = App("one");
  request.set_with_diffs(true);
  EXPECT_EQ(Import(request)->diffs_size(), 0);
}

TEST_P(AppRegistryContract, RefusesCallersWithoutATokenThatMay) {
  call_ = config_.CallWith("");
  EXPECT_THAT(Import(App("one")), StatusIs(absl::StatusCode::kUnauthenticated, "TOKEN_MISSING"));
  EXPECT_THAT(List(), StatusIs(absl::StatusCode::kUnauthenticated, "TOKEN_MISSING"));
  call_ = config_.CallWith("ovl_nonsense");
  EXPECT_THAT(Import(App("one")), StatusIs(absl::StatusCode::kUnauthenticated, "TOKEN_INVALID"));
  call_ = config_.CallOf(v1::ROLE_VIEWER);
  EXPECT_THAT(Import(App("one")), StatusIs(absl::StatusCode::kPermissionDenied, "ROLE_TOO_LOW"));
  // Only admins make applications.
  call_ = config_.CallOf(v1::ROLE_EDITOR);
  EXPECT_THAT(Import(App("one")), StatusIs(absl::StatusCode::kPermissionDenied, "ROLE_TOO_LOW"));
  call_ = config_.CallOf(v1::ROLE_ADMIN, {"two-abcde"});
  EXPECT_THAT(Import(App("one")), StatusIs(absl::StatusCode::kPermissionDenied, "APP_NOT_ALLOWED"));
  ASSERT_THAT(Import(App("two")), IsOk());
  call_ = config_.CallOf(v1::ROLE_EDITOR);
  EXPECT_THAT(Import(App("two", "exports = 2;")), IsOk());
  call_ = config_.CallOf(v1::ROLE_VIEWER, {"one-abcde"});
  EXPECT_EQ(List()->apps_size(), 0);
}

TEST_P(AppRegistryContract, RefusesSourcesThatDoNotCompile) {
  config_.Close();
  config_.check_sources_ = [](const std::vector<NamedSource>& sources) -> absl::StatusOr<std::vector<SourceProblem>> {
    std::vector<SourceProblem> problems;
    for (size_t i = 0; i < sources.size(); ++i) {
      if (sources[i].source == "bad") problems.push_back({i, "line 1, column 1: SyntaxError: bad"});
      if (sources[i].source == "nobody knows") return Error(absl::StatusCode::kUnavailable, "EXECUTOR_FULL", "full");
    }
    return problems;
  };
  config_.Open();
  auto refused = Import(App("one", "bad"));
  ASSERT_THAT(refused, IsOk());
  EXPECT_FALSE(refused->has_app());
  EXPECT_EQ(refused->problems(0).file(), "services/s/incoming_webhooks/w/source.js");
  EXPECT_EQ(refused->problems(0).message(), "line 1, column 1: SyntaxError: bad");
  EXPECT_EQ(List()->apps_size(), 0);
  EXPECT_THAT(Import(App("one", "nobody knows")), StatusIs(absl::StatusCode::kUnavailable, "EXECUTOR_FULL"));
  v1::ImportAppRequest request = App("one", "bad");
  request.set_skip_compile(true);
  EXPECT_TRUE(Import(request)->has_app());
  // What was there before is not asked about again.
  EXPECT_TRUE(Import(App("one", "bad"))->has_app());
}

INSTANTIATE_TEST_SUITE_P(InProcess, AppRegistryContract, ::testing::Values(Where::kInProcess));
INSTANTIATE_TEST_SUITE_P(OverGrpc, AppRegistryContract, ::testing::Values(Where::kOverGrpc));
INSTANTIATE_TEST_SUITE_P(OnPostgres, AppRegistryContract, ::testing::Values(Where::kInProcessOnPostgres));

// Only in process: a thousand streams over one connection would test gRPC.
TEST(LocalAppRegistryTest, RefusesMoreWatchersThanItsBound) {
  ConfigFixture config(Where::kInProcess);
  EventLoops loops(1);
  std::stop_source stop;
  std::atomic<int> watching{0};
  std::atomic<int> refused{0};
  auto watch = [&]() -> Task<void> {
    auto on_part = [&](v1::WatchResponse) -> Task<absl::Status> {
      ++watching;
      co_return absl::OkStatus();
    };
    CallContext call;
    call.stop = stop.get_token();
    v1::WatchRequest request;
    request.set_view(v1::VIEW_EDGE);
    absl::Status status = co_await config.registry().Watch(request, on_part, call);
    if (ReasonOf(status) == "TOO_MANY_WATCHERS") ++refused;
  };
  for (int i = 0; i < AppWatches::kWatchersMax + 3; ++i) Detach(loops.Get(0), watch());
  absl::Time deadline = absl::Now() + absl::Seconds(60);
  auto done = [&] { return watching + refused >= AppWatches::kWatchersMax + 3; };
  while (!done() && absl::Now() < deadline) std::this_thread::yield();
  EXPECT_EQ(watching, AppWatches::kWatchersMax);
  EXPECT_EQ(refused, 3);
  stop.request_stop();
  loops.Stop();
}

}  // namespace
}  // namespace overlock::config
