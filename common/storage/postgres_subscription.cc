#include "common/storage/postgres_subscription.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/status/status.h"
#include "common/storage/postgres_sessions.h"
#include "common/storage/store_error.h"
#include "common/telemetry/log.h"

namespace overlock::storage {
namespace {

constexpr absl::Duration kPauseMin = absl::Milliseconds(100);
constexpr absl::Duration kPauseMax = absl::Seconds(5);
constexpr absl::Duration kListenTimeMax = absl::Seconds(10);

struct ClearResult {
  void operator()(PGresult* result) const { PQclear(result); }
};
struct FreeMemory {
  void operator()(void* memory) const { PQfreemem(memory); }
};

// Whether there were any.
bool TakeNotifications(PGconn* connection) {
  bool any = false;
  while (std::unique_ptr<PGnotify, FreeMemory>(PQnotifies(connection))) any = true;
  return any;
}

}  // namespace

PostgresSubscription::PostgresSubscription(PostgresTarget target, std::string channel, std::function<void()> on_notify)
    : target_(std::move(target)),
      channel_(std::move(channel)),
      on_notify_(std::move(on_notify)),
      stop_(eventfd(0, EFD_CLOEXEC)),
      thread_([this] { Run(); }) {}

PostgresSubscription::~PostgresSubscription() {
  const uint64_t one = 1;
  // Nothing can be wrong with eight bytes into an eventfd.
  if (write(stop_, &one, sizeof(one)) != sizeof(one)) std::abort();
  thread_.join();
  close(stop_);
}

void PostgresSubscription::Run() {
  std::minstd_rand random(std::random_device{}());
  std::uniform_real_distribution<double> part(0.5, 1);
  absl::Duration pause = kPauseMin;
  bool reported = false;
  while (true) {
    absl::StatusOr<Connection> connection = Connect();
    absl::Status status = connection.status();
    if (status.ok()) status = BeginToListen(connection->get());
    if (status.ok()) {
      if (reported) log::Info("listening to the database again", {{"channel", channel_}});
      reported = false;
      pause = kPauseMin;
      status = Serve(connection->get());
    }
    if (absl::IsCancelled(status)) return;
    connection = Connection();
    if (!reported) {
      log::Warning("not listening to the database", {{"channel", channel_}, {"error", std::string(status.message())}});
    }
    reported = true;
    if (!Pause(pause * part(random)).ok()) return;
    pause = std::min(2 * pause, kPauseMax);
  }
}

absl::StatusOr<PostgresSubscription::Connection> PostgresSubscription::Connect() {
  const absl::Time deadline = absl::Now() + target_.connect_time_max();
  Connection connection(PQconnectStart(target_.uri().c_str()));
  if (!connection) return Unavailable("out of memory");
  if (PQstatus(connection.get()) == CONNECTION_BAD) return Unavailable(PQerrorMessage(connection.get()));
  MakeDiscreet(connection.get());
  PostgresPollingStatusType wanted = PGRES_POLLING_WRITING;
  while (wanted != PGRES_POLLING_OK) {
    if (wanted == PGRES_POLLING_FAILED) return Unavailable(PQerrorMessage(connection.get()));
    OVERLOCK_RETURN_IF_ERROR(Wait(connection.get(), wanted == PGRES_POLLING_READING ? POLLIN : POLLOUT, deadline));
    wanted = PQconnectPoll(connection.get());
  }
  return connection;
}

absl::Status PostgresSubscription::BeginToListen(PGconn* connection) {
  const absl::Time deadline = absl::Now() + kListenTimeMax;
  std::unique_ptr<char, FreeMemory> name(PQescapeIdentifier(connection, channel_.data(), channel_.size()));
  if (!name) return Unavailable(PQerrorMessage(connection));
  if (PQsendQuery(connection, absl::StrCat("LISTEN ", name.get()).c_str()) == 0) {
    return Unavailable(PQerrorMessage(connection));
  }
  absl::Status status;
  while (true) {
    while (PQisBusy(connection) != 0) {
      OVERLOCK_RETURN_IF_ERROR(Wait(connection, POLLIN, deadline));
      if (PQconsumeInput(connection) == 0) return Unavailable(PQerrorMessage(connection));
    }
    std::unique_ptr<PGresult, ClearResult> result(PQgetResult(connection));
    if (!result) return status;
    if (PQresultStatus(result.get()) != PGRES_COMMAND_OK) status = Unavailable(PQresultErrorMessage(result.get()));
  }
}

absl::Status PostgresSubscription::Serve(PGconn* connection) {
  // What was told before is covered by the call that says that listening has begun.
  TakeNotifications(connection);
  on_notify_();
  while (true) {
    OVERLOCK_RETURN_IF_ERROR(Wait(connection, POLLIN, absl::InfiniteFuture()));
    const bool alive = PQconsumeInput(connection) != 0;
    if (TakeNotifications(connection)) on_notify_();
    if (!alive) return Unavailable(PQerrorMessage(connection));
  }
}

absl::Status PostgresSubscription::Wait(PGconn* connection, short events, absl::Time deadline) {
  bool ready = false;
  OVERLOCK_RETURN_IF_ERROR(Poll(PQsocket(connection), events, deadline, &ready));
  return ready ? absl::OkStatus() : Unavailable("the server does not answer in time");
}

absl::Status PostgresSubscription::Pause(absl::Duration duration) {
  bool ready = false;
  return Poll(-1, 0, absl::Now() + duration, &ready);
}

absl::Status PostgresSubscription::Poll(int descriptor, short events, absl::Time deadline, bool* ready) {
  pollfd polled[] = {{stop_, POLLIN, 0}, {descriptor, events, 0}};
  while (true) {
    int millis = -1;
    if (deadline != absl::InfiniteFuture()) {
      const absl::Duration left = absl::Ceil(deadline - absl::Now(), absl::Milliseconds(1));
      millis = static_cast<int>(std::max<int64_t>(0, absl::ToInt64Milliseconds(left)));
    }
    const int count = poll(polled, 2, millis);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return Unavailable("poll() failed");
    if (polled[0].revents != 0) return absl::CancelledError();
    *ready = polled[1].revents != 0;
    return absl::OkStatus();
  }
}

}  // namespace overlock::storage
