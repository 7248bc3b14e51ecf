#include "common/telemetry/otlp_json.h"

#include <limits>

#include "common/ejson/parse.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace overlock {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::unique_ptr<SpanData> MakeSpan(std::string_view scope, std::string name) {
  auto span = std::make_unique<SpanData>();
  span->scope = scope;
  span->name = std::move(name);
  span->context = *TraceContext::FromTraceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
  span->start = absl::FromUnixNanos(1'544'712'660'000'000'001);
  span->end = absl::FromUnixNanos(1'544'712'661'000'000'002);
  return span;
}

TEST(OtlpJsonTest, WritesWhatTheProtocolAsksFor) {
  std::vector<std::unique_ptr<SpanData>> spans;
  spans.push_back(MakeSpan("overlock.b", "GET /hook"));
  spans[0]->kind = SpanKind::kServer;
  spans[0]->parent_span_id = {0xee, 0xe1, 0x9b, 0x7e, 0xc3, 0xc1, 0xb1, 0x74};
  spans[0]->parent_is_remote = true;
  spans[0]->attributes = {
      {"text", std::string("a\"b")}, {"count", int64_t{9007199254740993}}, {"half", 0.5}, {"ok", true}};
  spans[0]->failed = true;
  spans.push_back(MakeSpan("overlock.a", "first"));
  spans.push_back(MakeSpan("overlock.b", "second"));
  EXPECT_EQ(
      ToOtlpJson({{"service.name", "edge"}}, spans),
      R"({"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"edge"}}]},)"
      R"("scopeSpans":[{"scope":{"name":"overlock.a"},"spans":[)"
      R"({"traceId":"4bf92f3577b34da6a3ce929d0e0e4736","spanId":"00f067aa0ba902b7","flags":257,"name":"first",)"
      R"("kind":1,"startTimeUnixNano":"1544712660000000001","endTimeUnixNano":"1544712661000000002","attributes":[]}]},)"
      R"({"scope":{"name":"overlock.b"},"spans":[)"
      R"({"traceId":"4bf92f3577b34da6a3ce929d0e0e4736","spanId":"00f067aa0ba902b7","parentSpanId":"eee19b7ec3c1b174",)"
      R"("flags":769,"name":"GET /hook","kind":2,"startTimeUnixNano":"1544712660000000001",)"
      R"("endTimeUnixNano":"1544712661000000002","attributes":[{"key":"text","value":{"stringValue":"a\"b"}},)"
      R"({"key":"count","value":{"intValue":"9007199254740993"}},{"key":"half","value":{"doubleValue":0.5}},)"
      R"({"key":"ok","value":{"boolValue":true}}],"status":{"code":2}},)"
      R"({"traceId":"4bf92f3577b34da6a3ce929d0e0e4736","spanId":"00f067aa0ba902b7","flags":257,"name":"second",)"
      R"("kind":1,"startTimeUnixNano":"1544712660000000001","endTimeUnixNano":"1544712661000000002","attributes":[]}]}]}]})");
}

TEST(OtlpJsonTest, WritesOnlyUtf8) {
  std::vector<std::unique_ptr<SpanData>> spans;
  // A lone byte, a surrogate, an overlong slash, the end of a character missing; and right ones of one to four bytes.
  spans.push_back(MakeSpan("s", "\xff|\xed\xa0\x80|\xc0\xaf|\x01|\u00e9\u20ac\U0001f600|\xe2\x82"));
  std::string json = ToOtlpJson({}, spans);
  EXPECT_TRUE(ejson::Parse(json).ok()) << json;
  EXPECT_THAT(
      json,
      HasSubstr("\"name\":\"\ufffd|\ufffd\ufffd\ufffd|\ufffd\ufffd|\\u0001|\u00e9\u20ac\U0001f600|\ufffd\ufffd\""));
}

TEST(OtlpJsonTest, LeavesOutWhatJsonCannotHold) {
  std::vector<std::unique_ptr<SpanData>> spans;
  spans.push_back(MakeSpan("s", "n"));
  spans[0]->attributes = {{"number", std::numeric_limits<double>::infinity()}};
  EXPECT_TRUE(ejson::Parse(ToOtlpJson({}, spans)).ok());
}

TEST(OtlpJsonTest, ReadsHowManySpansWereRefused) {
  EXPECT_EQ(RejectedSpans(R"({"partialSuccess":{"rejectedSpans":"3","errorMessage":"too old"}})"), 3);
  EXPECT_EQ(RejectedSpans(R"({"partialSuccess":{"rejectedSpans":2}})"), 2);
  for (const char* none : {"", "{}", "[]", "ok", R"({"partialSuccess":{}})", R"({"partialSuccess":7})",
                           R"({"partialSuccess":{"rejectedSpans":"many"}})"}) {
    EXPECT_EQ(RejectedSpans(none), 0) << none;
  }
}

}  // namespace
}  // namespace overlock
