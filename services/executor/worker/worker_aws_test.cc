// Actions of AWS, seen from the channel: the library in V8, and what leaves the worker.
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/executor/worker/worker_test_fixture.h"

namespace overlock::executor {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class WorkerAwsTest : public WorkerTest {
 protected:
  WorkerAwsTest() {
    auto& service = *view_.add_services();
    service.set_name("cloud");
    service.set_type("aws");
  }
  uint64_t StartFunction(const std::string& source) {
    view_.clear_functions();
    AddFunction("f", source);
    Load();
    return worker().Start(FunctionRequest("f"));
  }
  void Answer(const worker::v1::ServiceCall& call, const std::string& value_ejson, const std::string& body) {
    worker::v1::ToWorker message;
    auto& result = *message.mutable_service_result();
    result.set_sequence(call.sequence());
    result.set_operation(call.operation());
    result.mutable_value()->set_value_ejson(value_ejson);
    result.mutable_value()->set_body(body);
    worker().Send(message);
  }
};

TEST_F(WorkerAwsTest, MakesARequestAndReadsItsAnswer) {
  uint64_t sequence = StartFunction(
      "exports = async () => { const s3 = context.services.get('cloud').s3('eu-west-1');"
      " const r = await s3.PutObject({Bucket: 'b', Key: 'k', Body: BSON.Binary.fromHex('00ff')}); return r.ETag; };");
  worker::v1::ServiceCall call = worker().WaitForServiceCall();
  EXPECT_EQ(call.service(), "cloud");
  EXPECT_EQ(call.action(), "s3:PutObject");
  EXPECT_EQ(call.body(), std::string("\0\xff", 2));
  EXPECT_THAT(call.argument_ejson(),
              AllOf(HasSubstr(R"("region":"eu-west-1")"), HasSubstr(R"("path":"/b/k")"), HasSubstr(R"("method":"PUT")"),
                    HasSubstr(R"("Bucket":"b")"), Not(HasSubstr("amazonaws")), Not(HasSubstr("uthorization"))));
  Answer(call, R"({"statusCode":200,"statusMessage":"OK","headers":{"etag":"\"e\""}})", "");
  EXPECT_EQ(worker().Wait(sequence).returned().value_ejson(), R"("\"e\"")");
}

TEST_F(WorkerAwsTest, ReadsXmlAndErrors) {
  uint64_t sequence = StartFunction(
      "exports = async () => { const ses = context.services.get('cloud').ses();"
      " const send = () => ses.SendEmail({Source: 'a', Destination: {}, Message: {Subject: {Data: 's'}, Body: {}}});"
      " return [(await send()).MessageId, await send().catch(e => e.message)]; };");
  const std::string ok = R"({"statusCode":200,"statusMessage":"OK","headers":{}})";
  Answer(worker().WaitForServiceCall(), ok, "<R><SendEmailResult><MessageId>m</MessageId></SendEmailResult></R>");
  Answer(worker().WaitForServiceCall(),
         R"({"statusCode":400,"statusMessage":"Bad","headers":{"x-amzn-requestid":"q"}})",
         "<R><Error><Code>MessageRejected</Code><Message>no</Message></Error></R>");
  EXPECT_EQ(worker().Wait(sequence).returned().value_ejson(),
            R"(["m","MessageRejected: no\n\tstatus code: 400, request id: q"])");
}

TEST_F(WorkerAwsTest, OpensEveryApiWithinTheLimits) {
  view_.mutable_limits()->mutable_cpu_time_max()->set_seconds(10);
  EXPECT_EQ(Returned("exports = () => { const cloud = context.services.get('cloud'); try { cloud.nope(); }"
                     " catch (error) { const names = error.message.split('there are: ')[1].split(', ');"
                     " for (const name of names) cloud[name](); return names.length > 60; } };"),
            "true");
}

TEST_F(WorkerAwsTest, OneFunctionsPoisonDoesNotReachAnother) {
  AddFunction("poison",
              "exports = async () => { const cloud = context.services.get('cloud'); cloud.s3();"
              " Object.keys = Array.prototype.map = String.prototype.replace = () => { throw 1; };"
              " Object.defineProperty(Object.prototype, 'Bucket', {get: () => 'stolen', configurable: true}); };");
  AddFunction("f", "exports = () => context.services.get('cloud').s3().GetObject({Bucket: 'mine', Key: 'k'});");
  Load();
  EXPECT_TRUE(worker().Execute(FunctionRequest("poison")).has_returned());
  uint64_t sequence = worker().Start(FunctionRequest("f"));
  worker::v1::ServiceCall call = worker().WaitForServiceCall();
  EXPECT_THAT(call.argument_ejson(), HasSubstr(R"("path":"/mine/k")"));
  Answer(call, R"({"statusCode":200,"statusMessage":"OK","headers":{}})", "x");
  EXPECT_TRUE(worker().Wait(sequence).has_returned());
}

}  // namespace
}  // namespace overlock::executor
