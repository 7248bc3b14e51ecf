#include "services/config/import_problems.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

namespace overlock::config {
namespace {

// Protocol Buffers refuse strings that are not UTF-8; names of files and fields can be anything.
std::string OnlyAscii(std::string_view text) {
  std::string result(text.substr(0, 2048));
  for (char& c : result) {
    if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7e) c = '?';
  }
  return result;
}

}  // namespace

void ImportProblems::AddError(std::string_view file, std::string_view field, std::string_view message) {
  has_errors_ = true;
  Add(v1::ImportProblem::SEVERITY_ERROR, file, field, message);
}

void ImportProblems::AddWarning(std::string_view file, std::string_view field, std::string_view message) {
  Add(v1::ImportProblem::SEVERITY_WARNING, file, field, message);
}

void ImportProblems::Add(v1::ImportProblem::Severity severity, std::string_view file, std::string_view field,
                         std::string_view message) {
  if (problems_.size() >= kProblemsMax) {
    ++left_out_;
    return;
  }
  v1::ImportProblem problem;
  problem.set_severity(severity);
  problem.set_file(OnlyAscii(file));
  problem.set_field(OnlyAscii(field));
  problem.set_message(OnlyAscii(message));
  problems_.push_back(std::move(problem));
}

google::protobuf::RepeatedPtrField<v1::ImportProblem> ImportProblems::Take() {
  std::stable_sort(problems_.begin(), problems_.end(), [](const auto& a, const auto& b) {
    if (a.severity() != b.severity()) return a.severity() > b.severity();
    return a.file() < b.file();
  });
  google::protobuf::RepeatedPtrField<v1::ImportProblem> result;
  for (auto& problem : problems_) *result.Add() = std::move(problem);
  if (left_out_ > 0) {
    auto* more = result.Add();
    more->set_severity(has_errors_ ? v1::ImportProblem::SEVERITY_ERROR : v1::ImportProblem::SEVERITY_WARNING);
    more->set_message(absl::StrCat(left_out_, " more problems are left out"));
  }
  *this = ImportProblems();
  return result;
}

}  // namespace overlock::config
