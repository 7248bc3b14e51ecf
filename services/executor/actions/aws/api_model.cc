#include "services/executor/actions/aws/api_model.h"

#include <algorithm>

namespace overlock::executor::aws {
namespace {

template <class T>
const T* FindByName(absl::Span<const T> sorted, std::string_view name) {
  const auto found = std::lower_bound(sorted.begin(), sorted.end(), name,
                                      [](const T& one, std::string_view wanted) { return one.name < wanted; });
  return found == sorted.end() || found->name != name ? nullptr : &*found;
}

}  // namespace

const ApiModel* FindApi(std::string_view name) { return FindByName(AllApis(), name); }

const OperationModel* FindOperation(const ApiModel& api, std::string_view name) {
  return FindByName(api.operations, name);
}

}  // namespace overlock::executor::aws
