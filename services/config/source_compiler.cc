#include "services/config/source_compiler.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/async/block_on.h"
#include "common/status/status.h"

namespace overlock::config {
namespace {

// Below what a request may have.
constexpr int kSourcesMax = 2'000;
constexpr size_t kBytesMax = 8 * 1024 * 1024;
constexpr absl::Duration kPatience = absl::Seconds(30);

// `line 3, column 7: SyntaxError: ...`, and the line.
std::string Text(const executor::v1::CompileResponse::Problem& problem) {
  if (problem.line() == 0) return problem.message();
  std::string text = absl::StrCat("line ", problem.line(), ", column ", problem.column(), ": ", problem.message());
  if (!problem.source_line().empty()) absl::StrAppend(&text, ": ", problem.source_line());
  return text;
}

// Asks about the sources from `begin` on that go into one request; returns where the next begin.
absl::StatusOr<size_t> CheckSome(executor::FunctionExecutor& executor, const std::vector<NamedSource>& sources,
                                 size_t begin, std::vector<SourceProblem>& problems) {
  executor::v1::CompileRequest request;
  size_t end = begin;
  size_t bytes = 0;
  while (end < sources.size() && request.sources_size() < kSourcesMax &&
         (end == begin || bytes + sources[end].source.size() <= kBytesMax)) {
    auto& source = *request.add_sources();
    source.set_name(sources[end].name);
    source.set_source(sources[end].source);
    bytes += sources[end].source.size();
    ++end;
  }
  CallContext call;
  call.deadline = absl::Now() + kPatience;
  absl::StatusOr<executor::v1::CompileResponse> response = BlockOn(executor.Compile(std::move(request), call));
  if (!response.ok()) {
    return Error(
        absl::StatusCode::kUnavailable, "SOURCES_NOT_CHECKED",
        absl::StrCat("the executor could not be asked whether the functions compile (", response.status().message(),
                     "); try again, or import without that check (skip_compile)"));
  }
  for (const auto& problem : response->problems()) {
    problems.push_back({begin + static_cast<size_t>(problem.source_index()), Text(problem)});
  }
  return end;
}

}  // namespace

SourceChecker MakeSourceChecker(std::function<executor::FunctionExecutor&()> find) {
  return
      [find = std::move(find)](const std::vector<NamedSource>& sources) -> absl::StatusOr<std::vector<SourceProblem>> {
        std::vector<SourceProblem> problems;
        for (size_t begin = 0; begin < sources.size();) {
          OVERLOCK_ASSIGN_OR_RETURN(begin, CheckSome(find(), sources, begin, problems));
        }
        return problems;
      };
}

}  // namespace overlock::config
