#include "services/executor/data/mongoc/mongoc_source.h"

#include "services/executor/data/mongoc/mongoc_source_fixture.h"

namespace overlock::executor {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kInsert[] = R"({"insert": "c", "documents": [{"_id": 1}, {"_id": 2}, {"_id": 3}]})";
constexpr char kFind[] = R"({"find": "c", "sort": {"_id": 1}, "batchSize": 1})";
constexpr char kHeld[] = R"({"find": "c", "filter": {"a": "hold me"}})";
constexpr char kCount[] = R"({"count": "c"})";

std::string GetMore(const std::string& cursor) {
  return absl::StrCat(R"({"getMore": {"$numberLong": ")", cursor, R"("}, "collection": "c"})");
}

TEST_F(MongocSourceTest, SaysThatAServerCannotBeReached) {
  auto clusters = MakeClusters();
  auto source = MakeSource(*clusters, "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=50");
  const DataOutcome outcome = Run(*source, kFind);
  EXPECT_THAT(Message(outcome), HasSubstr("MongoDB cannot be reached: "));
  EXPECT_EQ(std::get<DataError>(outcome).code, 0);
  EXPECT_EQ(std::get<DataError>(outcome).code_name, "");
}

TEST_F(MongocSourceTest, GivesUpAtTheDeadlineWhereAServerCannotBeReached) {
  auto clusters = MakeClusters();
  auto source = MakeSource(*clusters, "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=1000");
  CallContext context;
  context.deadline = absl::Now() + absl::Milliseconds(100);
  EXPECT_THAT(Message(Run(*source, kFind, context)), AnyOf(HasSubstr("in time"), HasSubstr("cannot be reached")));
}

TEST_F(MongocSourceTest, ShowsNoCredentials) {
  auto clusters = MakeClusters();
  testing::internal::CaptureStderr();
  const std::string user = "mongodb://bookkeeper:sesame%2Fopen@";
  auto unreachable = MakeSource(*clusters, user + "127.0.0.1:1/?serverSelectionTimeoutMS=50");
  auto refused = MakeSource(*clusters, absl::StrCat(user, server_->uri().substr(10)));
  auto unreadable = MakeSource(*clusters, user + "[::1/?bookkeeper=sesame%2Fopen");
  std::string said = Message(Run(*unreachable, kFind));
  absl::StrAppend(&said, Message(Run(*refused, kFind)), Message(Run(*unreadable, kFind)));
  absl::StrAppend(&said, testing::internal::GetCapturedStderr());
  EXPECT_THAT(said, AllOf(HasSubstr("MongoDB refused the credentials"), HasSubstr("cannot be read")));
  EXPECT_THAT(said, AllOf(Not(HasSubstr("sesame")), Not(HasSubstr("bookkeeper"))));
}

TEST_F(MongocSourceTest, GivesUpAtTheDeadlineWhereAServerIsSlow) {
  HoldingProxy proxy(server_->socket_path());
  auto clusters = MakeClusters();
  auto source = MakeSource(*clusters, proxy.uri());
  ASSERT_EQ(At(Run(*source, kInsert), "n"), "3");
  CallContext context;
  context.deadline = absl::Now() + absl::Milliseconds(200);
  EXPECT_THAT(Message(Run(*source, kHeld, context)), HasSubstr("did not answer in time"));
  // The connection is given up too, and others do.
  proxy.WaitUntilLeft();
  EXPECT_EQ(At(Run(*source, kCount), "n"), "3");
}

TEST_F(MongocSourceTest, GivesUpAfterTheSocketTimeoutOfTheConnectionString) {
  HoldingProxy proxy(server_->socket_path());
  auto clusters = MakeClusters();
  auto source = MakeSource(*clusters, absl::StrCat(proxy.uri(), "?socketTimeoutMS=300"));
  ASSERT_EQ(At(Run(*source, kInsert), "n"), "3");
  EXPECT_THAT(Message(Run(*source, kHeld)), HasSubstr("the connection to MongoDB broke"));
  proxy.WaitUntilLeft();
  EXPECT_EQ(At(Run(*source, kCount), "n"), "3");
}

TEST_F(MongocSourceTest, GivesUpWhenNobodyWaitsAnyMore) {
  HoldingProxy proxy(server_->socket_path());
  auto clusters = MakeClusters();
  auto source = MakeSource(*clusters, proxy.uri());
  std::stop_source stop;
  std::future<DataOutcome> outcome = Begin(*source, kHeld, Stoppable(stop));
  proxy.WaitUntilHolds(1);
  OnLoop([&] { stop.request_stop(); });
  EXPECT_THAT(Message(outcome.get()), HasSubstr("nobody waits"));
  proxy.WaitUntilLeft();
}

TEST_F(MongocSourceTest, LeavesThreadsToOtherApplications) {
  HoldingProxy proxy(server_->socket_path());
  auto clusters = MakeClusters();
  auto slow = MakeSource(*clusters, proxy.uri(), "slow-abcde");
  auto other = MakeSource(*clusters, proxy.uri(), "other-abcde");
  std::stop_source stop;
  std::vector<std::future<DataOutcome>> held;
  for (int i = 0; i < 10; ++i) held.push_back(Begin(*slow, kHeld, Stoppable(stop)));
  proxy.WaitUntilHolds(3);
  EXPECT_EQ(At(Run(*other, kCount), "n"), "0");
  OnLoop([&] { stop.request_stop(); });
  for (auto& outcome : held) EXPECT_THAT(Message(outcome.get()), HasSubstr("nobody waits"));
  EXPECT_EQ(At(Run(*slow, kCount), "n"), "0");
}

TEST_F(MongocSourceTest, EndsWhileCommandsAreUnderWay) {
  HoldingProxy proxy(server_->socket_path());
  auto clusters = MakeClusters();
  auto source = MakeSource(*clusters, proxy.uri());
  std::future<DataOutcome> outcome = Begin(*source, kHeld);
  proxy.WaitUntilHolds(1);
  OnLoop([&] { clusters.reset(); });
  EXPECT_THAT(Message(outcome.get()), HasSubstr("did not answer"));
}

TEST_F(MongocSourceTest, ClosesACursorWhenItsInvocationEnds) {
  auto clusters = MakeClusters();
  auto source = MakeSource(*clusters, server_->uri());
  Run(*source, kInsert);
  std::stop_source stop;
  const std::string cursor = At(Run(*source, kFind, Stoppable(stop)), "cursor.id");
  EXPECT_EQ(Cluster::counts().cursors.load(), 1);
  OnLoop([&] { stop.request_stop(); });
  // A thread closes it.
  while (Cluster::counts().cursors.load() != 0) poll(nullptr, 0, 1);
  EXPECT_EQ(std::get<DataError>(Run(*source, GetMore(cursor))).code, 43);
}

TEST_F(MongocSourceTest, KeepsCursorsFromOtherApplications) {
  auto clusters = MakeClusters();
  auto source = MakeSource(*clusters, server_->uri());
  auto other = MakeSource(*clusters, server_->uri(), "other-abcde");
  Run(*source, kInsert);
  const std::string cursor = At(Run(*source, kFind), "cursor.id");
  EXPECT_EQ(std::get<DataError>(Run(*other, GetMore(cursor))).code, 43);
  EXPECT_THAT(At(Run(*source, GetMore(cursor)), "cursor.nextBatch"), HasSubstr("\"_id\" : 2"));
}

TEST_F(MongocSourceTest, MakesNewCursorsWaitWhereTooManyAreOpen) {
  auto clusters = MakeClusters();
  auto source = MakeSource(*clusters, server_->uri());
  Run(*source, kInsert);
  // Six are an application's share.
  std::vector<std::stop_source> invocations(6);
  for (std::stop_source& stop : invocations) {
    EXPECT_NE(At(Run(*source, kFind, Stoppable(stop)), "cursor.id"), "0");
  }
  // Who has one may have another; others wait until one is closed.
  EXPECT_NE(At(Run(*source, kFind, Stoppable(invocations[0])), "cursor.id"), "0");
  std::stop_source late;
  std::future<DataOutcome> waiting = Begin(*source, kFind, Stoppable(late));
  EXPECT_EQ(At(Run(*source, kCount), "n"), "3");
  EXPECT_EQ(Cluster::counts().waiting.load(), 1);
  OnLoop([&] { invocations[0].request_stop(); });
  EXPECT_NE(At(waiting.get(), "cursor.id"), "0");
  EXPECT_EQ(Cluster::counts().waiting.load(), 0);
}

TEST_F(MongocSourceTest, LosesNothingThatWasAcknowledgedWhenTheServerIsRestarted) {
  auto clusters = MakeClusters();
  auto source = MakeSource(*clusters, absl::StrCat(server_->uri(), "?serverSelectionTimeoutMS=200"));
  std::vector<int> acknowledged;
  int errors = 0;
  for (int id = 0; id < 60 || errors == 0 || acknowledged.empty() || acknowledged.back() != id - 1; ++id) {
    if (id == 20) {
      ASSERT_TRUE(server_->Crash().ok());
    }
    if (id == 40) {
      ASSERT_TRUE(server_->Start().ok());
    }
    CallContext context;
    context.deadline = absl::Now() + absl::Seconds(5);
    const DataOutcome outcome =
        Run(*source, absl::StrCat(R"({"insert": "c", "documents": [{"_id": )", id, "}]}"), context);
    if (At(outcome, "n") == "1") {
      acknowledged.push_back(id);
    } else {
      ++errors;
    }
  }
  EXPECT_GE(errors, 1);
  for (int id : acknowledged) {
    EXPECT_EQ(At(Run(*source, absl::StrCat(R"({"count": "c", "query": {"_id": )", id, "}}")), "n"), "1") << id;
  }
}

TEST_F(MongocSourceTest, SendsReadsWhereTheServicePrefers) {
  auto clusters = MakeClusters();
  MongocSource source(*clusters, "app-abcde", server_->uri(), UriOwner::kOperator, "secondaryPreferred");
  EXPECT_EQ(At(Run(source, kInsert), "n"), "3");
  EXPECT_EQ(At(Run(source, kCount), "n"), "3");
}

TEST_F(MongocSourceTest, LowersATimeLimitThatIsBeyondTheDeadline) {
  auto clusters = MakeClusters();
  auto source = MakeSource(*clusters, server_->uri());
  Run(*source, kInsert);
  CallContext context;
  context.deadline = absl::Now() + absl::Seconds(30);
  EXPECT_EQ(At(Run(*source, R"({"count": "c", "maxTimeMS": 100000})", context), "n"), "3");
  EXPECT_EQ(At(Run(*source, R"({"count": "c", "maxTimeMS": 1000})", context), "n"), "3");
}

}  // namespace
}  // namespace overlock::executor
