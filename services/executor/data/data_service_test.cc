// What reaches a data source, and what does not.
#include "services/executor/data/data_service.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/executor/data/data_fixture.h"
#include "services/executor/function_executor_mock.h"

namespace overlock::executor {
namespace {

using ::testing::_;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class DataServiceTest : public ::testing::Test {
 protected:
  DataHarness data_;
  FakeServer& server_ = data_.server();

  void KeepDocuments(int count) {
    for (int i = 1; i <= count; ++i) server_.documents.push_back(*ejson::Parse(absl::StrCat("{\"_id\":", i, "}")));
  }
  void AllowAll() { data_.AddRule("shop", "orders").set_roles_json(R"([{"apply_when":{},"read":true,"write":true}])"); }
  // Judges each document.
  void AllowOwn() {
    data_.AddRule("shop", "orders").set_roles_json(R"([{"apply_when":{"%%root._id":{"%gt":0}},"read":true}])");
  }
};

TEST_F(DataServiceTest, SendsTheSystemUsersCommandAsItIs) {
  KeepDocuments(1);
  EXPECT_EQ(data_.Call("find", R"({"find":"orders","filter":{"_id":1}})"),
            R"({"cursor":{"firstBatch":[{"_id":{"$numberInt":"1"}}],"id":{"$numberLong":"0"},"ns":"shop.orders"},)"
            R"("ok":{"$numberInt":"1"}})");
  EXPECT_THAT(server_.commands, ElementsAre(R"({"find":"orders","filter":{"_id":{"$numberInt":"1"}}})"));
  EXPECT_THAT(server_.databases, ElementsAre("shop"));
}

TEST_F(DataServiceTest, KnowsItsOperations) {
  for (const char* action : {"find", "findOne", "insertOne", "bulkWrite", "getMore", "getDBNames", "updateOne"}) {
    EXPECT_EQ(data_.service().KnownAction(action), action);
  }
  EXPECT_EQ(data_.service().KnownAction("eval"), "");
  EXPECT_EQ(data_.service().KnownAction("zzz"), "");
  EXPECT_EQ(data_.service().KnownAction(""), "");
}

TEST_F(DataServiceTest, RefusesWhatIsNoCommandOfTheOperation) {
  EXPECT_EQ(data_.Call("find", R"({"dropDatabase":1})"), "InvalidParameter: find: the command must be find");
  EXPECT_EQ(data_.Call("bulkWrite", R"({"find":"orders"})"),
            "InvalidParameter: bulkWrite: the command must be insert update delete");
  EXPECT_EQ(data_.Call("find", R"({"find":"orders","$db":"admin"})"),
            "InvalidParameter: $db: must not stand in a command");
  EXPECT_EQ(data_.Call("find", R"({"find":"users"})"),
            "InvalidParameter: find: must be of the collection that the argument names");
  EXPECT_EQ(data_.Call("getMore", R"({"getMore":1,"collection":"users"})"),
            "InvalidParameter: getMore: must be of the collection that the argument names");
  EXPECT_EQ(data_.Call("find", R"({"find":"orders"})", R"({"collection":"orders"})"),
            "InvalidParameter: database: must be a string with text");
  EXPECT_THAT(data_.Call("aggregate", R"({"aggregate":"orders","pipeline":[{"$facet":{"a":[{"$indexStats":{}}]}}]})"),
              HasSubstr("$indexStats is not for functions"));
  EXPECT_THAT(server_.commands, IsEmpty());
}

TEST_F(DataServiceTest, RefusesBytesThatAreNoDocument) {
  const std::string argument = R"({"database":"shop","collection":"orders"})";
  for (const std::string& body : {std::string(), std::string("\x05\0\0\0", 4), std::string(40, 'x')}) {
    ServiceOutcome outcome = BlockOn(data_.service().Call(data_.MakeCall("find", argument, body)));
    EXPECT_EQ(std::get<ServiceFailure>(outcome).code, "InvalidParameter");
  }
  ServiceOutcome outcome = BlockOn(data_.service().Call(data_.MakeCall("find", argument, std::string(17 << 20, '\0'))));
  EXPECT_THAT(std::get<ServiceFailure>(outcome).message, HasSubstr("allowed: 16793600"));
}

TEST_F(DataServiceTest, GivesTheServersCodeAndName) {
  server_.error = DataError{11000, "DuplicateKey", "E11000 duplicate key error"};
  ServiceOutcome outcome = data_.Outcome("insertOne", R"({"insert":"orders","documents":[{"_id":1}]})");
  const auto& failure = std::get<ServiceFailure>(outcome);
  EXPECT_EQ(failure.code, "MongoDBError");
  EXPECT_EQ(failure.message, "E11000 duplicate key error");
  EXPECT_EQ(failure.number, 11000);
  EXPECT_EQ(failure.name, "DuplicateKey");
}

TEST_F(DataServiceTest, CommandsToDatabasesAreTheSystemUsers) {
  EXPECT_THAT(data_.Call("getDBNames", R"({"listDatabases":1})", R"({"database":"admin","collection":""})"),
              HasSubstr("ok"));
  AllowAll();
  data_.RunAs("u1");
  EXPECT_EQ(data_.Call("getDBNames", R"({"listDatabases":1})", R"({"database":"admin","collection":""})"),
            "NoMatchingRuleFound: no matching rule found: getDBNames is for system functions");
  EXPECT_EQ(data_.Call("getCollectionNames", R"({"listCollections":1})", R"({"database":"shop","collection":""})"),
            "NoMatchingRuleFound: no matching rule found: getCollectionNames is for system functions");
}

TEST_F(DataServiceTest, UsersNeedARuleForTheCollection) {
  data_.RunAs("u1");
  EXPECT_EQ(data_.Call("find", R"({"find":"orders"})"),
            "NoMatchingRuleFound: no rule exists for namespace 'shop.orders'");
  data_.AddRule("", "").set_roles_json(R"([{"apply_when":{},"read":true}])");
  EXPECT_THAT(data_.Call("find", R"({"find":"orders"})"), HasSubstr("firstBatch"));
}

TEST_F(DataServiceTest, UsersHaveNoSessionsAndNoFieldsThatTheyHaveNoUseFor) {
  AllowAll();
  data_.RunAs("u1");
  EXPECT_THAT(data_.Call("find", R"({"find":"orders","lsid":{"id":1}})"),
              HasSubstr("sessions are for system functions"));
  EXPECT_EQ(data_.Call("find", R"({"find":"orders","let":{}})"),
            "InvalidParameter: find: 'let' is for system functions");
}

TEST_F(DataServiceTest, AUserReadsOnBatchByBatch) {
  for (bool judged : {false, true}) {
    DataHarness data;
    data.AddRule("shop", "orders")
        .set_roles_json(judged ? R"([{"apply_when":{"%%root._id":{"%gt":0}},"read":true}])"
                               : R"([{"apply_when":{},"read":true}])");
    const int count = judged ? 150 : 3;
    for (int i = 1; i <= count; ++i) {
      data.server().documents.push_back(*ejson::Parse(absl::StrCat("{\"_id\":", i, "}")));
    }
    data.RunAs("u1");
    std::string first = data.Call("find", R"({"find":"orders","filter":{}})");
    ejson::Value reply = *ejson::Parse(first);
    const int64_t id = reply.Find("cursor")->Find("id")->as_int64();
    ASSERT_NE(id, 0);
    EXPECT_NE(id, 77) << "the server's own";
    const std::string more = absl::StrCat(R"({"getMore":{"$numberLong":")", id, R"("},"collection":"orders"})");
    EXPECT_THAT(data.Call("getMore", more), HasSubstr(absl::StrCat(R"({"_id":{"$numberInt":")", count, R"("}}])")));
    EXPECT_THAT(data.Call("getMore", more), HasSubstr("MongoDBError: the function has no cursor"));
  }
}

TEST_F(DataServiceTest, ACursorIsOfOneInvocationAndEndsWithIt) {
  AllowAll();
  KeepDocuments(5);
  data_.RunAs("u1");
  ejson::Value reply = *ejson::Parse(data_.Call("find", R"({"find":"orders"})"));
  const std::string more = absl::StrCat(R"({"getMore":{"$numberLong":")", reply.Find("cursor")->Find("id")->as_int64(),
                                        R"("},"collection":"orders"})");
  data_.EndInvocation();
  EXPECT_EQ(server_.names.back(), "killCursors");
  data_.NewInvocation();
  EXPECT_THAT(data_.Call("getMore", more), HasSubstr("has no cursor of this number"));
}

TEST_F(DataServiceTest, NoOtherInvocationFindsACursor) {
  AllowAll();
  KeepDocuments(5);
  data_.RunAs("u1");
  ejson::Value reply = *ejson::Parse(data_.Call("find", R"({"find":"orders"})"));
  const std::string id = absl::StrCat(R"({"$numberLong":")", reply.Find("cursor")->Find("id")->as_int64(), R"("})");
  data_.NewInvocation();
  EXPECT_THAT(data_.Call("getMore", absl::StrCat(R"({"getMore":)", id, R"(,"collection":"orders"})")),
              HasSubstr("has no cursor of this number"));
  EXPECT_THAT(data_.Call("killCursors", absl::StrCat(R"({"killCursors":"orders","cursors":[)", id, "]}")),
              HasSubstr("ok"));
  EXPECT_NE(server_.names.back(), "killCursors");
}

TEST_F(DataServiceTest, CountsOperationsAndErrors) {
  data_.Call("find", R"({"find":"orders"})");
  server_.error = DataError{0, "", "no server"};
  data_.Call("find", R"({"find":"orders"})");
  data_.RunAs("u1");
  data_.Call("insertOne", R"({"insert":"orders","documents":[{}]})");
  std::string text = data_.metrics().Serialize();
  EXPECT_THAT(text, HasSubstr(R"(overlock_executor_data_seconds_count{type="mongodb-atlas",action="find"} 2)"));
  EXPECT_THAT(
      text,
      HasSubstr(R"(overlock_executor_data_errors_total{type="mongodb-atlas",action="find",kind="unreachable"} 1)"));
  EXPECT_THAT(
      text,
      HasSubstr(R"(overlock_executor_data_errors_total{type="mongodb-atlas",action="insertOne",kind="blocked"} 1)"));
}

TEST_F(DataServiceTest, SaysWhatACallIsAbout) {
  EXPECT_EQ(data_.service().SubjectOf(*data_.MakeCall("find", R"({"database":"a","collection":"b"})", "")), "a.b");
  EXPECT_EQ(data_.service().SubjectOf(*data_.MakeCall("getDBNames", R"({"database":"a","collection":""})", "")), "a");
}

Task<absl::StatusOr<v1::ExecuteResponse>> Returning(const char* ejson) {
  v1::ExecuteResponse response;
  response.mutable_returned()->set_value_ejson(ejson);
  co_return response;
}

TEST_F(DataServiceTest, ARoleMayAskAFunction) {
  FunctionExecutorMock functions;
  data_.service().UseFunctions(functions);
  data_.AddRule("shop", "orders")
      .set_roles_json(
          R"([{"apply_when":{"%%true":{"%function":{"name":"sees","arguments":["%%root._id"]}}},"read":true}])");
  KeepDocuments(2);
  data_.RunAs("u1");
  EXPECT_CALL(functions, Execute(_, _, _)).Times(2).WillRepeatedly([](v1::ExecuteRequest request, Body, CallContext) {
    EXPECT_EQ(request.user().type(), type::v1::User::TYPE_SYSTEM);
    return Returning(request.arguments_ejson(0) == R"({"$numberInt":"2"})" ? "true" : "false");
  });
  EXPECT_THAT(data_.Call("find", R"({"find":"orders"})"), HasSubstr(R"("firstBatch":[{"_id":{"$numberInt":"2"}}])"));
}

TEST_F(DataServiceTest, ADocumentThatOthersChangeIsJudgedAgain) {
  data_.AddRule("shop", "orders")
      .set_roles_json(R"([{"apply_when":{"owner":"%%user.id"},"write":{"%%prevRoot.locked":{"%ne":true}}}])");
  server_.documents.push_back(*ejson::Parse(R"({"_id":1,"owner":"u1","locked":false})"));
  data_.RunAs("u1");
  int updates = 0;
  server_.on_command = [&](const ejson::Value& command) {
    if (command.Find("update") == nullptr || ++updates > 1) return;
    server_.documents[0] = *ejson::Parse(R"({"_id":1,"owner":"u1","locked":true})");
  };
  const char* update = R"({"update":"orders","updates":[{"q":{"_id":1},"u":{"$set":{"a":1}}}]})";
  EXPECT_EQ(data_.Call("updateOne", update),
            "NoMatchingRuleFound: no matching rule found: updateOne of shop.orders: "
            "the role does not write a field that would change");
  EXPECT_EQ(server_.documents[0].Find("a"), nullptr);
}

TEST_F(DataServiceTest, ADocumentThatChangesForEverIsGivenUp) {
  data_.AddRule("shop", "orders").set_roles_json(R"([{"apply_when":{"owner":"%%user.id"},"write":true}])");
  server_.documents.push_back(*ejson::Parse(R"({"_id":1,"owner":"u1","n":0})"));
  data_.RunAs("u1");
  int n = 0;
  server_.on_command = [&](const ejson::Value& command) {
    if (command.Find("find") != nullptr) return;
    server_.documents[0] = *ejson::Parse(absl::StrCat(R"({"_id":1,"owner":"u1","n":)", ++n, "}"));
  };
  EXPECT_EQ(
      data_.Call("findOneAndUpdate", R"({"findAndModify":"orders","query":{},"update":{"$set":{"a":1}},"new":false})"),
      "MongoDBError: the document was changed by others again and again while rules looked at it");
}

}  // namespace
}  // namespace overlock::executor
