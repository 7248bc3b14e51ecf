// Connections to a PostgreSQL, kept open.
#ifndef OVERLOCK_COMMON_STORAGE_POSTGRES_SESSIONS_H_
#define OVERLOCK_COMMON_STORAGE_POSTGRES_SESSIONS_H_

#include <libpq-fe.h>
#include <soci/soci.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/storage/postgres_target.h"

namespace overlock::storage {

// Thread-safe.
class PostgresSessions {
 public:
  // A session for one user, who gives it back by destroying this. One that is not between two transactions, or that
  // has lost its connection, is closed then.
  class Lease {
   public:
    Lease(Lease&& other) = default;
    Lease& operator=(Lease&&) = delete;
    ~Lease();

    soci::session& session() { return *session_; }
    PGconn* connection();
    // Whether it was used before: then the server may have gone since.
    bool used_before() const { return used_before_; }
    // Connects anew.
    absl::Status Reconnect();
    // Closes it. Nothing else may be asked then.
    void Drop() { session_ = nullptr; }

   private:
    friend class PostgresSessions;
    Lease(PostgresSessions* sessions, std::unique_ptr<soci::session> session)
        : sessions_(sessions), session_(std::move(session)), used_before_(session_ != nullptr) {}

    struct None {
      void operator()(PostgresSessions*) const {}
    };
    // Empty when moved from.
    std::unique_ptr<PostgresSessions, None> sessions_;
    std::unique_ptr<soci::session> session_;
    bool used_before_;
  };

  // `setup` are statements that each new session begins with.
  PostgresSessions(PostgresTarget target, std::vector<std::string> setup, int sessions_max, absl::Duration wait_max)
      : target_(std::move(target)), setup_(std::move(setup)), sessions_max_(sessions_max), wait_max_(wait_max) {}

  // A session that is connected. Waits while all are in use. UNAVAILABLE (`STORE_UNAVAILABLE`) if none comes back in
  // time, or if the server is not there.
  absl::StatusOr<Lease> Take();

  const PostgresTarget& target() const { return target_; }

 private:
  absl::StatusOr<std::unique_ptr<soci::session>> Connect() const;
  void GiveBack(std::unique_ptr<soci::session> session);

  const PostgresTarget target_;
  const std::vector<std::string> setup_;
  const int sessions_max_;
  const absl::Duration wait_max_;

  std::mutex mutex_;
  std::condition_variable given_back_;
  int leased_ = 0;
  // Connected and not in use; the one used last is taken first.
  std::vector<std::unique_ptr<soci::session>> idle_;
};

// Where a connection's errors show no values of columns, and its notices are not written to standard error.
void MakeDiscreet(PGconn* connection);

}  // namespace overlock::storage

#endif  // OVERLOCK_COMMON_STORAGE_POSTGRES_SESSIONS_H_
