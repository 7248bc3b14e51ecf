#include "common/app/trace_flags.h"

#include <string>

#include "absl/flags/reflection.h"
#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace overlock::app {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::IsNull;
using ::testing::Not;
using ::testing::Pair;

class TraceFlagsTest : public ::testing::Test {
 protected:
  static void Set(const std::string& flag, const std::string& value) {
    std::string error;
    ASSERT_TRUE(absl::FindCommandLineFlag(flag)->ParseFrom(value, &error)) << error;
  }
  // The message with which the flags are refused; empty if they are not.
  std::string Refusal() {
    auto exporter = StartSpanExporter("edge", metrics_);
    return exporter.ok() ? "" : std::string(exporter.status().message());
  }

  absl::FlagSaver saver_;
  Metrics metrics_;
};

TEST_F(TraceFlagsTest, AreOffAtFirst) {
  auto exporter = StartSpanExporter("edge", metrics_);
  ASSERT_THAT(exporter, IsOk());
  EXPECT_THAT(*exporter, IsNull());
  EXPECT_THAT(metrics_.Serialize(), Not(HasSubstr("overlock_trace")));
}

TEST_F(TraceFlagsTest, SayWhichOfThemIsWrong) {
  Set("trace_otlp_url", "http://127.0.0.1:4318");
  EXPECT_EQ(Refusal(), "");
  for (const char* ratio : {"-0.1", "1.1", "nan"}) {
    Set("trace_sample_ratio", ratio);
    EXPECT_EQ(Refusal(), "--trace_sample_ratio: must be from 0 to 1") << ratio;
  }
  Set("trace_sample_ratio", "0.5");
  Set("trace_attributes", "k8s.pod.name=edge-0,broken");
  EXPECT_EQ(Refusal(), "--trace_attributes: 'broken': must be name=value");
  Set("trace_attributes", "k8s.pod.name=edge-0");
  Set("trace_otlp_headers_file", "/nowhere");
  EXPECT_EQ(Refusal(), "--trace_otlp_headers_file: /nowhere: cannot be read");
  Set("trace_otlp_headers_file", "");
  Set("trace_otlp_ca", "/nowhere");
  EXPECT_THAT(Refusal(), HasSubstr("--trace_otlp_ca: /nowhere"));
  Set("trace_otlp_ca", "");
  Set("trace_otlp_url", "collector:4318");
  EXPECT_THAT(Refusal(), HasSubstr("--trace_otlp_url: must be a URL"));
}

TEST(HeaderLinesTest, AreHeaders) {
  auto headers = ParseHeaderLines("# of the vendor\nX-Api-Key:  open sesame \r\n\nAuthorization: Bearer a:b");
  ASSERT_THAT(headers, IsOk());
  EXPECT_THAT(*headers, ElementsAre(Pair("X-Api-Key", "open sesame"), Pair("Authorization", "Bearer a:b")));
  EXPECT_THAT(*ParseHeaderLines(""), IsEmpty());
}

TEST(HeaderLinesTest, AreNotRepeatedWhenTheyAreWrong) {
  for (const char* text : {"A: b\nopen sesame", "A: b\nX Key: open sesame", "A: b\nX-Key:",
                           "A: b\nX-Key: open\x01sesame", "A: b\nX-Key: open\xffsesame", "A: b\n: open sesame"}) {
    auto headers = ParseHeaderLines(text);
    EXPECT_THAT(headers, StatusIs(absl::StatusCode::kInvalidArgument, "BAD_HEADERS")) << text;
    EXPECT_THAT(std::string(headers.status().message()), AllOf(HasSubstr("line 2"), Not(HasSubstr("open")))) << text;
  }
}

TEST(AttributesTest, MayHoldAnEqualsSign) {
  auto attributes = ParseAttributes({"a=b=c", "empty="});
  ASSERT_THAT(attributes, IsOk());
  EXPECT_THAT(*attributes, ElementsAre(Pair("a", "b=c"), Pair("empty", "")));
}

}  // namespace
}  // namespace overlock::app
