#include "services/validation/memory_delivery_store.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/status/status.h"

namespace overlock::validation {
namespace {

// Of those that have expired, one call drops so many: more than it adds, and no call takes long.
constexpr int kErasedMax = 16;

}  // namespace

MemoryDeliveryStore::MemoryDeliveryStore(size_t deliveries_max, Metrics& metrics, const Clock& clock)
    : deliveries_max_(std::max<size_t>(deliveries_max, 1)),
      clock_(clock),
      forgotten_(metrics.GetCounter("overlock_validation_deliveries_forgotten_total",
                                    "Deliveries forgotten before their time because the memory for them was full.")) {}

Task<absl::StatusOr<bool>> MemoryDeliveryStore::Take(DeliveryClaim claim) { co_return TakeNow(std::move(claim)); }

Task<absl::Status> MemoryDeliveryStore::Complete(std::string key, std::string owner, bool succeeded) {
  CompleteNow(key, owner, succeeded);
  co_return absl::OkStatus();
}

absl::StatusOr<bool> MemoryDeliveryStore::TakeNow(DeliveryClaim claim) {
  std::lock_guard lock(mutex_);
  const absl::Time now = clock_.Now();
  EraseExpired(running_, now);
  EraseExpired(succeeded_, now);
  auto found = deliveries_.find(claim.key);
  if (found != deliveries_.end()) {
    const Delivery& delivery = found->second;
    bool ours = !delivery.succeeded && delivery.owner == claim.owner;
    if (now < delivery.expires_at && !ours) return false;
    Erase(found);
  }
  if (!MakeRoom()) {
    return Error(absl::StatusCode::kResourceExhausted, "DELIVERIES_FULL",
                 absl::StrCat("delivery: ", deliveries_max_, " deliveries are being executed, which is the limit"));
  }
  const absl::Time expires_at = now + claim.lease;
  running_.emplace(expires_at, claim.key);
  deliveries_[claim.key] = {.owner = std::move(claim.owner), .keep = claim.keep, .expires_at = expires_at};
  return true;
}

void MemoryDeliveryStore::CompleteNow(const std::string& key, const std::string& owner, bool succeeded) {
  std::lock_guard lock(mutex_);
  auto found = deliveries_.find(key);
  if (found == deliveries_.end() || found->second.succeeded || found->second.owner != owner) return;
  if (!succeeded) {
    Erase(found);
    return;
  }
  Delivery& delivery = found->second;
  running_.erase({delivery.expires_at, key});
  delivery.succeeded = true;
  delivery.expires_at = clock_.Now() + delivery.keep;
  succeeded_.emplace(delivery.expires_at, key);
}

void MemoryDeliveryStore::Erase(Deliveries::iterator delivery) {
  ExpiriesOf(delivery->second).erase({delivery->second.expires_at, delivery->first});
  deliveries_.erase(delivery);
}

void MemoryDeliveryStore::EraseExpired(Expiries& expiries, absl::Time now) {
  for (int i = 0; i < kErasedMax && !expiries.empty() && expiries.begin()->first <= now; ++i) {
    Erase(deliveries_.find(expiries.begin()->second));
  }
}

bool MemoryDeliveryStore::MakeRoom() {
  if (deliveries_.size() < deliveries_max_) return true;
  if (succeeded_.empty()) return false;
  forgotten_.Increment();
  Erase(deliveries_.find(succeeded_.begin()->second));
  return true;
}

}  // namespace overlock::validation
