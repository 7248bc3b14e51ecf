#include "common/telemetry/span_exporter.h"

#include <atomic>
#include <chrono>
#include <future>

#include "common/http_client/http_client_fixture.h"
#include "common/telemetry/log.h"
#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace overlock {
namespace {

using http::Server;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::StartsWith;

std::string Status(const std::string& status, const std::string& body = "{}") {
  return absl::StrCat("HTTP/1.1 ", status, "\r\nContent-Length: ", body.size(), "\r\n\r\n", body);
}

// May be given several times.
class Signal {
 public:
  void Give() {
    if (!given_.exchange(true)) promise_.set_value();
  }
  bool Wait() { return future_.wait_for(std::chrono::seconds(30)) == std::future_status::ready; }

 private:
  std::atomic<bool> given_ = false;
  std::promise<void> promise_;
  std::future<void> future_ = promise_.get_future();
};

// The exporter may take what is recorded one by one, or all at once: tests that count batches record one span.
class SpanExporterTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { log::Init(log::Level::kOff, "test"); }

  void Start(const std::string& url) {
    options_.url = url;
    options_.resource = {{"service.name", "test"}};
    options_.first_pause = absl::Milliseconds(1);
    auto exporter = SpanExporter::Start(options_, metrics_);
    ASSERT_THAT(exporter, IsOk());
    exporter_ = *std::move(exporter);
  }
  void Record(int spans) {
    for (int i = 0; i < spans; ++i) {
      auto span = std::make_unique<SpanData>();
      span->scope = "test";
      span->name = absl::StrCat("span ", i);
      exporter_->recorder().Record(std::move(span));
    }
  }
  // Ends the exporter, which sends what is left.
  void Stop() { exporter_ = nullptr; }
  double Spans(const std::string& outcome) {
    const std::string text = metrics_.Serialize();
    const std::string sample = absl::StrCat("overlock_trace_spans_total{outcome=\"", outcome, "\"} ");
    const size_t at = text.find(sample);
    return at == text.npos ? -1 : std::stod(text.substr(at + sample.size()));
  }
  static size_t CountSpans(const std::vector<std::string>& requests) {
    size_t count = 0;
    for (const std::string& request : requests) {
      for (size_t at = 0; (at = request.find("\"spanId\"", at)) != request.npos; ++at) ++count;
    }
    return count;
  }

  Metrics metrics_;
  SpanExporterOptions options_;
  std::unique_ptr<SpanExporter> exporter_;
};

TEST_F(SpanExporterTest, PostsBatchesAsJson) {
  Server collector([](const std::string&) { return Status("200 OK"); });
  options_.headers = {{"X-Api-Key", "open"}};
  options_.batch_spans_max = 2;
  Start(absl::StrCat("http://127.0.0.1:", collector.port()));
  Record(5);
  Stop();
  std::vector<std::string> requests = collector.requests();
  EXPECT_EQ(CountSpans(requests), 5u);
  EXPECT_GE(requests.size(), 3u);
  for (const std::string& request : requests) {
    EXPECT_LE(CountSpans({request}), 2u);
    EXPECT_THAT(request, AllOf(StartsWith("POST /v1/traces HTTP/1.1\r\n"),
                               HasSubstr("Content-Type: application/json\r\n"), HasSubstr("X-Api-Key: open\r\n"),
                               HasSubstr("\r\n\r\n{\"resourceSpans\":[{\"resource\":{\"attributes\":[{\"key\":"
                                         "\"service.name\",\"value\":{\"stringValue\":\"test\"}}]}")));
  }
  EXPECT_EQ(Spans("exported"), 5);
  EXPECT_EQ(Spans("failed"), 0);
}

TEST_F(SpanExporterTest, UsesTheUrlsOwnPath) {
  Server collector([](const std::string&) { return Status("202 Accepted"); });
  Start(collector.url("/otlp/v1/traces?tenant=a"));
  Record(1);
  Stop();
  ASSERT_THAT(collector.requests(), SizeIs(1));
  EXPECT_THAT(collector.requests()[0], StartsWith("POST /otlp/v1/traces?tenant=a HTTP/1.1\r\n"));
}

TEST_F(SpanExporterTest, SendsABatchWhenItIsFull) {
  Signal full;
  std::atomic<size_t> spans = 0;
  Server collector([&](const std::string& request) {
    spans += CountSpans({request});
    if (spans >= 4) full.Give();
    return Status("200 OK");
  });
  options_.batch_spans_max = 4;
  options_.interval = absl::Hours(1);
  Start(collector.url());
  Record(8);
  EXPECT_TRUE(full.Wait());
}

TEST_F(SpanExporterTest, TriesAgainWhatACollectorCannotTakeNow) {
  std::atomic<int> tries = 0;
  Signal taken;
  Server collector([&](const std::string&) {
    const int now = ++tries;
    if (now < 3) return Status(now == 1 ? "503 Service Unavailable" : "429 Too Many Requests");
    taken.Give();
    return Status("200 OK");
  });
  options_.batch_spans_max = 1;
  Start(collector.url());
  Record(1);
  ASSERT_TRUE(taken.Wait());
  Stop();
  EXPECT_EQ(tries, 3);
  EXPECT_EQ(Spans("exported"), 1);
  EXPECT_EQ(Spans("failed"), 0);
}

TEST_F(SpanExporterTest, DropsAndCountsWhatIsNeverTaken) {
  std::atomic<int> tries = 0;
  Signal last;
  Server collector([&](const std::string&) {
    if (++tries == 2) last.Give();
    return Status("503 Service Unavailable");
  });
  options_.tries_max = 2;
  options_.batch_spans_max = 1;
  Start(collector.url());
  Record(1);
  ASSERT_TRUE(last.Wait());
  Stop();
  EXPECT_EQ(tries, 2);
  EXPECT_EQ(Spans("failed"), 1);
  EXPECT_EQ(Spans("exported"), 0);
}

TEST_F(SpanExporterTest, DoesNotTryAgainWhatIsRefusedForGood) {
  Server collector([](const std::string&) { return Status("401 Unauthorized"); });
  Start(collector.url());
  Record(1);
  Stop();
  EXPECT_THAT(collector.requests(), SizeIs(1));
  EXPECT_EQ(Spans("failed"), 1);
}

TEST_F(SpanExporterTest, CountsWhatTheCollectorRefusesOfABatch) {
  Server collector([](const std::string&) { return Status("200 OK", R"({"partialSuccess":{"rejectedSpans":"7"}})"); });
  Start(collector.url());
  Record(1);
  Stop();
  EXPECT_EQ(Spans("exported"), 0);
  EXPECT_EQ(Spans("rejected"), 1) << "not more than it was sent";
}

TEST_F(SpanExporterTest, DoesNotWaitForACollectorThatNeverAnswers) {
  Signal came;
  Server collector([&came](const std::string&) {
    came.Give();
    return "";
  });
  options_.batch_spans_max = 1;
  options_.queue_spans_max = 2;
  options_.request_timeout = absl::Hours(1);
  options_.stop_timeout = absl::Milliseconds(1);
  Start(collector.url());
  Record(1);
  ASSERT_TRUE(came.Wait());
  // The first is under way, so these are all that may wait.
  Record(5);
  EXPECT_EQ(Spans("queue_full"), 3);
  Stop();
  EXPECT_EQ(Spans("failed"), 3);
}

TEST_F(SpanExporterTest, SaysWhatIsWrongWithItsOptions) {
  for (const char* url : {"", "collector:4318", "ftp://collector", "http://user:word@collector:4318/v1/traces"}) {
    options_.url = url;
    EXPECT_THAT(SpanExporter::Start(options_, metrics_), StatusIs(absl::StatusCode::kInvalidArgument, "BAD_URL"))
        << url;
  }
  options_.url = "http://127.0.0.1:4318";
  options_.ca_file = "/nowhere.pem";
  EXPECT_THAT(SpanExporter::Start(options_, metrics_), StatusIs(absl::StatusCode::kInvalidArgument, "BAD_CA_FILE"));
}

}  // namespace
}  // namespace overlock
