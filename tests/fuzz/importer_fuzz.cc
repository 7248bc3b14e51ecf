// Imports whatever comes. What is accepted is exported, and importing that again must change nothing.
#include <cstdlib>

#include "services/config/app_diff.h"
#include "services/config/app_parser.h"
#include "services/config/app_report.h"
#include "services/config/application_store.h"
#include "services/config/expression_check.h"
#include "services/config/layout/app_layout.h"
#include "services/validation/schemes/presets.h"
#include "tests/fuzz/files_from_input.h"

namespace overlock::config {
namespace {

absl::StatusOr<ParsedApp> Parse(const v1::ImportAppRequest& request, const v1::Application* current) {
  return ParseApp(request, {&CheckExpression, &validation::CheckSettings}, current);
}

void CheckFixedPoint(const v1::Application& first) {
  v1::ImportAppRequest request;
  for (const auto& [path, content] : WriteAppTree(FromDocument(first.document()))) {
    auto& file = *request.add_files();
    file.set_path(path);
    file.set_content(content);
  }
  request.set_dependencies(first.dependencies());
  for (auto strategy : {v1::IMPORT_STRATEGY_REPLACE_BY_NAME, v1::IMPORT_STRATEGY_REPLACE, v1::IMPORT_STRATEGY_MERGE}) {
    request.set_strategy(strategy);
    absl::StatusOr<ParsedApp> second = Parse(request, &first);
    // An export may be larger than an import may be.
    if (!second.ok()) return;
    if (second->has_errors) std::abort();
    if (SerializeApplication(second->application) != SerializeApplication(first)) std::abort();
    if (!DiffApplications(&first, second->application).empty()) std::abort();
  }
}

}  // namespace
}  // namespace overlock::config

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace overlock::config;
  v1::ImportAppRequest request;
  for (const auto& [path, content] : overlock::FilesFromInput(data, size)) {
    auto& file = *request.add_files();
    file.set_path(path);
    file.set_content(content);
  }
  absl::StatusOr<ParsedApp> parsed = Parse(request, nullptr);
  if (!parsed.ok() || parsed->has_errors) return 0;
  CheckFixedPoint(parsed->application);
  MakeReport(parsed->application);
  return 0;
}
