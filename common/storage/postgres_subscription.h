// Listens to a channel of a PostgreSQL.
#ifndef OVERLOCK_COMMON_STORAGE_POSTGRES_SUBSCRIPTION_H_
#define OVERLOCK_COMMON_STORAGE_POSTGRES_SUBSCRIPTION_H_

#include <libpq-fe.h>

#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/storage/database.h"
#include "common/storage/postgres_target.h"

namespace overlock::storage {

// A thread with a connection of its own. When that is lost it connects again, after pauses that grow to a few seconds.
class PostgresSubscription : public Subscription {
 public:
  PostgresSubscription(PostgresTarget target, std::string channel, std::function<void()> on_notify);
  // Waits for the thread, which stops whatever it waits for; the name of a host is looked up to the end.
  ~PostgresSubscription() override;

 private:
  struct Close {
    void operator()(PGconn* connection) const { PQfinish(connection); }
  };
  using Connection = std::unique_ptr<PGconn, Close>;

  void Run();
  absl::StatusOr<Connection> Connect();
  absl::Status BeginToListen(PGconn* connection);
  // Calls `on_notify_` until the connection is lost or the destructor has been called (CANCELLED).
  absl::Status Serve(PGconn* connection);
  // Waits until the socket is ready for `events` of poll(). CANCELLED when the destructor has been called.
  absl::Status Wait(PGconn* connection, short events, absl::Time deadline);
  // The same for nothing but time to pass.
  absl::Status Pause(absl::Duration duration);
  absl::Status Poll(int descriptor, short events, absl::Time deadline, bool* ready);

  const PostgresTarget target_;
  const std::string channel_;
  const std::function<void()> on_notify_;
  // Readable when the destructor has been called.
  const int stop_;
  std::thread thread_;
};

}  // namespace overlock::storage

#endif  // OVERLOCK_COMMON_STORAGE_POSTGRES_SUBSCRIPTION_H_
