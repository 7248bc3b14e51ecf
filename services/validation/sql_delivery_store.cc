#include "services/validation/sql_delivery_store.h"

#include <utility>
#include <vector>

#include "common/status/status.h"
#include "common/telemetry/log.h"

namespace overlock::validation {
namespace {

constexpr absl::Duration kDeleteEvery = absl::Seconds(10);
// Rows that one transaction deletes: what is left waits for the next.
constexpr int kDeletedMax = 1'000;

// Times are milliseconds since 1970. `running`: it is executed until `expires_at` at the latest; else it has succeeded
// and is remembered until then. `keep` is that time in milliseconds.
const std::vector<storage::Migration>& Migrations() {
  static const auto* const kMigrations = new std::vector<storage::Migration>{
      {1,
       "deliveries",
       {"CREATE TABLE deliveries (id TEXT NOT NULL PRIMARY KEY, owner TEXT NOT NULL, running INTEGER NOT NULL, "
        "keep BIGINT NOT NULL, expires_at BIGINT NOT NULL)",
        "CREATE INDEX deliveries_by_expiry ON deliveries (expires_at)"}}};
  return *kMigrations;
}

// How many rows it changed.
long long Execute(soci::statement& statement) {
  statement.execute(true);
  return statement.get_affected_rows();
}

}  // namespace

absl::StatusOr<std::unique_ptr<SqlDeliveryStore>> SqlDeliveryStore::Open(std::shared_ptr<storage::Database> database,
                                                                         const Clock& clock) {
  OVERLOCK_RETURN_IF_ERROR(storage::Migrate(*database, Migrations()));
  return std::unique_ptr<SqlDeliveryStore>(new SqlDeliveryStore(std::move(database), clock));
}

Task<absl::StatusOr<bool>> SqlDeliveryStore::Take(DeliveryClaim claim) {
  auto take = [this, claim = std::move(claim)] { return TakeNow(claim); };
  co_return co_await pool_.Run(std::move(take));
}

Task<absl::Status> SqlDeliveryStore::Complete(std::string key, std::string owner, bool succeeded) {
  auto complete = [this, key = std::move(key), owner = std::move(owner), succeeded] {
    return CompleteNow(key, owner, succeeded);
  };
  absl::Status status = co_await pool_.Run(std::move(complete));
  co_return status;
}

absl::StatusOr<bool> SqlDeliveryStore::TakeNow(const DeliveryClaim& claim) {
  bool taken = false;
  // One statement, so that of two who ask at the same time one waits for the other's row and finds it taken.
  OVERLOCK_RETURN_IF_ERROR(database_->Write([&](soci::session& session) {
    const long long now = absl::ToUnixMillis(clock_.Now());
    const long long expires_at = now + absl::ToInt64Milliseconds(claim.lease);
    const long long keep = absl::ToInt64Milliseconds(claim.keep);
    soci::statement statement =
        (session.prepare << "INSERT INTO deliveries (id, owner, running, keep, expires_at) "
                            "VALUES (:id, :owner, 1, :keep, :expires_at) "
                            "ON CONFLICT (id) DO UPDATE SET owner = excluded.owner, running = 1, "
                            "keep = excluded.keep, expires_at = excluded.expires_at "
                            "WHERE deliveries.expires_at <= :now "
                            "OR (deliveries.running = 1 AND deliveries.owner = excluded.owner)",
         soci::use(claim.key, "id"), soci::use(claim.owner, "owner"), soci::use(keep, "keep"),
         soci::use(expires_at, "expires_at"), soci::use(now, "now"));
    taken = Execute(statement) > 0;
    return absl::OkStatus();
  }));
  return taken;
}

absl::Status SqlDeliveryStore::CompleteNow(const std::string& key, const std::string& owner, bool succeeded) {
  OVERLOCK_RETURN_IF_ERROR(database_->Write([&](soci::session& session) {
    if (succeeded) {
      const long long now = absl::ToUnixMillis(clock_.Now());
      session << "UPDATE deliveries SET running = 0, expires_at = :now + keep "
                 "WHERE id = :id AND owner = :owner AND running = 1",
          soci::use(now, "now"), soci::use(key, "id"), soci::use(owner, "owner");
    } else {
      session << "DELETE FROM deliveries WHERE id = :id AND owner = :owner AND running = 1", soci::use(key, "id"),
          soci::use(owner, "owner");
    }
    return absl::OkStatus();
  }));
  // Those that failed leave nothing behind, and the edge waits until their ids are free.
  if (succeeded) DeleteExpired();
  return absl::OkStatus();
}

void SqlDeliveryStore::DeleteExpired() {
  const long long now = absl::ToUnixMillis(clock_.Now());
  int64_t due = next_deletion_;
  if (now < due || !next_deletion_.compare_exchange_strong(due, now + absl::ToInt64Milliseconds(kDeleteEvery))) return;
  long long deleted = 0;
  absl::Status status = database_->Write([&](soci::session& session) {
    soci::statement statement =
        (session.prepare << "DELETE FROM deliveries WHERE id IN (SELECT id FROM deliveries WHERE expires_at <= :now "
                            "ORDER BY expires_at LIMIT :limit) AND expires_at <= :now_too",
         soci::use(now, "now"), soci::use(kDeletedMax, "limit"), soci::use(now, "now_too"));
    deleted = Execute(statement);
    return absl::OkStatus();
  });
  if (!status.ok()) log::Warning("cannot delete old deliveries", {{"error", status.ToString()}});
  // There are more: the next one goes on.
  if (deleted >= kDeletedMax) next_deletion_ = 0;
}

}  // namespace overlock::validation
