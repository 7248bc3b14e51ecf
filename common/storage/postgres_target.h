// Where a PostgreSQL is, and how to log in there.
#ifndef OVERLOCK_COMMON_STORAGE_POSTGRES_TARGET_H_
#define OVERLOCK_COMMON_STORAGE_POSTGRES_TARGET_H_

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace overlock::storage {

// A connection string that was read, checked and given our defaults. It may hold a password.
class PostgresTarget {
 public:
  // `text` is libpq's URI or its `key=value` list. INVALID_ARGUMENT (`STORE_URL_INVALID`) if it is neither; the message
  // says nothing of what stands in it. What it does not name comes from libpq's environment (PGPASSWORD, PGPASSFILE,
  // ...), then from us: connect_timeout for each host, keepalives that notice a dead server within half a minute.
  static absl::StatusOr<PostgresTarget> Parse(const std::string& text, absl::Duration connect_timeout);

  // In one form that both libpq and SOCI read. Secret.
  const std::string& uri() const { return uri_; }
  // How long trying all hosts may take.
  absl::Duration connect_time_max() const { return connect_time_max_; }

 private:
  PostgresTarget(std::string uri, absl::Duration connect_time_max)
      : uri_(std::move(uri)), connect_time_max_(connect_time_max) {}

  std::string uri_;
  absl::Duration connect_time_max_;
};

}  // namespace overlock::storage

#endif  // OVERLOCK_COMMON_STORAGE_POSTGRES_TARGET_H_
