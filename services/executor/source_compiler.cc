#include "services/executor/source_compiler.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/ejson/value.h"
#include "common/status/status.h"
#include "services/executor/supervisor/submit.h"

namespace overlock::executor {
namespace {

// executor_service.proto.
constexpr int kSourcesMax = 5'000;
constexpr size_t kSourceBytesMax = 1 << 20;
constexpr size_t kRequestBytesMax = 16 << 20;
constexpr size_t kMessageBytesMax = 512;
constexpr size_t kSourceLineBytesMax = 200;
constexpr absl::Duration kTimeMax = absl::Seconds(60);

// Of one invocation. No application has such an id.
constexpr char kAppId[] = "overlock:compiler";
constexpr int kBatchSourcesMax = 100;
constexpr size_t kBatchBytesMax = kSourceBytesMax;
constexpr int kCpuSecondsMax = 2;
constexpr int64_t kMemoryBytesMax = int64_t{256} << 20;

// An invocation whose worker ended by no fault of its own is tried so often.
constexpr int kAttemptsMax = 3;
// Sources that come to a limit take a worker's time or end it: after so many the others of their batches are not tried.
constexpr int kGivenUpMax = 10;

constexpr char kBeyondLimits[] = "could not be compiled within the limits";

std::shared_ptr<const AppCode> MakeApp() {
  config::v1::AppView view;
  view.mutable_app()->set_app_id(kAppId);
  view.mutable_app()->set_revision(1);
  config::v1::Limits& limits = *view.mutable_executor()->mutable_limits();
  limits.mutable_run_time_max()->set_seconds(absl::ToInt64Seconds(kTimeMax));
  limits.mutable_cpu_time_max()->set_seconds(kCpuSecondsMax);
  limits.set_memory_bytes_max(kMemoryBytesMax);
  return std::make_shared<const AppCode>(std::move(view));
}

size_t BytesOf(const v1::CompileRequest::Source& source) { return source.name().size() + source.source().size(); }

absl::Status CheckRequest(const v1::CompileRequest& request) {
  if (request.sources_size() > kSourcesMax) {
    return Error(absl::StatusCode::kInvalidArgument, "TOO_MANY_SOURCES",
                 absl::StrCat("sources: ", request.sources_size(), ", at most ", kSourcesMax));
  }
  size_t bytes = 0;
  for (int i = 0; i < request.sources_size(); ++i) {
    const v1::CompileRequest::Source& source = request.sources(i);
    if (source.source().size() > kSourceBytesMax) {
      return Error(
          absl::StatusCode::kInvalidArgument, "SOURCE_TOO_LARGE",
          absl::StrCat("sources[", i, "].source: ", source.source().size(), " bytes, at most ", kSourceBytesMax));
    }
    bytes += BytesOf(source);
    if (bytes > kRequestBytesMax) {
      return Error(absl::StatusCode::kInvalidArgument, "REQUEST_TOO_LARGE",
                   absl::StrCat("sources: more than ", kRequestBytesMax, " bytes with their names"));
    }
    // A worker could not read the message.
    if (!ejson::IsUtf8(source.source()) || !ejson::IsUtf8(source.name())) {
      return Error(absl::StatusCode::kInvalidArgument, "SOURCE_NOT_UTF8",
                   absl::StrCat("sources[", i, "]: source and name must be UTF-8"));
    }
  }
  return absl::OkStatus();
}

// Takes sources out of the request, from `begin` on, as many as one invocation compiles.
std::shared_ptr<const v1::CompileRequest> TakeBatch(v1::CompileRequest& request, int begin) {
  auto batch = std::make_shared<v1::CompileRequest>();
  size_t bytes = 0;
  for (int i = begin; i < request.sources_size() && batch->sources_size() < kBatchSourcesMax; ++i) {
    bytes += BytesOf(request.sources(i));
    if (i > begin && bytes > kBatchBytesMax) break;
    batch->add_sources()->Swap(request.mutable_sources(i));
  }
  return batch;
}

// What a worker says is not trusted. Every problem has a source of its own, in their order.
bool IsPlausible(const v1::CompileResponse& response, int sources) {
  int next = 0;
  for (const v1::CompileResponse::Problem& problem : response.problems()) {
    if (problem.source_index() < next || problem.source_index() >= sources) return false;
    if (problem.line() < 0 || problem.column() < 0) return false;
    if (problem.message().size() > kMessageBytesMax || problem.source_line().size() > kSourceLineBytesMax) return false;
    next = problem.source_index() + 1;
  }
  return true;
}

std::string_view LimitOf(v1::Failure::Kind kind) {
  switch (kind) {
    case v1::Failure::KIND_CPU_TIME_LIMIT:
      return "it took more than 2 s of processor time";
    case v1::Failure::KIND_MEMORY_LIMIT:
      return "it took more than 256 MiB of memory, or more than V8 can bear";
    default:
      return "the worker that compiled it ended";
  }
}

absl::Status StatusFor(const absl::Status& refused) {
  if (ReasonOf(refused) != "APP_OVER_SHARE") return refused;
  // All callers share the one queue.
  return Error(absl::StatusCode::kUnavailable, "EXECUTOR_FULL", "too many sources wait to be compiled");
}

void AddBeyondLimits(int index, std::string_view why, v1::CompileResponse& response) {
  v1::CompileResponse::Problem& problem = *response.add_problems();
  problem.set_source_index(index);
  problem.set_message(absl::StrCat(kBeyondLimits, ": ", why));
}

Counter& GetCounter(Metrics& metrics, const char* outcome) {
  return metrics.GetCounter("overlock_executor_compiled_sources_total", "Sources by whether they compile.",
                            {{"outcome", outcome}});
}

}  // namespace

SourceCompiler::SourceCompiler(std::shared_ptr<Supervisor> supervisor, Metrics& metrics)
    : supervisor_(std::move(supervisor)),
      app_(MakeApp()),
      good_(GetCounter(metrics, "ok")),
      syntax_errors_(GetCounter(metrics, "syntax_error")),
      limits_(GetCounter(metrics, "limit")) {}

Task<absl::StatusOr<v1::CompileResponse>> SourceCompiler::Compile(v1::CompileRequest request, CallContext call) {
  OVERLOCK_CO_RETURN_IF_ERROR(CheckRequest(request));
  call.deadline = std::min(call.deadline, absl::Now() + kTimeMax);
  auto given_up = std::make_shared<int>(0);
  v1::CompileResponse all;
  for (int begin = 0; begin < request.sources_size();) {
    Sources batch = TakeBatch(request, begin);
    absl::StatusOr<Outcome> outcome = co_await CompileTogether(batch, call);
    if (!outcome.ok()) co_return outcome.status();
    v1::CompileResponse compiled = std::move(outcome->compiled);
    if (!outcome->limit.empty() && batch->sources_size() == 1) {
      ++*given_up;
      AddBeyondLimits(0, outcome->limit, compiled);
    } else if (!outcome->limit.empty()) {
      absl::StatusOr<v1::CompileResponse> apart = co_await CompileApart(batch, call, given_up);
      if (!apart.ok()) co_return apart.status();
      compiled = *std::move(apart);
    }
    Count(compiled, batch->sources_size());
    for (v1::CompileResponse::Problem& problem : *compiled.mutable_problems()) {
      problem.set_source_index(begin + problem.source_index());
      all.add_problems()->Swap(&problem);
    }
    begin += batch->sources_size();
  }
  co_return all;
}

Task<absl::StatusOr<v1::CompileResponse>> SourceCompiler::CompileApart(Sources sources, CallContext call,
                                                                       std::shared_ptr<int> given_up) {
  v1::CompileResponse response;
  for (int i = 0; i < sources->sources_size(); ++i) {
    if (*given_up >= kGivenUpMax) {
      AddBeyondLimits(i, "too many other sources came to them", response);
      continue;
    }
    auto single = std::make_shared<v1::CompileRequest>();
    *single->add_sources() = sources->sources(i);
    Sources alone = std::move(single);
    absl::StatusOr<Outcome> outcome = co_await CompileTogether(alone, call);
    if (!outcome.ok()) co_return outcome.status();
    if (!outcome->limit.empty()) {
      ++*given_up;
      AddBeyondLimits(i, outcome->limit, response);
    } else if (!outcome->compiled.problems().empty()) {
      outcome->compiled.mutable_problems(0)->set_source_index(i);
      response.add_problems()->Swap(outcome->compiled.mutable_problems(0));
    }
  }
  co_return response;
}

Task<absl::StatusOr<SourceCompiler::Outcome>> SourceCompiler::CompileTogether(Sources sources, CallContext call) {
  Outcome outcome;
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    auto invocation = std::make_shared<Invocation>();
    invocation->code = app_;
    *invocation->request.mutable_app() = app_->revision();
    invocation->compile = sources;
    invocation->request_bytes = sources->ByteSizeLong();
    invocation->request_id = call.request_id;
    invocation->deadline_ns = MonotonicNanos() + absl::ToInt64Nanoseconds(call.TimeLeft());
    Invocation::Answer answer = co_await Submit(supervisor_, invocation, call.stop);
    if (!answer.ok()) co_return StatusFor(answer.status());
    if (answer->has_returned()) {
      if (!IsPlausible(invocation->compiled, sources->sources_size())) {
        co_return Error(absl::StatusCode::kInternal, "WORKER_PROTOCOL",
                        "a worker told of sources that it was not given");
      }
      outcome.limit = "";
      outcome.compiled = std::move(invocation->compiled);
      co_return outcome;
    }
    outcome.limit = LimitOf(answer->failure().kind());
    // It may only have waited: nothing is said of the sources.
    if (answer->failure().kind() == v1::Failure::KIND_RUN_TIME_LIMIT) {
      co_return Error(absl::StatusCode::kDeadlineExceeded, "DEADLINE_EXCEEDED",
                      "the sources were not compiled in time");
    }
    if (answer->failure().kind() != v1::Failure::KIND_WORKER_LOST) break;
  }
  co_return outcome;
}

void SourceCompiler::Count(const v1::CompileResponse& response, int sources) {
  // What V8 refuses for its depth is no syntax error: see Describe() in js/script_source.cc.
  auto beyond = std::count_if(response.problems().begin(), response.problems().end(),
                              [](const auto& problem) { return absl::StartsWith(problem.message(), kBeyondLimits); });
  limits_.Increment(static_cast<uint64_t>(beyond));
  syntax_errors_.Increment(static_cast<uint64_t>(response.problems_size() - beyond));
  good_.Increment(static_cast<uint64_t>(sources - response.problems_size()));
}

}  // namespace overlock::executor
