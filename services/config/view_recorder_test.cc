#include "services/config/view_recorder.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/time/clock.h"
#include "common/testing/status_matchers.h"
#include "gtest/gtest.h"

namespace overlock::config {
namespace {

using ::testing::HasSubstr;

v1::AppView App(const std::string& app_id, int64_t revision, const std::string& secret = "") {
  v1::AppView view;
  view.mutable_app()->set_app_id(app_id);
  view.mutable_app()->set_revision(revision);
  view.mutable_validation()->add_webhooks()->set_secret(secret);
  return view;
}

v1::WatchResponse Batch(int64_t revision, bool snapshot, const std::vector<v1::AppView>& apps,
                        const std::vector<std::string>& removed = {}) {
  v1::WatchResponse batch;
  batch.set_revision(revision);
  batch.set_snapshot(snapshot);
  for (const v1::AppView& app : apps) *batch.add_apps() = app;
  for (const std::string& app_id : removed) batch.add_removed_app_ids(app_id);
  return batch;
}

std::string Text(const RecordedView& recorded) {
  std::string text = std::to_string(recorded.state.revision());
  for (const v1::AppView& view : recorded.state.apps()) {
    text += " " + view.app().app_id() + ":" + std::to_string(view.app().revision());
  }
  return text;
}

class ViewRecorderTest : public ::testing::Test {
 protected:
  ViewRecorderTest() {
    std::string pattern = ::testing::TempDir() + "/view-recorder-XXXXXX";
    root_ = mkdtemp(pattern.data());
    options_.directory = root_ + "/state";
    options_.view = v1::VIEW_VALIDATION;
    options_.key = crypto::SealKey::Random();
  }
  ~ViewRecorderTest() override { std::filesystem::remove_all(root_); }

  std::shared_ptr<ViewRecorder> Make() {
    metrics_ = std::make_unique<Metrics>();
    auto recorder = ViewRecorder::Make(options_, *metrics_);
    EXPECT_THAT(recorder, IsOk());
    return *std::move(recorder);
  }
  // Starts it and returns what it loaded.
  static absl::StatusOr<RecordedView> Start(ViewRecorder& recorder) {
    std::promise<absl::StatusOr<RecordedView>> loaded;
    recorder.Start([&loaded](absl::StatusOr<RecordedView> result) { loaded.set_value(std::move(result)); });
    return loaded.get_future().get();
  }
  // What a process that begins anew finds.
  absl::StatusOr<RecordedView> LoadAnew() {
    auto metrics = std::make_unique<Metrics>();
    auto recorder = ViewRecorder::Make(options_, *metrics);
    return Start(**recorder);
  }
  uint64_t Writes(const char* result) {
    return metrics_->GetCounter("overlock_validation_snapshot_writes_total", "", {{"result", result}}).value();
  }
  template <class Condition>
  static void WaitUntil(Condition condition) {
    absl::Time deadline = absl::Now() + absl::Seconds(20);
    while (!condition() && absl::Now() < deadline) std::this_thread::yield();
    ASSERT_TRUE(condition());
  }

  std::string root_;
  ViewRecorder::Options options_;
  std::unique_ptr<Metrics> metrics_;
};

TEST_F(ViewRecorderTest, FindsTheLastStateAgain) {
  auto recorder = Make();
  EXPECT_THAT(Start(*recorder), StatusIs(absl::StatusCode::kNotFound, "SNAPSHOT_MISSING"));
  recorder->Record(Batch(5, true, {App("a", 3), App("b", 5), App("c", 4)}));
  recorder->Record(Batch(7, false, {App("b", 6)}, {"a"}));
  recorder->Stop();
  EXPECT_EQ(recorder->revision(), 7);
  auto loaded = LoadAnew();
  ASSERT_THAT(loaded, IsOk());
  EXPECT_EQ(Text(*loaded), "7 b:6 c:4");
  EXPECT_TRUE(loaded->state.snapshot());
  EXPECT_FALSE(loaded->outdated);
}

TEST_F(ViewRecorderTest, GoesOnFromWhatItLoaded) {
  auto recorder = Make();
  Start(*recorder).IgnoreError();
  recorder->Record(Batch(5, true, {App("a", 5), App("b", 5)}));
  recorder->Stop();
  recorder = Make();
  ASSERT_THAT(Start(*recorder), IsOk());
  EXPECT_EQ(recorder->revision(), 5);
  recorder->Record(Batch(6, false, {App("b", 6)}));
  recorder->Stop();
  auto loaded = LoadAnew();
  ASSERT_THAT(loaded, IsOk());
  EXPECT_EQ(Text(*loaded), "6 a:5 b:6");
}

TEST_F(ViewRecorderTest, ForgetsWhatASnapshotDoesNotName) {
  auto recorder = Make();
  Start(*recorder).IgnoreError();
  recorder->Record(Batch(5, true, {App("a", 5), App("b", 5)}));
  WaitUntil([&] { return recorder->revision() == 5; });
  recorder->Record(Batch(6, false, {App("a", 6)}));
  recorder->Record(Batch(3, true, {App("b", 3)}));
  recorder->Record(Batch(4, false, {App("c", 4)}));
  recorder->Stop();
  auto loaded = LoadAnew();
  ASSERT_THAT(loaded, IsOk());
  EXPECT_EQ(Text(*loaded), "4 b:3 c:4");
}

TEST_F(ViewRecorderTest, WritesAtOnceThenTogetherWhatComesDuringThePause) {
  options_.pause = absl::Hours(1);
  auto recorder = Make();
  Start(*recorder).IgnoreError();
  recorder->Record(Batch(5, true, {App("a", 5)}));
  WaitUntil([&] { return recorder->revision() == 5; });
  for (int i = 6; i < 100; ++i) recorder->Record(Batch(i, false, {App("a", i)}));
  EXPECT_EQ(recorder->revision(), 5);
  recorder->Stop();
  EXPECT_EQ(recorder->revision(), 99) << "written when it ends, pause or not";
  EXPECT_EQ(Writes("written"), 2u);
  auto loaded = LoadAnew();
  ASSERT_THAT(loaded, IsOk());
  EXPECT_EQ(Text(*loaded), "99 a:99");
}

TEST_F(ViewRecorderTest, KeepsSecretsOnlySealed) {
  options_.key = std::nullopt;
  for (v1::View view : {v1::VIEW_VALIDATION, v1::VIEW_AUTH, v1::VIEW_AUTHZ, v1::VIEW_EXECUTOR}) {
    options_.view = view;
    Metrics metrics;
    EXPECT_THAT(ViewRecorder::Make(options_, metrics),
                StatusIs(absl::StatusCode::kFailedPrecondition, "SNAPSHOT_NEEDS_KEY"));
  }
  options_.view = v1::VIEW_EDGE;
  EXPECT_EQ(Make()->path(), options_.directory + "/edge.view");
}

TEST_F(ViewRecorderTest, LeavesNoSecretReadableOnDisk) {
  auto recorder = Make();
  Start(*recorder).IgnoreError();
  recorder->Record(Batch(5, true, {App("some-app", 5, "open sesame")}));
  recorder->Stop();
  std::ifstream file(recorder->path(), std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  EXPECT_GT(bytes.size(), 64u);
  EXPECT_FALSE(absl::StrContains(bytes, "open sesame"));
  EXPECT_FALSE(absl::StrContains(bytes, "some-app"));
}

TEST_F(ViewRecorderTest, IgnoresAFileOfAnotherKeyAndReplacesIt) {
  auto recorder = Make();
  Start(*recorder).IgnoreError();
  recorder->Record(Batch(5, true, {App("a", 5), App("b", 5)}));
  recorder->Stop();
  options_.key = crypto::SealKey::Random();
  recorder = Make();
  EXPECT_THAT(Start(*recorder), StatusIs(absl::StatusCode::kFailedPrecondition, "SNAPSHOT_KEY_WRONG"));
  EXPECT_EQ(recorder->revision(), 0);
  recorder->Record(Batch(6, true, {App("a", 6)}));
  recorder->Stop();
  auto loaded = LoadAnew();
  ASSERT_THAT(loaded, IsOk());
  EXPECT_EQ(Text(*loaded), "6 a:6");
}

TEST_F(ViewRecorderTest, IgnoresRecordsThatAreNoApplications) {
  for (const std::string& bytes : {std::string("no message"), App("other", 1).SerializeAsString()}) {
    RecordFile file({options_.directory, "validation.view", "view validation", options_.key});
    RecordFile::Changes changes;
    changes["a"] = [bytes] { return bytes; };
    ASSERT_THAT(file.Write({1, ""}, false, changes), IsOk());
    EXPECT_THAT(LoadAnew(), StatusIs(absl::StatusCode::kDataLoss, "SNAPSHOT_DAMAGED"));
  }
}

TEST_F(ViewRecorderTest, TellsAFileOfAnotherSchema) {
  RecordFile file({options_.directory, "validation.view", "view validation", options_.key});
  RecordFile::Changes changes;
  changes["a"] = [] { return App("a", 1).SerializeAsString(); };
  ASSERT_THAT(file.Write({1, "of another build"}, false, changes), IsOk());
  auto loaded = LoadAnew();
  ASSERT_THAT(loaded, IsOk());
  EXPECT_TRUE(loaded->outdated);
  EXPECT_EQ(Text(*loaded), "1 a:1");
}

TEST_F(ViewRecorderTest, GoesOnWhenItCannotWriteAndCatchesUp) {
  options_.pause_after_failure = absl::Milliseconds(1);
  std::ofstream(options_.directory) << "a file where the directory should be";
  auto recorder = Make();
  Start(*recorder).IgnoreError();
  recorder->Record(Batch(5, true, {App("a", 5), App("b", 5)}));
  WaitUntil([&] { return Writes("failed") >= 2; });
  recorder->Record(Batch(6, false, {App("b", 6)}));
  EXPECT_EQ(recorder->revision(), 0);
  std::filesystem::remove(options_.directory);
  WaitUntil([&] { return recorder->revision() == 6; });
  recorder->Stop();
  auto loaded = LoadAnew();
  ASSERT_THAT(loaded, IsOk());
  EXPECT_EQ(Text(*loaded), "6 a:5 b:6");
}

TEST_F(ViewRecorderTest, EndsThoughItCannotWrite) {
  options_.pause_after_failure = absl::Hours(1);
  std::ofstream(options_.directory) << "a file where the directory should be";
  auto recorder = Make();
  EXPECT_THAT(Start(*recorder), StatusIs(absl::StatusCode::kUnavailable, "SNAPSHOT_UNREADABLE"));
  recorder->Record(Batch(5, true, {App("a", 5)}));
  recorder->Stop();
  EXPECT_EQ(recorder->revision(), 0);
  recorder->Record(Batch(6, true, {App("a", 6)}));
  EXPECT_THAT(Start(*recorder), StatusIs(absl::StatusCode::kCancelled));
}

TEST_F(ViewRecorderTest, SaysWhatIsOnDisk) {
  auto recorder = Make();
  EXPECT_THAT(metrics_->Serialize(), HasSubstr("overlock_validation_snapshot_revision 0"));
  Start(*recorder).IgnoreError();
  recorder->Record(Batch(5, true, {}));
  recorder->Stop();
  recorder.reset();
  EXPECT_THAT(metrics_->Serialize(), HasSubstr("overlock_validation_snapshot_revision 5"));
}

}  // namespace
}  // namespace overlock::config
