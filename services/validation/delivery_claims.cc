#include "services/validation/delivery_claims.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/crypto/hmac.h"
#include "common/status/status.h"
#include "common/telemetry/trace.h"

namespace overlock::validation {
namespace {

// Both are hashes in hexadecimal digits; one after the other they are ValidateResponse.delivery.
constexpr size_t kKeyCharacters = 64;
constexpr size_t kOwnerCharacters = 32;

std::string Hash(std::string_view text) { return absl::BytesToHexString(crypto::Sha256(text)); }

std::string OwnerOf(const CallContext& call) {
  return Hash(call.request_id.empty() ? NewRequestId() : call.request_id).substr(0, kOwnerCharacters);
}

absl::Duration LeaseOf(const CallContext& call) {
  const absl::Duration left = std::max(call.TimeLeft(), absl::ZeroDuration());
  return std::min(left + DeliveryClaims::kSlack, DeliveryClaims::kLeaseMax);
}

bool IsDelivery(std::string_view text) {
  return text.size() == kKeyCharacters + kOwnerCharacters && std::all_of(text.begin(), text.end(), [](char c) {
           return absl::ascii_isdigit(static_cast<unsigned char>(c)) || (c >= 'a' && c <= 'f');
         });
}

Counter& CounterFor(Metrics& metrics, const char* outcome) {
  return metrics.GetCounter("overlock_validation_deliveries_total", "Deliveries whose id was looked at, by outcome.",
                            {{"outcome", outcome}});
}

}  // namespace

DeliveryClaims::DeliveryClaims(DeliveryStore& store, Metrics& metrics)
    : store_(store),
      taken_(CounterFor(metrics, "taken")),
      duplicate_(CounterFor(metrics, "duplicate")),
      without_id_(CounterFor(metrics, "without_id")),
      no_answer_(CounterFor(metrics, "no_answer")),
      succeeded_(CounterFor(metrics, "succeeded")),
      failed_(CounterFor(metrics, "failed")) {}

std::string DeliveryClaims::KeyOf(const v1::ValidateRequest& request, const std::string& id) {
  if (id.empty()) return "";
  const bool is_endpoint = request.has_endpoint();
  const std::string& first = is_endpoint ? request.endpoint().route() : request.webhook().service();
  const std::string& second = is_endpoint ? request.endpoint().method() : request.webhook().webhook();
  std::string text(is_endpoint ? "endpoint" : "webhook");
  // With their lengths, so that no two divisions of one text are the same.
  for (const std::string* part : {&request.app().app_id(), &first, &second, &id}) {
    absl::StrAppend(&text, "\n", part->size(), "\n", *part);
  }
  return Hash(text);
}

Task<absl::StatusOr<DeliveryClaims::Claim>> DeliveryClaims::Take(std::string key, absl::Duration keep,
                                                                 CallContext call) {
  Claim claim;
  if (key.empty()) {
    without_id_.Increment();
    co_return claim;
  }
  std::string owner = OwnerOf(call);
  DeliveryClaim wanted{.key = key, .owner = owner, .lease = LeaseOf(call), .keep = keep};
  absl::StatusOr<bool> taken = co_await store_.Take(std::move(wanted));
  if (!taken.ok()) {
    no_answer_.Increment();
    co_return taken.status();
  }
  (*taken ? taken_ : duplicate_).Increment();
  claim.duplicate = !*taken;
  if (claim.duplicate) co_return claim;
  claim.delivery = key + owner;
  if (!call.stop.stop_requested()) co_return claim;
  // Nobody will hear of it, nor say how it ended.
  failed_.Increment();
  absl::Status released = co_await store_.Complete(std::move(key), std::move(owner), false);
  co_return released.ok() ? absl::CancelledError("the caller has gone away") : released;
}

Task<absl::Status> DeliveryClaims::Complete(v1::CompleteDeliveryRequest request) {
  if (!IsDelivery(request.delivery())) {
    co_return Error(absl::StatusCode::kInvalidArgument, "DELIVERY_INVALID",
                    "delivery: must be what Validate answered as `delivery`");
  }
  (request.succeeded() ? succeeded_ : failed_).Increment();
  std::string key = request.delivery().substr(0, kKeyCharacters);
  std::string owner = request.delivery().substr(kKeyCharacters);
  absl::Status status = co_await store_.Complete(std::move(key), std::move(owner), request.succeeded());
  co_return status;
}

}  // namespace overlock::validation
