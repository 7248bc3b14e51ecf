// Calls of services, seen from the channel: what a function asks for, and what it gets.
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/ejson/bson.h"
#include "common/ejson/parse.h"
#include "common/ejson/serialize.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/executor/worker/worker_test_fixture.h"

namespace overlock::executor {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class WorkerServicesTest : public WorkerTest {
 protected:
  void AddService(const std::string& name, const std::string& type) {
    auto& service = *view_.add_services();
    service.set_name(name);
    service.set_type(type);
  }
  uint64_t StartFunction(const std::string& source) {
    view_.clear_functions();
    AddFunction("f", source);
    Load();
    view_.clear_functions();
    return worker().Start(FunctionRequest("f"));
  }
  static worker::v1::ToWorker Result(const worker::v1::ServiceCall& call, const std::string& value_ejson,
                                     const std::string& body = "") {
    worker::v1::ToWorker message;
    auto& result = *message.mutable_service_result();
    result.set_sequence(call.sequence());
    result.set_operation(call.operation());
    result.mutable_value()->set_value_ejson(value_ejson);
    result.mutable_value()->set_body(body);
    return message;
  }
};

TEST_F(WorkerServicesTest, AsksTheSupervisorForHttpAndGivesItsAnswer) {
  uint64_t sequence = StartFunction(
      "exports = async () => { const r = await context.http.post({url: 'http://a/b', body: {x: 1},"
      " encodeBodyAsJSON: true}); return [r.statusCode, r.headers.A, r.body.toHex()]; };");
  worker::v1::ServiceCall call = worker().WaitForServiceCall();
  EXPECT_EQ(call.service(), "");
  EXPECT_EQ(call.action(), "post");
  EXPECT_EQ(call.body(), "{\"x\":1}");
  EXPECT_THAT(call.argument_ejson(), HasSubstr("\"url\":\"http://a/b\""));
  worker().Send(
      Result(call, R"({"status":"200 OK","statusCode":200,"headers":{"A":["b"]}})", std::string("\0\xff", 2)));
  EXPECT_EQ(worker().Wait(sequence).returned().value_ejson(), R"([{"$numberInt":"200"},["b"],"00ff"])");
}

TEST_F(WorkerServicesTest, GivesNoClientForAServiceThatIsNotThere) {
  AddService("mail", "twilio");
  EXPECT_EQ(ReturnedBy("[typeof context.services.get('nope'), typeof context.services.get('mail').send]"),
            R"(["undefined","function"])");
}

TEST_F(WorkerServicesTest, TurnsFailuresIntoErrorsWithACode) {
  AddService("mail", "twilio");
  uint64_t sequence = StartFunction(
      "exports = () => context.services.get('mail').send({to: '1'}).catch(e => [e instanceof Error, e.message, "
      "e.code]);");
  worker::v1::ServiceCall call = worker().WaitForServiceCall();
  EXPECT_EQ(call.service(), "mail");
  worker::v1::ToWorker message = Result(call, "");
  message.mutable_service_result()->mutable_failure()->set_code("TwilioError");
  message.mutable_service_result()->mutable_failure()->set_message("no such number");
  worker().Send(message);
  EXPECT_EQ(worker().Wait(sequence).returned().value_ejson(), R"([true,"no such number","TwilioError"])");
}

TEST_F(WorkerServicesTest, WaitsForCallsThatNobodyAwaits) {
  uint64_t sequence = StartFunction("exports = () => { context.http.get({url: 'http://a'}); return 'done'; };");
  worker::v1::ServiceCall call = worker().WaitForServiceCall();
  // Another invocation runs meanwhile: the worker is free.
  EXPECT_EQ(ReturnedBy("1"), R"({"$numberInt":"1"})");
  worker().Send(Result(call, "{}"));
  EXPECT_EQ(worker().Wait(sequence).returned().value_ejson(), "\"done\"");
}

TEST_F(WorkerServicesTest, IgnoresResultsThatNobodyWaitsFor) {
  uint64_t sequence = StartFunction("exports = () => context.http.get({url: 'http://a'}).then(r => r.statusCode);");
  worker::v1::ServiceCall call = worker().WaitForServiceCall();
  worker::v1::ServiceCall other = call;
  other.set_operation(call.operation() + 1'000);
  worker().Send(Result(other, "{}"));
  other = call;
  other.set_sequence(call.sequence() + 1'000);
  worker().Send(Result(other, "{}"));
  worker().Send(Result(call, R"({"statusCode":204})"));
  EXPECT_EQ(worker().Wait(sequence).returned().value_ejson(), R"({"$numberInt":"204"})");
  worker().Send(Result(call, "{}"));
  EXPECT_EQ(ReturnedBy("'alive'"), "\"alive\"");
}

TEST_F(WorkerServicesTest, CountsCallsAsPendingOperations) {
  uint64_t sequence = StartFunction("exports = () => { for (;;) context.http.get({url: 'http://a'}); };");
  v1::ExecuteResponse response = worker().Wait(sequence);
  EXPECT_EQ(response.failure().kind(), v1::Failure::KIND_PENDING_OPERATIONS_LIMIT);
  // Their results come too late.
  worker().Send(Result(worker().WaitForServiceCall(), "{}"));
  EXPECT_EQ(ReturnedBy("'alive'"), "\"alive\"");
  // It has sent more calls than another test would want to see.
  EndWorker();
}

TEST_F(WorkerServicesTest, BoundsTheBytesOfCallsUnderWay) {
  uint64_t sequence = StartFunction(
      "exports = () => { const body = new Uint8Array(19 << 20);"
      " const all = [1, 2, 3, 4, 5].map(() => context.http.post({url: 'http://a', body}).catch(e => e.message));"
      " return Promise.race(all); };");
  // Three times 19 MiB stay below 64 MiB.
  for (int i = 0; i < 3; ++i) {
    worker::v1::ServiceCall call = worker().WaitForServiceCall();
    EXPECT_EQ(call.body().size(), size_t{19} << 20);
    worker().Send(Result(call, "{}"));
  }
  EXPECT_EQ(worker().Wait(sequence).returned().value_ejson(), "\"too many bytes of service calls are under way\"");
  EXPECT_EQ(Returned("exports = () => context.http.post({url: 'http://a', body: new Uint8Array(21 << 20)})"
                     ".catch(e => e.message);"),
            "\"post: the request is larger than 20971520 bytes\"");
}

TEST_F(WorkerServicesTest, ABodyMayBeTextBytesOrADocument) {
  struct {
    const char* body;
    const char* bytes;
  } const rows[] = {
      {"'gr\\u00fc\\u00df'", "gr\u00fc\u00df"},
      {"BSON.Binary.fromHex('00ff')", nullptr},
      {"{a: 1}", R"({"a":{"$numberInt":"1"}})"},
      {"{a: 1}, encodeBodyAsJSON: true", R"({"a":1})"},
      {"'text', encodeBodyAsJSON: true", "text"},
      {"[1, 'b'], encodeBodyAsJSON: true", R"([1,"b"])"},
      {"undefined", ""},
  };
  for (const auto& row : rows) {
    uint64_t sequence = StartFunction(std::string("exports = () => context.http.put({url: 'http://a', body: ") +
                                      row.body + "}).then(() => 1);");
    worker::v1::ServiceCall call = worker().WaitForServiceCall();
    EXPECT_EQ(call.body(), row.bytes == nullptr ? std::string("\0\xff", 2) : row.bytes) << row.body;
    worker().Send(Result(call, "{}"));
    EXPECT_TRUE(worker().Wait(sequence).has_returned());
  }
  EXPECT_EQ(ReturnedBy("context.http.put({url: 'http://a', body: 5}).catch(e => e.message)"),
            "\"context.http.put: body must be a string, a Binary or a document\"");
  EXPECT_EQ(ReturnedBy("context.http.get('http://a').catch(e => e.message)"),
            "\"context.http.get: the argument must be an object\"");
}

TEST_F(WorkerServicesTest, AnErrorSaysWhereTheCallStands) {
  uint64_t sequence = StartFunction("exports = async () => {\n  await context.http.get({url: 'http://a'});\n};");
  worker::v1::ServiceCall call = worker().WaitForServiceCall();
  worker::v1::ToWorker message = Result(call, "");
  message.mutable_service_result()->mutable_failure()->set_code("HTTPError");
  message.mutable_service_result()->mutable_failure()->set_message("no route");
  worker().Send(message);
  v1::ExecuteResponse response = worker().Wait(sequence);
  EXPECT_EQ(response.failure().message(), "Error: no route");
  EXPECT_THAT(response.failure().stack(), HasSubstr("functions/f/source.js:2:22"));
}

TEST_F(WorkerServicesTest, ForgetsTheCallsOfAnInvocationThatEnds) {
  uint64_t sequence = StartFunction("exports = () => context.http.get({url: 'http://a'});");
  worker::v1::ServiceCall call = worker().WaitForServiceCall();
  worker::v1::ToWorker cancel;
  cancel.mutable_cancel()->set_sequence(sequence);
  worker().Send(cancel);
  EXPECT_TRUE(worker().Wait(sequence).has_failure());
  worker().Send(Result(call, "{}"));
  EXPECT_EQ(ReturnedBy("'alive'"), "\"alive\"");
}

TEST_F(WorkerServicesTest, AsksTheSupervisorForDocuments) {
  AddService("mongodb-atlas", "mongodb-atlas");
  uint64_t sequence = StartFunction(
      "exports = async () => { const orders = context.services.get('mongodb-atlas').db('shop').collection('orders');"
      " const all = []; for await (const order of orders.find({a: BSON.Long.fromNumber(1)})) all.push(order.n);"
      " return all; };");
  worker::v1::ServiceCall call = worker().WaitForServiceCall();
  EXPECT_EQ(call.service(), "mongodb-atlas");
  EXPECT_EQ(call.action(), "find");
  EXPECT_EQ(call.argument_ejson(), R"({"database":"shop","collection":"orders"})");
  EXPECT_EQ(ejson::ToCanonicalJson(*ejson::FromBson(call.body())),
            R"({"find":"orders","filter":{"a":{"$numberLong":"1"}}})");
  auto batch = [](const char* json) { return ejson::ToBson(*ejson::Parse(json)); };
  worker().Send(Result(call, "{}",
                       batch(R"({"cursor":{"id":{"$numberLong":"9007199254740993"},"ns":"shop.orders",)"
                             R"("firstBatch":[{"n":1},{"n":{"$numberDecimal":"2.0"}}]},"ok":1})")));
  call = worker().WaitForServiceCall();
  EXPECT_EQ(call.action(), "getMore");
  EXPECT_EQ(ejson::ToCanonicalJson(*ejson::FromBson(call.body())),
            R"({"getMore":{"$numberLong":"9007199254740993"},"collection":"orders"})");
  worker().Send(
      Result(call, "{}", batch(R"({"cursor":{"id":{"$numberLong":"0"},"ns":"shop.orders","nextBatch":[]}})")));
  EXPECT_EQ(worker().Wait(sequence).returned().value_ejson(), R"([{"$numberInt":"1"},{"$numberDecimal":"2.0"}])");
}

TEST_F(WorkerServicesTest, TwoFunctionsNeverMakeTheSameId) {
  AddService("mongodb-atlas", "mongodb-atlas");
  std::set<std::string> ids;
  for (int i = 0; i < 4; ++i) {
    if (i == 2) EndWorker();
    uint64_t sequence =
        StartFunction("exports = () => context.services.get('mongodb-atlas').db('a').collection('b').insertOne({});");
    worker::v1::ServiceCall call = worker().WaitForServiceCall();
    ids.insert(ejson::ToCanonicalJson(*ejson::FromBson(call.body())->Find("documents")));
    worker().Send(Result(call, "{}", ejson::ToBson(*ejson::Parse(R"({"n":1,"ok":1})"))));
    EXPECT_TRUE(worker().Wait(sequence).has_returned());
  }
  EXPECT_EQ(ids.size(), 4u);
}

TEST_F(WorkerServicesTest, GivesTheCodeAndNameOfADatabasesServer) {
  AddService("mongodb-atlas", "mongodb-atlas");
  uint64_t sequence = StartFunction(
      "exports = () => context.services.get('mongodb-atlas').db('a').collection('b').insertOne({_id: 1})"
      ".catch(e => [e.message, e.code, e.codeName]);");
  worker::v1::ServiceCall call = worker().WaitForServiceCall();
  worker::v1::ToWorker message = Result(call, "");
  auto& failure = *message.mutable_service_result()->mutable_failure();
  failure.set_code("MongoDBError");
  failure.set_message("E11000 duplicate key error");
  failure.set_number(11000);
  failure.set_name("DuplicateKey");
  worker().Send(message);
  EXPECT_EQ(worker().Wait(sequence).returned().value_ejson(),
            R"(["E11000 duplicate key error",{"$numberInt":"11000"},"DuplicateKey"])");
}

TEST_F(WorkerServicesTest, GivesEachTypeItsActions) {
  for (const auto& [type, actions] :
       std::vector<std::pair<std::string, std::string>>{{"http", R"(["get","post","put","patch","delete","head"])"},
                                                        {"twilio", R"(["send"])"},
                                                        {"gcm", R"(["send"])"},
                                                        {"aws-ses", R"(["send"])"},
                                                        {"aws-s3", R"(["put","signPolicy"])"},
                                                        {"github", "[]"}}) {
    view_.clear_services();
    AddService("s", type);
    EXPECT_EQ(ReturnedBy("Object.keys(context.services.get('s'))"), actions) << type;
  }
}

TEST_F(WorkerServicesTest, KnowsAsWhomTheCallerRuns) {
  AddFunction("system", "exports = () => context.http.get({url: 'http://system'});", true);
  AddFunction("f",
              "exports = async () => { context.http.get({url: 'http://user'});"
              " await context.functions.execute('system'); };");
  Load();
  v1::ExecuteRequest request = FunctionRequest("f");
  request.mutable_user()->set_type(type::v1::User::TYPE_NORMAL);
  uint64_t sequence = worker().Start(request);
  worker::v1::ServiceCall user = worker().WaitForServiceCall();
  worker::v1::ServiceCall system = worker().WaitForServiceCall();
  EXPECT_FALSE(user.as_system());
  EXPECT_TRUE(system.as_system());
  worker().Send(Result(user, "{}"));
  worker().Send(Result(system, "{}"));
  EXPECT_TRUE(worker().Wait(sequence).has_returned());
}

}  // namespace
}  // namespace overlock::executor
