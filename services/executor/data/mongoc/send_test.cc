// What is sent, and how often: to a server that pretends.
#include "services/executor/data/mongoc/send.h"

#include <mutex>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/executor/data/mongoc/fake_mongod_fixture.h"

namespace overlock::executor {
namespace {

using ::testing::HasSubstr;

constexpr char kOk[] = R"({"n": 1, "ok": 1})";
constexpr char kInsert[] = R"({"insert": "c", "documents": [{"_id": 1}]})";
constexpr char kNotPrimary[] = R"({"ok": 0, "code": 10107, "codeName": "NotWritablePrimary", "errmsg": "not primary"})";

class SendTest : public ::testing::Test {
 protected:
  // What it answers, one after the other, then OK; an empty text hangs up.
  std::vector<std::string> answers_;

  Answer Send(const std::string& json, absl::Duration time = absl::Seconds(60), const std::string& options = "") {
    FakeMongod server([this](const std::string& command) { return Answered(command); });
    auto uri = std::make_shared<const MongoUri>(*MongoUri::Parse(server.uri() + options, UriOwner::kOperator));
    auto pool = std::make_shared<ClientPool>(std::move(uri), true);
    const DataCommand command{"test", Bson(json), CallContext()};
    const CommandHead head = std::get<CommandHead>(ReadCommand(command.command));
    CommandLimits limits(absl::Now() + time, {}, {});
    Connection connection = *Connection::Open(pool);
    return executor::Send(connection, command, head, nullptr, 0, limits);
  }
  std::string Received(size_t index, const std::string& path) {
    std::lock_guard lock(mutex_);
    return index < received_.size() ? BsonAt(received_[index], path) : "nothing";
  }
  size_t received() {
    std::lock_guard lock(mutex_);
    return received_.size();
  }

 private:
  std::optional<std::string> Answered(const std::string& command) {
    std::lock_guard lock(mutex_);
    const std::string answer = received_.size() < answers_.size() ? answers_[received_.size()] : kOk;
    received_.push_back(command);
    if (answer.empty()) return std::nullopt;
    return Bson(answer);
  }

  std::mutex mutex_;
  std::vector<std::string> received_;
};

std::string TextOf(const Answer& answer) {
  if (const auto* reply = std::get_if<DataReply>(&answer.outcome)) return BsonAt(reply->reply, "");
  return std::get<DataError>(answer.outcome).message;
}

TEST_F(SendTest, SendsAWriteOnceWhereItIsAnswered) {
  EXPECT_THAT(TextOf(Send(kInsert)), HasSubstr("\"n\" : 1"));
  EXPECT_EQ(received(), 1);
  EXPECT_EQ(Received(0, "$db"), "\"test\"");
  EXPECT_NE(Received(0, "lsid"), "");
  EXPECT_EQ(Received(0, "txnNumber"), "1");
  EXPECT_NE(Received(0, "maxTimeMS"), "");
}

TEST_F(SendTest, SendsAWriteAgainUnderItsNumberWhereTheConnectionBreaks) {
  answers_ = {""};
  EXPECT_THAT(TextOf(Send(kInsert)), HasSubstr("\"n\" : 1"));
  ASSERT_EQ(received(), 2);
  EXPECT_EQ(Received(1, "txnNumber"), Received(0, "txnNumber"));
  EXPECT_EQ(Received(1, "lsid"), Received(0, "lsid"));
}

TEST_F(SendTest, SendsAWriteAgainWhereAnotherServerHasBecomePrimary) {
  answers_ = {kNotPrimary};
  EXPECT_THAT(TextOf(Send(kInsert)), HasSubstr("\"n\" : 1"));
  EXPECT_EQ(received(), 2);
}

TEST_F(SendTest, SendsAWriteAgainOnlyOnce) {
  answers_ = {kNotPrimary, kNotPrimary, kNotPrimary};
  EXPECT_THAT(TextOf(Send(kInsert)), HasSubstr("not primary"));
  EXPECT_EQ(received(), 2);
}

TEST_F(SendTest, SendsAWriteOnceWhereTheConnectionStringSaysSo) {
  answers_ = {""};
  EXPECT_THAT(TextOf(Send(kInsert, absl::Seconds(60), "&retryWrites=false")), HasSubstr("connection to MongoDB broke"));
  EXPECT_EQ(received(), 1);
  EXPECT_EQ(Received(0, "txnNumber"), "");
}

TEST_F(SendTest, SendsAWriteOfManyDocumentsOnce) {
  answers_ = {""};
  EXPECT_THAT(TextOf(Send(R"({"update": "c", "updates": [{"q": {}, "u": {"$set": {"a": 1}}, "multi": true}]})")),
              HasSubstr("connection to MongoDB broke"));
  EXPECT_EQ(received(), 1);
}

TEST_F(SendTest, SendsAReadAgainWhereTheConnectionBreaks) {
  answers_ = {""};
  EXPECT_THAT(TextOf(Send(R"({"count": "c"})")), HasSubstr("\"n\" : 1"));
  EXPECT_EQ(received(), 2);
}

TEST_F(SendTest, GivesTheServersErrorAsItIs) {
  answers_ = {R"({"ok": 0, "code": 11000, "codeName": "DuplicateKey", "errmsg": "E11000"})"};
  const Answer answer = Send(kInsert);
  const auto& error = std::get<DataError>(answer.outcome);
  EXPECT_EQ(error.code, 11000);
  EXPECT_EQ(error.code_name, "DuplicateKey");
  EXPECT_EQ(error.message, "E11000");
  EXPECT_EQ(received(), 1);
}

TEST_F(SendTest, LeavesWriteConcernErrorsInTheReply) {
  answers_ = {R"({"ok": 1, "n": 1, "writeConcernError": {"code": 64, "errmsg": "waiting timed out"}})"};
  EXPECT_THAT(TextOf(Send(kInsert)), HasSubstr("waiting timed out"));
}

TEST_F(SendTest, KnowsWhichServerHasACursor) {
  answers_ = {R"({"ok": 1, "cursor": {"id": {"$numberLong": "5"}, "ns": "test.c", "firstBatch": []}})"};
  const Answer answer = Send(R"({"find": "c"})");
  EXPECT_EQ(answer.left_open.cursor.id, 5);
  EXPECT_NE(answer.left_open.server, 0);
}

TEST_F(SendTest, KeepsACommandsOwnTimeLimitWhereItIsShorter) {
  Send(R"({"count": "c", "maxTimeMS": 7})");
  EXPECT_EQ(Received(0, "maxTimeMS"), "7");
}

TEST_F(SendTest, ReplacesATimeLimitThatIsTooLong) {
  Send(R"({"count": "c", "maxTimeMS": 70000000})");
  EXPECT_THAT(Received(0, "maxTimeMS"), testing::Not("70000000"));
  EXPECT_NE(Received(0, "maxTimeMS"), "");
}

TEST_F(SendTest, LeavesTheTimeLimitAwayWhereThereIsNone) {
  Send(R"({"count": "c"})", absl::InfiniteDuration());
  EXPECT_EQ(Received(0, "maxTimeMS"), "");
}

}  // namespace
}  // namespace overlock::executor
