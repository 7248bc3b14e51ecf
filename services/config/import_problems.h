// What an import finds wrong.
#ifndef OVERLOCK_SERVICES_CONFIG_IMPORT_PROBLEMS_H_
#define OVERLOCK_SERVICES_CONFIG_IMPORT_PROBLEMS_H_

#include <string_view>
#include <vector>

#include "google/protobuf/repeated_ptr_field.h"
#include "overlock/config/v1/config_service.pb.h"

namespace overlock::config {

// Collects problems, at most 1,000; what is beyond them is counted.
class ImportProblems {
 public:
  static constexpr size_t kProblemsMax = 1000;

  void AddError(std::string_view file, std::string_view field, std::string_view message);
  void AddWarning(std::string_view file, std::string_view field, std::string_view message);

  bool has_errors() const { return has_errors_; }

  // Errors first, then by file, in each file in the order found. Leaves this empty.
  google::protobuf::RepeatedPtrField<v1::ImportProblem> Take();

 private:
  void Add(v1::ImportProblem::Severity severity, std::string_view file, std::string_view field,
           std::string_view message);

  std::vector<v1::ImportProblem> problems_;
  size_t left_out_ = 0;
  bool has_errors_ = false;
};

}  // namespace overlock::config

#endif  // OVERLOCK_SERVICES_CONFIG_IMPORT_PROBLEMS_H_
