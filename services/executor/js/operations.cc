#include "services/executor/js/operations.h"

#include <utility>

namespace overlock::executor::js {

uint64_t Operations::Add(Operation operation) {
  operations_.emplace(++last_number_, std::move(operation));
  return last_number_;
}

std::optional<Operations::Operation> Operations::Take(uint64_t sequence, uint64_t number) {
  auto it = operations_.find(number);
  if (it == operations_.end() || it->second.sequence != sequence) return std::nullopt;
  Operation operation = std::move(it->second);
  operations_.erase(it);
  return operation;
}

void Operations::RemoveAllOf(uint64_t sequence) {
  absl::erase_if(operations_, [&](const auto& entry) { return entry.second.sequence == sequence; });
}

}  // namespace overlock::executor::js
