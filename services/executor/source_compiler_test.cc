#include "services/executor/source_compiler.h"

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <memory>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/post.hpp>

#include "absl/strings/str_cat.h"
#include "common/async/block_on.h"
#include "common/async/event_loops.h"
#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/executor/supervisor/scripted_worker.h"

namespace overlock::executor {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// With a worker that needs no V8 (supervisor/scripted_worker.cc); tests/contract has the real one.
// Parameter: whether the workers are threads.
class SourceCompilerTest : public testing::TestWithParam<bool> {
 protected:
  SourceCompilerTest() {
    options_.worker_binary = OVERLOCK_SCRIPTED_WORKER;
    if (GetParam()) {
      options_.worker_main = [](int fd, StatusPage* page) { return RunScriptedWorker(fd, page, /*in_thread=*/true); };
    }
    std::string pattern = testing::TempDir() + "/compilerXXXXXX";
    directory_ = mkdtemp(pattern.data());
  }
  ~SourceCompilerTest() override {
    if (supervisor_) Stop();
    loops_.Stop();
    std::filesystem::remove_all(directory_);
  }

  SourceCompiler& compiler() {
    if (compiler_) return *compiler_;
    supervisor_ = Supervisor::Make(loops_.Get(0), options_, metrics_);
    supervisor_->Start();
    compiler_ = std::make_unique<SourceCompiler>(supervisor_, metrics_);
    return *compiler_;
  }
  void Stop() {
    std::promise<void> stopped;
    boost::asio::post(loops_.Get(0), [&] {
      supervisor_->StopOnLoop();
      stopped.set_value();
    });
    stopped.get_future().wait();
  }

  static v1::CompileRequest Request(const std::vector<std::string>& sources) {
    v1::CompileRequest request;
    for (const std::string& source : sources) request.add_sources()->set_source(source);
    return request;
  }
  absl::StatusOr<v1::CompileResponse> Compile(v1::CompileRequest request, CallContext call = {}) {
    return BlockOn(compiler().Compile(std::move(request), std::move(call)));
  }
  // "INDEX MESSAGE" for each problem.
  std::vector<std::string> Problems(const std::vector<std::string>& sources) {
    absl::StatusOr<v1::CompileResponse> response = Compile(Request(sources));
    if (!response.ok()) return {response.status().ToString()};
    std::vector<std::string> problems;
    for (const auto& problem : response->problems()) {
      problems.push_back(absl::StrCat(problem.source_index(), " ", problem.message()));
    }
    return problems;
  }

  std::string File(const std::string& name) const { return absl::StrCat(directory_, "/", name); }
  // How many sources there were beside each that was traced there.
  std::vector<std::string> Trace(const std::string& name) const {
    std::vector<std::string> lines;
    std::ifstream file(File(name));
    for (std::string line; std::getline(file, line);) lines.push_back(line);
    return lines;
  }
  uint64_t Counted(const std::string& outcome) {
    return metrics_.GetCounter("overlock_executor_compiled_sources_total", "", {{"outcome", outcome}}).value();
  }

  SupervisorOptions options_;
  std::string directory_;
  Metrics metrics_;
  EventLoops loops_{1};
  std::shared_ptr<Supervisor> supervisor_;
  std::unique_ptr<SourceCompiler> compiler_;
};

TEST_P(SourceCompilerTest, NamesOnlyTheSourcesThatDoNotCompile) {
  EXPECT_THAT(Problems({"a", "bad 1", "b", "bad 2"}), ElementsAre("1 SyntaxError: bad 1", "3 SyntaxError: bad 2"));
  EXPECT_THAT(Problems({"a"}), IsEmpty());
  EXPECT_EQ(Counted("ok"), 3);
  EXPECT_EQ(Counted("syntax_error"), 2);
  EXPECT_EQ(Counted("limit"), 0);
}

TEST_P(SourceCompilerTest, ARequestWithoutSourcesHasNoProblem) { EXPECT_THAT(Problems({}), IsEmpty()); }

TEST_P(SourceCompilerTest, SendsManySourcesInBatches) {
  std::vector<std::string> sources(250, absl::StrCat("trace ", File("trace")));
  sources[99] = sources[100] = sources[249] = "bad";
  EXPECT_THAT(Problems(sources), ElementsAre("99 SyntaxError: bad", "100 SyntaxError: bad", "249 SyntaxError: bad"));
  std::vector<std::string> expected(99, "100");
  expected.insert(expected.end(), 99, "100");
  expected.insert(expected.end(), 49, "50");
  EXPECT_EQ(Trace("trace"), expected);
}

TEST_P(SourceCompilerTest, ABatchIsNoLargerThanTheLargestSource) {
  std::string trace = absl::StrCat("trace ", File("trace"));
  EXPECT_THAT(Problems({trace, std::string(1 << 20, 'x'), trace, std::string(900 << 10, 'x'), trace}), IsEmpty());
  EXPECT_THAT(Trace("trace"), ElementsAre("1", "3", "3"));
}

TEST_P(SourceCompilerTest, ASourceThatEndsItsWorkerIsAProblemOfThatSourceAlone) {
  EXPECT_THAT(Problems({"a", "bad", "abort", "b"}),
              ElementsAre("1 SyntaxError: bad", HasSubstr("2 could not be compiled within the limits: it took more")));
  EXPECT_EQ(Counted("ok"), 2);
  EXPECT_EQ(Counted("syntax_error"), 1);
  EXPECT_EQ(Counted("limit"), 1);
  EXPECT_THAT(Problems({"abort"}), ElementsAre(HasSubstr("0 could not be compiled within the limits")));
  EXPECT_THAT(Problems({"a"}), IsEmpty()) << "others are compiled as before";
}

TEST_P(SourceCompilerTest, ASourceThatKeepsItsWorkerIsAProblemOfThatSourceAlone) {
  EXPECT_THAT(Problems({"a", "spin"}),
              ElementsAre("1 could not be compiled within the limits: it took more than 2 s of processor time"));
}

TEST_P(SourceCompilerTest, AWorkerThatIsKilledMeanwhileChangesNothing) {
  if (GetParam()) GTEST_SKIP() << "nobody can kill a thread";
  EXPECT_THAT(Problems({"a", absl::StrCat("once ", File("killed")), "bad"}), ElementsAre("2 SyntaxError: bad"));
  EXPECT_THAT(Trace("killed"), ElementsAre(""));
}

TEST_P(SourceCompilerTest, TriesNoMoreSourcesWhenMuchHasComeToALimit) {
  std::vector<std::string> sources(12, "abort");
  sources.push_back(absl::StrCat("trace ", File("trace")));
  std::vector<std::string> problems = Problems(sources);
  ASSERT_EQ(problems.size(), 13);
  EXPECT_THAT(problems[9], HasSubstr("it took more"));
  EXPECT_EQ(problems[10], "10 could not be compiled within the limits: too many other sources came to them");
  EXPECT_THAT(Trace("trace"), IsEmpty());
}

TEST_P(SourceCompilerTest, DoesNotBelieveAWorkerThatNamesOtherSources) {
  EXPECT_THAT(Compile(Request({"forge"})), StatusIs(absl::StatusCode::kInternal, "WORKER_PROTOCOL"));
  EXPECT_THAT(Compile(Request({"forge", "bad"})), StatusIs(absl::StatusCode::kInternal, "WORKER_PROTOCOL"));
}

TEST_P(SourceCompilerTest, RefusesTooManySources) {
  EXPECT_THAT(Problems(std::vector<std::string>(5'000)), IsEmpty());
  EXPECT_THAT(Compile(Request(std::vector<std::string>(5'001))),
              StatusIs(absl::StatusCode::kInvalidArgument, "TOO_MANY_SOURCES"));
}

TEST_P(SourceCompilerTest, RefusesASourceThatIsTooLarge) {
  EXPECT_THAT(Problems({std::string(1 << 20, 'x')}), IsEmpty());
  absl::StatusOr<v1::CompileResponse> response = Compile(Request({"a", std::string((1 << 20) + 1, 'x')}));
  EXPECT_THAT(response, StatusIs(absl::StatusCode::kInvalidArgument, "SOURCE_TOO_LARGE"));
  EXPECT_THAT(response.status().message(), HasSubstr("sources[1].source: 1048577 bytes, at most 1048576"));
}

TEST_P(SourceCompilerTest, RefusesTooManyBytesNamesIncluded) {
  std::vector<std::string> sources(16, std::string(1 << 20, 'x'));
  EXPECT_THAT(Problems(sources), IsEmpty());
  v1::CompileRequest request = Request(sources);
  request.mutable_sources(3)->set_name("n");
  EXPECT_THAT(Compile(request), StatusIs(absl::StatusCode::kInvalidArgument, "REQUEST_TOO_LARGE"));
}

TEST_P(SourceCompilerTest, RefusesWhatIsNotUtf8) {
  EXPECT_THAT(Compile(Request({"a", "'\xff'"})), StatusIs(absl::StatusCode::kInvalidArgument, "SOURCE_NOT_UTF8"));
}

TEST_P(SourceCompilerTest, SaysWhenTheTimeWasNotEnough) {
  CallContext call;
  call.deadline = absl::Now() - absl::Seconds(1);
  EXPECT_THAT(Compile(Request({"a"}), call), StatusIs(absl::StatusCode::kDeadlineExceeded, "DEADLINE_EXCEEDED"));
}

TEST_P(SourceCompilerTest, SaysUnavailableWhenTooMuchWaits) {
  options_.app_queue_items_max = 0;
  // No worker gets ready: everything has to wait.
  options_.worker_main = nullptr;
  options_.worker_binary = "/bin/false";
  EXPECT_THAT(Compile(Request({"a"})), StatusIs(absl::StatusCode::kUnavailable, "EXECUTOR_FULL"));
}

TEST_P(SourceCompilerTest, SaysUnavailableWhenItStops) {
  Problems({"a"});
  Stop();
  EXPECT_THAT(Compile(Request({"a"})), StatusIs(absl::StatusCode::kUnavailable, "EXECUTOR_STOPPING"));
}

TEST_P(SourceCompilerTest, ACallerThatHasGoneAwayIsNotWaitedFor) {
  std::stop_source stop;
  stop.request_stop();
  CallContext call;
  call.stop = stop.get_token();
  // Whether a worker had taken it by then or not.
  absl::StatusOr<v1::CompileResponse> response = Compile(Request({"a"}), call);
  EXPECT_TRUE(response.ok() || ReasonOf(response.status()) == "CALLER_GONE") << response.status();
}

std::string NameOf(const testing::TestParamInfo<bool>& info) { return info.param ? "Threads" : "Processes"; }

INSTANTIATE_TEST_SUITE_P(SourceCompiler, SourceCompilerTest, testing::Bool(), NameOf);

}  // namespace
}  // namespace overlock::executor
