// What ends commands that need too much.
#include <atomic>
#include <exception>
#include <future>
#include <optional>
#include <stop_token>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "services/executor/data/embedded/embedded_test_fixture.h"

namespace overlock::executor {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

// Looks for a match until it is ended.
constexpr char kEndlessRegex[] =
    R"({"find": "c", "filter": {"s": {"$regularExpression": {"pattern": "^(a+)+$", "options": ""}}}})";

// Says when a command has begun: that is when a lane looks at the clock.
class BegunClock : public Clock {
 public:
  absl::Time Now() const override {
    begun_ = true;
    begun_.notify_all();
    return absl::FromUnixSeconds(1'600'000'000);
  }
  void Reset() { begun_ = false; }
  void Wait() const { begun_.wait(false); }

 private:
  mutable std::atomic<bool> begun_ = false;
};

class EmbeddedLimitsTest : public EmbeddedTest {
 protected:
  void SetUp() override {
    EmbeddedTest::SetUp();
    Close();
    options_.clock = &begun_;
    Open();
  }
  // Members of the fixture's base must not outlive what they use.
  void TearDown() override { Close(); }

  void InsertText() {
    Run(absl::StrCat(R"({"insert": "c", "documents": [{"_id": 1, "s": ")", std::string(60, 'a'), "b\"}]}"));
  }
  // Runs on a thread of its own until `stop` is requested; it has begun when this returns.
  std::future<std::string> StartEndless(const std::stop_source& stop) {
    InsertText();
    begun_.Reset();
    CallContext context;
    context.stop = stop.get_token();
    auto outcome = std::async(std::launch::async,
                              [this, context] { return Shown(RunBytes(*source_, Bson(kEndlessRegex), context)); });
    begun_.Wait();
    return outcome;
  }
  static CallContext Within(absl::Duration time) {
    CallContext context;
    context.deadline = absl::Now() + time;
    return context;
  }

  BegunClock begun_;
};

TEST_F(EmbeddedLimitsTest, TheEnginesAreLookedForWhenTheyAreNeeded) {
  Close();
  std::atomic<int> asked = 0;
  std::atomic<bool> there = false;
  options_.find_engines = [&]() -> absl::StatusOr<DocumentEnginesFactory> {
    ++asked;
    if (!there) return absl::FailedPreconditionError("the library has gone");
    return js::MakeDocumentEngines;
  };
  Open();
  EXPECT_EQ(asked, 0);
  EXPECT_EQ(Run(R"({"ping":1})"), "8 UnknownError: embedded database: the library has gone");
  there = true;
  EXPECT_EQ(Run(R"({"ping":1})"), R"({"ok":{"$numberDouble":"1.0"}})");
  EXPECT_EQ(Run(R"({"ping":1})"), R"({"ok":{"$numberDouble":"1.0"}})");
  EXPECT_EQ(asked, 2);
  Close();
}

TEST_F(EmbeddedLimitsTest, ACommandEndsAtItsDeadline) {
  InsertText();
  EXPECT_EQ(Shown(RunBytes(*source_, Bson(kEndlessRegex), Within(absl::Milliseconds(100)))),
            "50 MaxTimeMSExpired: operation exceeded time limit");
  EXPECT_THAT(Run(R"({"count": "c"})"), HasSubstr(R"("n":{"$numberInt":"1"})"));
}

TEST_F(EmbeddedLimitsTest, MaxTimeMsIsADeadlineOfItsOwn) {
  InsertText();
  std::string command = kEndlessRegex;
  command.insert(command.size() - 1, R"(, "maxTimeMS": 100)");
  EXPECT_EQ(Run(command), "50 MaxTimeMSExpired: operation exceeded time limit");
}

TEST_F(EmbeddedLimitsTest, ADeadlineThatHasPassedRunsNothing) {
  EXPECT_THAT(
      Shown(RunBytes(*source_, Bson(R"({"insert": "c", "documents": [{"_id": 1}]})"), Within(absl::ZeroDuration()))),
      HasSubstr("there is no time left"));
  EXPECT_THAT(Run(R"({"count": "c"})"), HasSubstr(R"("n":{"$numberInt":"0"})"));
}

TEST_F(EmbeddedLimitsTest, AWriteThatWasEndedHasWrittenNothing) {
  InsertText();
  EXPECT_THAT(Run(R"({"insert": "c", "documents": [{"_id": 0, "s": "x"}]})"), StartsWith("{"));
  std::string command =
      R"({"update": "c", "updates": [{"q": {}, "u": {"$set": {"done": true}}, "multi": true},
         {"q": {"s": {"$regularExpression": {"pattern": "^(a+)+$", "options": ""}}}, "u": {"$set": {"x": 1}}}]})";
  EXPECT_THAT(Shown(RunBytes(*source_, Bson(command), Within(absl::Milliseconds(100)))), StartsWith("50 "));
  EXPECT_THAT(Run(R"({"count": "c", "query": {"done": true}})"), HasSubstr(R"("n":{"$numberInt":"0"})"));
}

TEST_F(EmbeddedLimitsTest, ACallerWhoGoesAwayEndsTheCommand) {
  std::stop_source stop;
  std::future<std::string> outcome = StartEndless(stop);
  stop.request_stop();
  EXPECT_EQ(outcome.get(), "11601 Interrupted: operation was interrupted");
  // The lane is free again.
  EXPECT_THAT(Run(R"({"count": "c"})"), HasSubstr(R"("n":{"$numberInt":"1"})"));
}

TEST_F(EmbeddedLimitsTest, ACallerWhoHasGoneRunsNothing) {
  std::stop_source stop;
  stop.request_stop();
  CallContext context;
  context.stop = stop.get_token();
  EXPECT_EQ(Shown(RunBytes(*source_, Bson(R"({"create": "c"})"), context)),
            "0 : embedded database: the caller has gone");
  EXPECT_THAT(Run(R"({"listCollections": 1})"), HasSubstr(R"("firstBatch":[])"));
}

TEST_F(EmbeddedLimitsTest, AnApplicationThatNeedsLongDoesNotKeepOthersWaiting) {
  std::stop_source stop;
  std::future<std::string> outcome = StartEndless(stop);
  // Applications are spread over the lanes by a hash of their ids: one of these is on the other lane. Those on the same
  // one wait until they give up.
  int answered = 0;
  for (int i = 0; i < 20 && answered == 0; ++i) {
    auto other = database_->MakeSource(absl::StrCat("application-", i), "s");
    std::string insert = Bson(R"({"insert": "c", "documents": [{"_id": 1}]})");
    std::string reply = Shown(RunBytes(*other, insert, Within(absl::Seconds(2))));
    if (reply.starts_with("{")) ++answered;
  }
  EXPECT_EQ(answered, 1);
  stop.request_stop();
  EXPECT_THAT(outcome.get(), StartsWith("11601 "));
}

TEST_F(EmbeddedLimitsTest, ACommandThatNeedsTooMuchMemoryEndsAndTheNextOneRuns) {
  Close();
  options_.engine_limits.memory_bytes_max = 32 << 20;
  Open();
  constexpr char kLarge[] =
      R"({"aggregate": 1, "pipeline": [{"$documents": [{"a": 1}]}, {"$project": {"x": {"$map": {
        "input": {"$range": [0, 100000]}, "in": {"$range": [0, 10000]}}}}}], "cursor": {}})";
  EXPECT_THAT(Run(kLarge), StartsWith("146 ExceededMemoryLimit: "));
  EXPECT_THAT(Run(R"({"ping": 1})"), StartsWith(R"({"ok")"));
}

TEST_F(EmbeddedLimitsTest, MoreCommandsThanMayWaitAreRefused) {
  Close();
  options_.queue_items_max = 0;
  // Nothing waits where nothing may.
  Open();
  EXPECT_EQ(Run(R"({"ping": 1})"), "0 : embedded database: 0 commands wait already");
  Close();
  options_.queue_items_max = 1;
  Open();
  std::stop_source stop;
  std::future<std::string> outcome = StartEndless(stop);
  boost::asio::io_context loop;
  std::optional<DataOutcome> waiting;
  std::optional<DataOutcome> refused;
  for (std::optional<DataOutcome>* answer : {&waiting, &refused}) {
    DataCommand ping;
    ping.database = "db";
    ping.command = Bson(R"({"ping": 1})");
    boost::asio::co_spawn(loop, source_->Run(std::move(ping)),
                          [answer](std::exception_ptr, DataOutcome outcome) { *answer = std::move(outcome); });
  }
  while (!refused) loop.run_one();
  EXPECT_EQ(Shown(*refused), "0 : embedded database: 1 commands wait already");
  EXPECT_FALSE(waiting.has_value());
  stop.request_stop();
  while (!waiting) loop.run_one();
  EXPECT_THAT(Shown(*waiting), StartsWith(R"({"ok")"));
  EXPECT_THAT(outcome.get(), StartsWith("11601 "));
}

TEST_F(EmbeddedLimitsTest, ACommandThatIsTooLargeIsRefused) {
  std::string command =
      Bson(absl::StrCat(R"({"insert": "c", "documents": [{"a": ")", std::string(17 << 20, 'x'), "\"}]}"));
  EXPECT_THAT(Shown(RunBytes(*source_, command)), StartsWith("10334 BSONObjectTooLarge: "));
}

// {insert: "c", documents: [{a: {a: {a: ... {}}}}]}, with so many documents in each other.
std::string DeepInsert(int depth) {
  const std::string head = Bson(R"({"insert": "c", "documents": []})");
  std::string nested;
  auto length = [](int bytes) { return std::string(reinterpret_cast<const char*>(&bytes), sizeof(bytes)); };
  for (int level = depth; level > 0; --level)
    nested += length(5 + 8 * level) + std::string(
                                          "\x03"
                                          "a\0",
                                          3);
  nested += length(5) + std::string(static_cast<size_t>(depth) + 1, '\0');
  // The array with one document in place of the empty one, which is 5 bytes before the end of the command.
  std::string command = head.substr(4, head.size() - 4 - 6);
  command += length(static_cast<int>(nested.size()) + 8) +
             std::string(
                 "\x03"
                 "0\0",
                 3) +
             nested + std::string(2, '\0');
  return length(static_cast<int>(command.size()) + 4) + command;
}

TEST_F(EmbeddedLimitsTest, ADocumentThatIsTooDeepIsRefused) {
  EXPECT_THAT(Shown(RunBytes(*source_, DeepInsert(10))), HasSubstr(R"("n":{"$numberInt":"1"},"ok")"));
  EXPECT_THAT(Shown(RunBytes(*source_, DeepInsert(500'000))), HasSubstr("toolargeortoodeep"));
  EXPECT_THAT(Run(R"({"count": "c"})"), HasSubstr(R"("n":{"$numberInt":"1"})"));
}

}  // namespace
}  // namespace overlock::executor
