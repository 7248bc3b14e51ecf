// What webhooks get and what they answer.
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/executor/worker/worker_test_fixture.h"

namespace overlock::executor {
namespace {

using testing::StartsWith;
using v1::Failure;

// ---- Payloads (spec section 7).

TEST_F(WorkerTest, BuildsTheHttpPayload) {
  AddWebhook("exports = (p) => [p.query, p.headers, p.body.text(), p.body.toHex(), p.body.toBase64(), p.body];");
  Load();
  v1::ExecuteRequest request = HookRequest("Hi", "b=2&a=1&a=x&c&d=%41+%C3%BC%2&__proto__=p");
  AddHeader(request, "Host", "example.com");
  AddHeader(request, "X-Tag", "one");
  AddHeader(request, "X-Tag", "two");
  EXPECT_EQ(worker().Execute(request).response().body(),
            "[{\"b\":\"2\",\"a\":\"1\",\"c\":\"\",\"d\":\"A \xc3\xbc%2\",\"__proto__\":\"p\"},"
            R"({"X-Tag":["one","two"]},"Hi","4869","SGk=",{"$binary":{"base64":"SGk=","subType":"00"}}])");
}

TEST_F(WorkerTest, LeavesTheBodyUndefinedWhenThereIsNone) {
  EXPECT_EQ(RunHook("exports = (p) => [p.body === undefined, Object.keys(p)];").response().body(),
            R"([true,["query","headers"]])");
}

TEST_F(WorkerTest, KeepsABinaryBodyByteForByte) {
  std::string body("\xff\x00\x80z", 4);
  v1::ExecuteResponse response = RunHook("exports = (p, r) => { r.setBody(p.body); };", body);
  EXPECT_EQ(response.response().body(), body);
  EXPECT_EQ(HeaderOf(response, "Content-Type"), "application/octet-stream");
}

TEST_F(WorkerTest, DecodesAUtf8Body) {
  EXPECT_EQ(RunHook("exports = (p) => p.body.text();", "gr\xc3\xbc\xc3\x9f").response().body(),
            "\"gr\xc3\xbc\xc3\x9f\"");
}

TEST_F(WorkerTest, LetsAsciiBodiesBeWrittenTo) {
  EXPECT_EQ(
      RunHook("exports = (p) => { p.body.buffer[0] = 65; p.body.put(66); return [p.body.text(), p.body.length()]; };",
              "xyz")
          .response()
          .body(),
      R"(["AyzB",{"$numberInt":"4"}])");
}

TEST_F(WorkerTest, ReadsLargeBodiesInSharedMemoryAndThoseThatHaveNoRoomThere) {
  AddWebhook(
      "exports = ({body}) => `${body.length()} ${body.buffer.every((b) => b === body.buffer[0])} ${body.buffer[0]}`;");
  Load();
  std::vector<uint64_t> sequences;
  for (int n = 0; n < 40; ++n) {
    // Every second one is no text, every tenth never has room.
    const size_t bytes = n % 10 == 0 ? kBodyRingBytes + 1 : 100'000;
    sequences.push_back(worker().Start(HookRequest(std::string(bytes, static_cast<char>((n % 2) * 0x80 + n)))));
  }
  for (int n = 0; n < 40; ++n) {
    EXPECT_EQ(worker().Wait(sequences[static_cast<size_t>(n)]).response().body(),
              absl::StrCat("\"", n % 10 == 0 ? kBodyRingBytes + 1 : 100'000, " true ", (n % 2) * 0x80 + n, "\""));
  }
  EXPECT_GE(worker().page().bodies.released, kBodyRingBytes / 100'000);
}

TEST_F(WorkerTest, EndsWhereAFrameNamesABodyThatIsNotInTheSharedMemory) {
  EndWorker();
  AddWebhook("exports = (p) => p.body.text();");
  Load();
  worker::v1::ToWorker message;
  worker().page().claim(1) = kPending;
  message.mutable_invoke()->set_sequence(1);
  *message.mutable_invoke()->mutable_request() = HookRequest();
  message.mutable_invoke()->mutable_shared_body()->set_offset(kBodyRingBytes - 10);
  message.mutable_invoke()->mutable_shared_body()->set_bytes(11);
  worker().Send(message);
  EXPECT_FALSE(worker().Receive().has_value());
  EndWorker();
}

TEST_F(WorkerTest, MergesFormFieldsIntoTheQuery) {
  AddWebhook("exports = (p) => [p.query, p.body.text()];");
  Load();
  v1::ExecuteRequest request = HookRequest("text=hi+there&a=form", "a=url&q=1");
  AddHeader(request, "Content-Type", "application/x-www-form-urlencoded; charset=utf-8");
  EXPECT_EQ(worker().Execute(request).response().body(),
            R"([{"text":"hi there","a":"form","q":"1"},"text=hi+there&a=form"])");
}

TEST_F(WorkerTest, GivesGithubHooksTheParsedBody) {
  AddWebhook("exports = (p) => [p.action, p.number];", type::v1::SERVICE_TYPE_GITHUB);
  Load();
  EXPECT_EQ(worker().Execute(HookRequest(R"({"action":"opened","number":7})")).response().body(),
            R"(["opened",{"$numberInt":"7"}])");
  v1::ExecuteRequest form = HookRequest("payload=%7B%22action%22%3A%22closed%22%7D");
  AddHeader(form, "Content-Type", "application/x-www-form-urlencoded");
  EXPECT_EQ(worker().Execute(form).response().body(), R"(["closed",{"$undefined":true}])");
  v1::ExecuteResponse bad = worker().Execute(HookRequest("{"));
  EXPECT_EQ(bad.failure().kind(), Failure::KIND_BAD_PAYLOAD);
  EXPECT_THAT(bad.failure().message(), StartsWith("SyntaxError"));
}

TEST_F(WorkerTest, GivesTwilioHooksTheFlatForm) {
  AddWebhook("exports = (p) => p;", type::v1::SERVICE_TYPE_TWILIO);
  Load();
  EXPECT_EQ(worker().Execute(HookRequest("From=%2B15551234&Body=Hello%20you")).response().body(),
            R"({"From":"+15551234","Body":"Hello you"})");
}

// ---- The response object (spec section 8.1).

TEST_F(WorkerTest, AnswersWithWhatTheSettersSay) {
  v1::ExecuteResponse response = RunHook(
      "exports = (p, r) => { r.setStatusCode(201).setHeader('X-A', 1).addHeader('X-B', 'b').addHeader('X-B', 'c')"
      ".setHeader('x-a', 'two').setBody('done'); return 'ignored'; };");
  EXPECT_EQ(response.response().status(), 201);
  EXPECT_EQ(response.response().body(), "done");
  EXPECT_EQ(HeaderOf(response, "x-a"), "two");
  EXPECT_EQ(HeaderOf(response, "X-A"), "(none)");
  EXPECT_EQ(HeaderOf(response, "Content-Type"), "text/plain; charset=utf-8");
  EXPECT_EQ(response.response().headers_size(), 4);
}

TEST_F(WorkerTest, ToleratesWhatRealHooksGiveTheSetters) {
  struct {
    const char* source;
    int status;
    const char* body;
    const char* type;
  } const rows[] = {
      {"exports = (p, r) => r.setBody('{}').setHeader('Content-Type', ['application/json']);", 200, "{}",
       "application/json"},
      {"exports = (p, r) => { r.setBody(BSON.ObjectId('5e5d6f3c9b1e8a3f4c2d1b0a')); };", 200,
       "5e5d6f3c9b1e8a3f4c2d1b0a", "text/plain; charset=utf-8"},
      {"exports = (p, r) => { r.setBody(new Error('sorry')); };", 200, "Error: sorry", "text/plain; charset=utf-8"},
      {"exports = (p, r) => { r.setBody('<!DOCTYPE html><p>x</p>'); };", 200, "<!DOCTYPE html><p>x</p>",
       "text/html; charset=utf-8"},
      {"exports = (p, r) => { r.setStatusCode('404'); return {a: 1}; };", 404, "", "(none)"},
      {"exports = (p, r) => r;", 200, "", "(none)"},
      {"exports = () => {};", 200, "", "(none)"},
      {"exports = () => null;", 200, "null", "application/json"},
      {"exports = () => ({a: 'b'});", 200, R"({"a":"b"})", "application/json"},
  };
  for (const auto& row : rows) {
    v1::ExecuteResponse response = RunHook(row.source);
    EXPECT_EQ(response.response().status(), row.status) << row.source << response.ShortDebugString();
    EXPECT_EQ(response.response().body(), row.body) << row.source;
    EXPECT_EQ(HeaderOf(response, "Content-Type"), row.type) << row.source;
  }
}

TEST_F(WorkerTest, CountsSettersButNotTheResultWhenItIsNotSent) {
  AddWebhook("exports = (p, r) => { if (p.query.set) r.setStatusCode(202); return {a: 1}; };")
      .set_respond_result(false);
  Load();
  v1::WebhookResponse plain = worker().Execute(HookRequest()).response();
  EXPECT_EQ(plain.status(), 200);
  EXPECT_EQ(plain.body(), "");
  EXPECT_EQ(worker().Execute(HookRequest("", "set=1")).response().status(), 202);
}

TEST_F(WorkerTest, RefusesHeadersThatWouldSplitTheAnswer) {
  v1::ExecuteResponse response = RunHook("exports = (p, r) => { r.setHeader('X-A', 'a\\r\\nX-B: b'); };");
  EXPECT_EQ(response.failure().kind(), Failure::KIND_THREW);
  EXPECT_THAT(response.failure().message(), StartsWith("TypeError: setHeader"));
}

TEST_F(WorkerTest, RefusesAnAnswerThatIsTooLarge) {
  v1::ExecuteResponse response = RunHook("exports = (p, r) => { r.setBody('x'.repeat(19 << 20)); };");
  EXPECT_EQ(response.failure().kind(), Failure::KIND_ANSWER_SIZE_LIMIT);
}

}  // namespace
}  // namespace overlock::executor
