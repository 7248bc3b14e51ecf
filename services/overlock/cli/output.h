// What a command says.
#ifndef OVERLOCK_SERVICES_OVERLOCK_CLI_OUTPUT_H_
#define OVERLOCK_SERVICES_OVERLOCK_CLI_OUTPUT_H_

#include <google/protobuf/message.h>

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "overlock/config/v1/admin_service.pb.h"
#include "services/overlock/cli/table.h"

namespace overlock::cli {

// Results go to standard output, everything else to standard error. Colours are for terminals, and not where NO_COLOR
// is set. With `json` standard output has one JSON document and nothing else.
class Output {
 public:
  explicit Output(bool json);

  bool json() const { return json_; }
  bool colour() const { return colour_; }

  // Results for people; nothing of it is shown with `json`.
  void Line(std::string_view text) const;
  void Print(const Table& table) const;
  // As it is.
  void Raw(std::string_view text) const;
  // Differences of files, each in unified form.
  void Diffs(const google::protobuf::RepeatedPtrField<std::string>& diffs) const;

  // Results for programs: proto's JSON form, with the names of the fields as the proto has them.
  void Json(const google::protobuf::Message& message) const;
  void Json(const std::string& document) const;

  // Standard error.
  void Note(std::string_view text) const;
  void Problems(const google::protobuf::RepeatedPtrField<config::v1::ImportProblem>& problems) const;
  // What went wrong, and what can be done. `command` is such as `overlock apps show`; `remark` is added to the message.
  void Error(std::string_view command, const absl::Status& status, std::string_view remark) const;

 private:
  const bool json_;
  const bool colour_;
};

}  // namespace overlock::cli

#endif  // OVERLOCK_SERVICES_OVERLOCK_CLI_OUTPUT_H_
