#include "services/overlock/cli/output.h"

#include <google/protobuf/util/json_util.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/status/status.h"
#include "services/config/json_text.h"
#include "services/overlock/cli/diff_text.h"
#include "services/overlock/cli/exit_code.h"
#include "services/overlock/cli/text.h"

namespace overlock::cli {
namespace {

void Write(FILE* stream, std::string_view text) { fwrite(text.data(), 1, text.size(), stream); }

bool WantsColour() {
  const char* no_colour = getenv("NO_COLOR");
  const char* terminal = getenv("TERM");
  return isatty(STDOUT_FILENO) == 1 && (no_colour == nullptr || *no_colour == '\0') &&
         (terminal == nullptr || std::string_view(terminal) != "dumb");
}

// E.g. `NOT_FOUND`.
std::string CodeName(absl::StatusCode code) { return absl::StatusCodeToString(code); }

}  // namespace

Output::Output(bool json) : json_(json), colour_(!json && WantsColour()) {}

void Output::Line(std::string_view text) const {
  if (!json_) Write(stdout, absl::StrCat(text, "\n"));
}

void Output::Print(const Table& table) const { Raw(table.Text(colour_)); }

void Output::Raw(std::string_view text) const {
  if (!json_) Write(stdout, text);
}

void Output::Diffs(const google::protobuf::RepeatedPtrField<std::string>& diffs) const {
  for (const std::string& diff : diffs) Raw(colour_ ? PaintDiff(diff) : diff);
}

void Output::Json(const google::protobuf::Message& message) const {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = true;
  options.always_print_primitive_fields = true;
  options.preserve_proto_field_names = true;
  std::string text;
  auto status = google::protobuf::util::MessageToJsonString(message, &text, options);
  Json(status.ok() ? text : "{}");
}

void Output::Json(const std::string& document) const {
  Write(stdout, document);
  if (document.empty() || document.back() != '\n') Write(stdout, "\n");
}

void Output::Note(std::string_view text) const { Write(stderr, absl::StrCat(text, "\n")); }

void Output::Problems(const google::protobuf::RepeatedPtrField<config::v1::ImportProblem>& problems) const {
  for (const auto& problem : problems) {
    const bool error = problem.severity() == config::v1::ImportProblem::SEVERITY_ERROR;
    Note(absl::StrCat(error ? "error: " : "warning: ", Printable(problem.file()), ": ", Printable(problem.field()),
                      problem.field().empty() ? "" : ": ", Printable(problem.message())));
  }
}

void Output::Error(std::string_view command, const absl::Status& status, std::string_view remark) const {
  const std::string reason = ReasonOf(status);
  const std::string message = absl::StrCat(std::string_view(status.message()), remark);
  if (json_) {
    config::JsonValue error = config::MakeObject();
    config::SetMember(error, "code", config::MakeString(CodeName(status.code())));
    config::SetMember(error, "reason", config::MakeString(reason));
    config::SetMember(error, "message", config::MakeString(message));
    config::JsonValue document = config::MakeObject();
    config::SetMember(document, "error", std::move(error));
    return Note(config::ToText(document));
  }
  if (reason == "CONFIG_INVALID") {
    for (std::string_view line : absl::StrSplit(message, '\n')) Note(absl::StrCat("error: ", Printable(line)));
    return Note(absl::StrCat(command, ": nothing was changed; the errors above say why"));
  }
  Note(absl::StrCat(command, ": ", Printable(message, true)));
  if (std::string_view hint = HintFor(status); !hint.empty()) Note(absl::StrCat("  ", hint));
}

}  // namespace overlock::cli
