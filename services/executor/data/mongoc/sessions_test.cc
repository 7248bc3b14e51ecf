// Sessions and transactions that functions start, against a server that pretends.
#include <condition_variable>
#include <functional>
#include <future>
#include <mutex>

#include <boost/asio/post.hpp>

#include "common/async/event_loops.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/executor/data/mongoc/fake_mongod_fixture.h"
#include "services/executor/data/mongoc/mongoc_source.h"

namespace overlock::executor {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// What a function's session puts into its commands.
constexpr char kSession[] = R"("lsid": {"id": {"$binary": {"base64": "AAECAwQFRgeICQoLDA0ODw==", "subType": "04"}}})";
constexpr char kOtherSession[] =
    R"("lsid": {"id": {"$binary": {"base64": "AQECAwQFRgeICQoLDA0ODw==", "subType": "04"}}})";
constexpr char kTransaction[] = R"(, "txnNumber": {"$numberLong": "1"}, "autocommit": false)";

class SessionsTest : public ::testing::Test {
 protected:
  ~SessionsTest() override { clusters_.reset(); }

  std::future<DataOutcome> Begin(const std::string& json, CallContext context = {}) {
    auto outcome = std::make_shared<std::promise<DataOutcome>>();
    std::future<DataOutcome> future = outcome->get_future();
    auto run = [](DataSource& source, DataCommand command,
                  std::shared_ptr<std::promise<DataOutcome>> outcome) -> Task<void> {
      outcome->set_value(co_await source.Run(std::move(command)));
    };
    DataCommand command{"test", Bson(json), std::move(context)};
    Detach(loops_.Get(0), run(source_, std::move(command), std::move(outcome)));
    return future;
  }
  std::string Run(const std::string& json, CallContext context = {}) {
    const DataOutcome outcome = Begin(json, std::move(context)).get();
    const auto* reply = std::get_if<DataReply>(&outcome);
    return reply == nullptr ? std::get<DataError>(outcome).message : BsonAt(reply->reply, "");
  }
  // An insert in the session; `rest` are its further fields.
  std::string Insert(const std::string& rest, CallContext context = {}) {
    return Run(absl::StrCat(R"({"insert": "c", "documents": [{"a": 1}], )", kSession, rest, "}"), std::move(context));
  }
  CallContext Stoppable() {
    CallContext context;
    context.stop = stop_.get_token();
    return context;
  }
  void EndInvocation() {
    boost::asio::post(loops_.Get(0), [this] { stop_.request_stop(); });
  }

  // Waits for the command of that number, and says what stands in it.
  std::string Received(size_t index, const std::string& path) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return received_.size() > index; });
    return BsonAt(received_[index], path);
  }
  std::string NameOf(size_t index) {
    const std::string text = Received(index, "");
    return text.substr(3, text.find('"', 3) - 3);
  }

  std::function<std::string(const std::string& name)> answer_ = [](const std::string&) {
    return R"({"n": 1, "ok": 1})";
  };
  std::stop_source stop_;

 private:
  std::optional<std::string> Answer(const std::string& command) {
    std::lock_guard lock(mutex_);
    received_.push_back(command);
    changed_.notify_all();
    return Bson(answer_(command.c_str() + 5));
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> received_;
  FakeMongod server_{[this](const std::string& command) { return Answer(command); }};
  EventLoops loops_{1};
  std::unique_ptr<MongoClusters> clusters_ = std::make_unique<MongoClusters>(loops_.Get(0), 12);
  MongocSource source_{*clusters_, "app-abcde", server_.uri(), UriOwner::kOperator, "nearest"};
};

TEST_F(SessionsTest, ATransactionsCommandsAreOneTransactionAtTheServer) {
  EXPECT_THAT(Insert(absl::StrCat(kTransaction, R"(, "startTransaction": true)")), HasSubstr("\"n\" : 1"));
  EXPECT_THAT(Run(absl::StrCat(R"({"count": "c", )", kSession, kTransaction, "}")), HasSubstr("\"n\" : 1"));
  EXPECT_THAT(Run(absl::StrCat(R"({"commitTransaction": 1, )", kSession, kTransaction, "}")), HasSubstr("\"ok\" : 1"));
  EXPECT_EQ(Received(0, "startTransaction"), "true");
  EXPECT_EQ(Received(1, "startTransaction"), "");
  EXPECT_EQ(NameOf(2), "commitTransaction");
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(Received(i, "txnNumber"), "1");
    EXPECT_EQ(Received(i, "autocommit"), "false");
    EXPECT_EQ(Received(i, "lsid"), Received(0, "lsid"));
    const std::string all = Received(i, "");
    EXPECT_EQ(all.find("\"lsid\""), all.rfind("\"lsid\""));
  }
}

TEST_F(SessionsTest, ATransactionHasTheReadConcernThatItsFirstCommandNames) {
  Insert(absl::StrCat(kTransaction, R"(, "startTransaction": true, "readConcern": {"level": "snapshot"})"));
  EXPECT_THAT(Received(0, "readConcern"), HasSubstr("snapshot"));
}

TEST_F(SessionsTest, ATransactionIsAborted) {
  Insert(absl::StrCat(kTransaction, R"(, "startTransaction": true)"));
  EXPECT_THAT(Run(absl::StrCat(R"({"abortTransaction": 1, )", kSession, kTransaction, "}")), HasSubstr("\"ok\" : 1"));
  EXPECT_EQ(NameOf(1), "abortTransaction");
  EXPECT_EQ(Received(1, "lsid"), Received(0, "lsid"));
}

TEST_F(SessionsTest, ATransactionIsAbortedWhenItsInvocationEnds) {
  Insert(absl::StrCat(kTransaction, R"(, "startTransaction": true)"), Stoppable());
  EndInvocation();
  EXPECT_EQ(NameOf(1), "abortTransaction");
}

TEST_F(SessionsTest, ATransactionIsAbortedWhenItsSessionEnds) {
  Insert(absl::StrCat(kTransaction, R"(, "startTransaction": true)"));
  const std::string id = std::string(kSession).substr(8);
  EXPECT_THAT(Run(absl::StrCat(R"({"endSessions": [)", id, "]}")), HasSubstr("\"ok\" : 1"));
  EXPECT_EQ(NameOf(1), "abortTransaction");
}

TEST_F(SessionsTest, ATransactionsErrorIsTheServers) {
  answer_ = [](const std::string& name) {
    return name == "commitTransaction"
               ? R"({"ok": 0, "code": 251, "codeName": "NoSuchTransaction", "errmsg": "there is none"})"
               : R"({"n": 1, "ok": 1})";
  };
  Insert(absl::StrCat(kTransaction, R"(, "startTransaction": true)"));
  EXPECT_EQ(Run(absl::StrCat(R"({"commitTransaction": 1, )", kSession, kTransaction, "}")), "there is none");
}

TEST_F(SessionsTest, SessionsWithoutATransactionAreSessionsAtTheServer) {
  Insert("");
  Insert("");
  Run(absl::StrCat(R"({"count": "c", )", kOtherSession, "}"));
  EXPECT_EQ(Received(1, "lsid"), Received(0, "lsid"));
  EXPECT_NE(Received(2, "lsid"), Received(0, "lsid"));
  EXPECT_EQ(Received(0, "txnNumber"), "");
}

TEST_F(SessionsTest, CommandsOfOneSessionRunOneAfterTheOther) {
  std::vector<std::future<DataOutcome>> outcomes;
  for (int i = 0; i < 5; ++i) {
    outcomes.push_back(Begin(absl::StrCat(R"({"insert": "c", "documents": [{"_id": )", i, "}], ", kSession, "}")));
  }
  for (auto& outcome : outcomes) EXPECT_TRUE(std::holds_alternative<DataReply>(outcome.get()));
  for (int i = 0; i < 5; ++i) EXPECT_EQ(Received(i, "documents.0._id"), absl::StrCat(i));
}

TEST_F(SessionsTest, ACursorOfASessionStaysInIt) {
  answer_ = [](const std::string& name) {
    return name == "find" ? R"({"ok": 1, "cursor": {"id": {"$numberLong": "5"}, "ns": "test.c", "firstBatch": []}})"
                          : R"({"ok": 1, "cursor": {"id": {"$numberLong": "0"}, "ns": "test.c", "nextBatch": []}})";
  };
  const std::string get_more = R"({"getMore": {"$numberLong": "5"}, "collection": "c")";
  Run(absl::StrCat(R"({"find": "c", )", kSession, "}"));
  EXPECT_THAT(Run(absl::StrCat(get_more, "}")), HasSubstr("cursor id 5 not found"));
  EXPECT_THAT(Run(absl::StrCat(get_more, ", ", kOtherSession, "}")), HasSubstr("cursor id 5 not found"));
  EXPECT_THAT(Run(absl::StrCat(get_more, ", ", kSession, "}")), HasSubstr("nextBatch"));
  EXPECT_EQ(Received(1, "lsid"), Received(0, "lsid"));
  EXPECT_THAT(Run(absl::StrCat(get_more, ", ", kSession, "}")), HasSubstr("cursor id 5 not found"));
}

TEST_F(SessionsTest, ACursorOfASessionIsClosedWhenItsInvocationEnds) {
  answer_ = [](const std::string&) {
    return R"({"ok": 1, "cursor": {"id": {"$numberLong": "5"}, "ns": "test.c", "firstBatch": []}})";
  };
  Run(absl::StrCat(R"({"find": "c", )", kSession, "}"), Stoppable());
  EndInvocation();
  EXPECT_EQ(NameOf(1), "killCursors");
}

TEST_F(SessionsTest, TooManySessionsAreRefused) {
  std::string last;
  for (int i = 0; i < 7; ++i) {
    last = Run(absl::StrCat(R"({"count": "c", "lsid": {"id": )", i, "}}"));
    if (i < 6) {
      EXPECT_THAT(last, HasSubstr("\"n\" : 1"));
    }
  }
  EXPECT_THAT(last, HasSubstr("too many sessions"));
}

}  // namespace
}  // namespace overlock::executor
