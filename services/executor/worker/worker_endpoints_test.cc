// What HTTPS endpoints get and what they answer, where it is not what webhooks do.
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/executor/worker/worker_test_fixture.h"

namespace overlock::executor {
namespace {

using testing::HasSubstr;
using v1::Failure;

class WorkerEndpointsTest : public WorkerTest {
 protected:
  // The endpoint GET /route/a, whose function is `folder/f`.
  config::v1::ExecutorView::Endpoint& AddEndpoint(const std::string& source) {
    view_.clear_functions();
    view_.clear_endpoints();
    AddFunction("folder/f", source);
    auto& endpoint = *view_.add_endpoints();
    endpoint.mutable_name()->set_route("/route/a");
    endpoint.mutable_name()->set_method("GET");
    endpoint.set_function_name("folder/f");
    endpoint.set_respond_result(true);
    return endpoint;
  }
  v1::ExecuteRequest EndpointRequest(const std::string& body = "", const std::string& query = "") {
    v1::ExecuteRequest request = HookRequest(body, query);
    request.mutable_endpoint()->set_route("/route/a");
    request.mutable_endpoint()->set_method("GET");
    request.mutable_request()->set_webhook_url("/route/a");
    return request;
  }
  v1::ExecuteResponse RunEndpoint(const std::string& source, const std::string& accept = "") {
    AddEndpoint(source);
    Load();
    v1::ExecuteRequest request = EndpointRequest();
    if (!accept.empty()) AddHeader(request, "Accept", accept);
    return worker().Execute(request);
  }
  v1::ExecuteResponse RunQuietEndpoint(const std::string& source) {
    AddEndpoint(source).set_respond_result(false);
    Load();
    return worker().Execute(EndpointRequest());
  }
};

TEST_F(WorkerEndpointsTest, BuildsTheHttpPayload) {
  AddEndpoint("exports = (p) => [p.query, p.headers, p.body && p.body.text()];");
  Load();
  v1::ExecuteRequest request = EndpointRequest("a=form&text=hi+there", "a=1&a=2&b=%41");
  AddHeader(request, "Host", "example.com");
  AddHeader(request, "Content-Type", "application/x-www-form-urlencoded");
  EXPECT_EQ(worker().Execute(request).response().body(),
            R"([{"a":"form","text":"hi there","b":"A"},{"Content-Type":["application/x-www-form-urlencoded"]},)"
            R"("a=form&text=hi+there"])");
  EXPECT_EQ(worker().Execute(EndpointRequest()).response().body(), R"([{},{},{"$undefined":true}])");
}

TEST_F(WorkerEndpointsTest, HasTheRouteAndNoServiceInTheContext) {
  std::string body =
      RunEndpoint("exports = () => [context.request.webhookUrl, context.request.service, context.request.action];")
          .response()
          .body();
  EXPECT_EQ(body, R"(["/route/a","",""])");
}

TEST_F(WorkerEndpointsTest, WritesTheResultAsConfiguredOrAsTheRequestAsks) {
  const std::string source = "exports = () => ({n: 1, at: new Date(5)});";
  const std::string ejson = R"({"n":{"$numberInt":"1"},"at":{"$date":{"$numberLong":"5"}}})";
  const std::string json = R"({"n":1,"at":"1970-01-01T00:00:00.005Z"})";
  v1::ExecuteResponse response = RunEndpoint(source);
  EXPECT_EQ(response.response().status(), 200);
  EXPECT_EQ(response.response().body(), ejson);
  EXPECT_EQ(HeaderOf(response, "Content-Type"), "application/json");
  response = RunEndpoint(source, "application/json, text/plain, */*");
  EXPECT_EQ(response.response().body(), json);
  EXPECT_EQ(HeaderOf(response, "Content-Type"), "application/json");
  AddEndpoint(source).set_return_type(config::v1::RETURN_TYPE_JSON);
  Load();
  v1::ExecuteRequest request = EndpointRequest();
  EXPECT_EQ(worker().Execute(request).response().body(), json);
  AddHeader(request, "Accept", "application/ejson");
  EXPECT_EQ(worker().Execute(request).response().body(), ejson);
}

// Webhooks leave the result out as soon as a setter was called (spec section 8.1).
TEST_F(WorkerEndpointsTest, SendsTheResultUnlessTheFunctionSetABody) {
  struct {
    const char* source;
    int status;
    const char* body;
    const char* type;
  } const rows[] = {
      {"exports = (p, r) => { r.setStatusCode(201); return 'Hello world'; };", 201, "\"Hello world\"",
       "application/json"},
      {"exports = async (p, r) => { r.setHeader('X-A', 'b'); return {a: 'b'}; };", 200, R"({"a":"b"})",
       "application/json"},
      {"exports = (p, r) => { r.setHeader('content-type', 'text/x'); return 'x'; };", 200, "\"x\"", "(none)"},
      {"exports = (p, r) => { r.setStatusCode(201).setBody('own'); return 'x'; };", 201, "own",
       "text/plain; charset=utf-8"},
      {"exports = (p, r) => { r.setBody(''); return 'x'; };", 200, "", "(none)"},
      {"exports = (p, r) => { r.setBody(undefined); return 'x'; };", 200, "", "(none)"},
      {"exports = (p, r) => { r.setStatusCode(404); };", 404, "", "(none)"},
      {"exports = (p, r) => { r.setStatusCode(404); return null; };", 404, "null", "application/json"},
      {"exports = (p, r) => r.setStatusCode(302).setHeader('Location', '/x');", 302, "", "(none)"},
      {"exports = (p, r) => r;", 200, "", "(none)"},
      {"exports = () => {};", 200, "", "(none)"},
      {"exports = () => null;", 200, "null", "application/json"},
      {"exports = (p, r) => { setTimeout(() => r.setStatusCode(202), 1); return 'x'; };", 202, "\"x\"",
       "application/json"},
  };
  for (const auto& row : rows) {
    v1::ExecuteResponse response = RunEndpoint(row.source);
    EXPECT_EQ(response.response().status(), row.status) << row.source << response.ShortDebugString();
    EXPECT_EQ(response.response().body(), row.body) << row.source;
    EXPECT_EQ(HeaderOf(response, "Content-Type"), row.type) << row.source;
  }
}

TEST_F(WorkerEndpointsTest, AnswersNoContentWhereTheResultIsNotSentButCountsSetters) {
  struct {
    const char* source;
    int status;
    const char* body;
  } const rows[] = {
      {"exports = () => 'x';", 204, ""},
      {"exports = (p, r) => { r.setHeader('X-A', 'b'); return 'x'; };", 204, ""},
      {"exports = (p, r) => { r.setStatusCode(200); return 'x'; };", 200, ""},
      {"exports = (p, r) => { r.setBody('own'); return 'x'; };", 200, "own"},
      {"exports = (p, r) => { r.setStatusCode(201).setBody('own'); };", 201, "own"},
  };
  for (const auto& row : rows) {
    v1::ExecuteResponse response = RunQuietEndpoint(row.source);
    EXPECT_EQ(response.response().status(), row.status) << row.source << response.ShortDebugString();
    EXPECT_EQ(response.response().body(), row.body) << row.source;
  }
  EXPECT_EQ(HeaderOf(RunQuietEndpoint(rows[1].source), "X-A"), "b");
  EXPECT_EQ(RunQuietEndpoint(rows[0].source).response().headers_size(), 0);
}

TEST_F(WorkerEndpointsTest, FailsAsTheFunctionDoes) {
  v1::ExecuteResponse response = RunEndpoint("exports = () => { throw new TypeError('no'); };");
  EXPECT_EQ(response.failure().kind(), Failure::KIND_THREW);
  EXPECT_EQ(response.failure().message(), "TypeError: no");
  EXPECT_THAT(response.failure().stack(), HasSubstr("functions/folder/f/source.js:1"));
  EXPECT_EQ(RunEndpoint("exports = 1;").failure().kind(), Failure::KIND_SYNTAX_ERROR);
  response = RunEndpoint("exports = () => { const o = {}; o.o = o; return o; };", "application/json");
  EXPECT_EQ(response.failure().kind(), Failure::KIND_THREW);
  EXPECT_EQ(RunEndpoint("exports = () => 'x'.repeat(19 << 20);").failure().kind(), Failure::KIND_ANSWER_SIZE_LIMIT);
  EXPECT_EQ(RunEndpoint("exports = (p, r) => { r.setStatusCode(200); return 'x'.repeat(19 << 20); };").failure().kind(),
            Failure::KIND_ANSWER_SIZE_LIMIT);
}

TEST_F(WorkerEndpointsTest, NamesTheFileOfTheApplicationsLayout) {
  view_.set_config_version(20210101);
  EXPECT_THAT(RunEndpoint("exports = () => { throw new TypeError('no'); };").failure().stack(),
              HasSubstr("functions/folder/f.js:1"));
}

TEST_F(WorkerEndpointsTest, SharesItsContextWithItsFunction) {
  AddEndpoint("let n = 0; exports = () => ++n;").set_return_type(config::v1::RETURN_TYPE_JSON);
  auto& second = *view_.add_endpoints();
  second = view_.endpoints(0);
  second.mutable_name()->set_method("*");
  second.set_return_type(config::v1::RETURN_TYPE_EJSON);
  AddFunction("g", "exports = () => context.functions.execute('folder/f');");
  Load();
  v1::ExecuteRequest request = EndpointRequest();
  EXPECT_EQ(worker().Execute(request).response().body(), "1");
  request.mutable_endpoint()->set_method("*");
  EXPECT_EQ(worker().Execute(request).response().body(), R"({"$numberInt":"2"})");
  EXPECT_EQ(worker().Execute(FunctionRequest("g")).returned().value_ejson(), R"({"$numberInt":"3"})");
}

TEST_F(WorkerEndpointsTest, RunsTheScriptOfItsFunctionWithThePayload) {
  AddEndpoint("exports = () => 1;");
  view_.mutable_functions(0)->set_run_as_script_source("exports = (p) => [p.query.who, context.request.webhookUrl];");
  Load();
  v1::ExecuteRequest request = EndpointRequest("", "who=me");
  type::v1::EndpointName name = request.endpoint();
  *request.mutable_endpoint_run_as_script() = name;
  EXPECT_EQ(worker().Execute(request).returned().value_ejson(), R"(["me","/route/a"])");
}

TEST_F(WorkerEndpointsTest, WritesStandardJsonWhateverTheFunctionReplaced) {
  v1::ExecuteResponse response = RunEndpoint(
      "exports = () => { Date.prototype.toISOString = () => 'bad'; Number.isFinite = () => false; JSON.stringify = 0; "
      "Object.keys = () => []; return {n: 1.5, at: new Date(5), big: Infinity}; };",
      "application/json");
  EXPECT_EQ(response.response().body(), R"({"n":1.5,"at":"1970-01-01T00:00:00.005Z","big":null})");
}

}  // namespace
}  // namespace overlock::executor
