#include "services/overlock/cli/run_report.h"

#include <cstdio>
#include <string>
#include <string_view>

#include "absl/strings/str_replace.h"

namespace overlock::cli {
namespace {

void PrintLine(std::string_view text) { std::printf("%.*s\n", static_cast<int>(text.size()), text.data()); }

void PrintResult(const executor::v1::Returned& returned) {
  // An undefined result was shown like this (spec section 8.2).
  std::string text = returned.value_ejson().empty() ? "{\"$undefined\":true}" : returned.value_ejson();
  PrintLine("> result:");
  PrintLine(text);
  PrintLine("> result (JavaScript):");
  PrintLine("EJSON.parse('" + absl::StrReplaceAll(text, {{"\\", "\\\\"}, {"'", "\\'"}}) + "')");
}

void PrintResponse(const executor::v1::WebhookResponse& response) {
  PrintLine("> response:");
  PrintLine(std::to_string(response.status()));
  for (const type::v1::Header& header : response.headers()) PrintLine(header.name() + ": " + header.value());
  if (response.body().empty()) return;
  PrintLine("");
  std::fwrite(response.body().data(), 1, response.body().size(), stdout);
  PrintLine("");
}

void PrintFailure(const executor::v1::Failure& failure) {
  PrintLine("> error:");
  PrintLine(failure.message());
  if (failure.stack().empty()) return;
  PrintLine("> trace:");
  PrintLine(failure.stack());
}

}  // namespace

void PrintRun(const executor::v1::ExecuteResponse& response, absl::Time ran_on) {
  PrintLine("> ran on " + absl::FormatTime("%a %b %d %Y %H:%M:%S GMT%z", ran_on, absl::LocalTimeZone()));
  const auto& run_time = response.usage().run_time();
  std::printf("> took %.3fms\n", static_cast<double>(run_time.seconds()) * 1e3 + run_time.nanos() / 1e6);
  if (response.console_size() > 0) PrintLine("> logs:");
  for (const executor::v1::ConsoleLine& line : response.console()) PrintLine(line.text());
  switch (response.outcome_case()) {
    case executor::v1::ExecuteResponse::kReturned:
      return PrintResult(response.returned());
    case executor::v1::ExecuteResponse::kResponse:
      return PrintResponse(response.response());
    case executor::v1::ExecuteResponse::kFailure:
      return PrintFailure(response.failure());
    case executor::v1::ExecuteResponse::OUTCOME_NOT_SET:
      return;
  }
}

}  // namespace overlock::cli
