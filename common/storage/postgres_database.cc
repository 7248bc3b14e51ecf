#include "common/storage/postgres_database.h"

#include <soci/postgresql/soci-postgresql.h>

#include <exception>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/status/status.h"
#include "common/storage/postgres_sessions.h"
#include "common/storage/postgres_subscription.h"
#include "common/storage/retry_pause.h"
#include "common/storage/store_error.h"

namespace overlock::storage {
namespace {

constexpr int kSchemaBytesMax = 30;
constexpr int kServerVersionMin = 120000;
// A process that stands still in a transaction must not hold its locks for ever.
constexpr char kIdleTimeout[] = "SET idle_in_transaction_session_timeout = '30s'";
constexpr char kBeginWrite[] = "BEGIN ISOLATION LEVEL READ COMMITTED, READ WRITE";
constexpr char kBeginRead[] = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY";

struct Outcome {
  absl::Status status;
  // It failed because of another transaction, and nothing of it is left.
  bool conflict = false;
};

Outcome Failed(const soci::session& session, const soci::postgresql_soci_error& error) {
  const std::string state = error.sqlstate();
  // What PostgreSQL says of data that it cannot use shows the data.
  if (absl::StartsWith(state, "22")) {
    return {StatementFailed(session, absl::StrCat("a value does not fit (SQLSTATE ", state, ")"))};
  }
  return {StatementFailed(session, error), state == "40001" || state == "40P01"};
}

// Runs `work` and turns what is thrown into a status.
template <class Work>
Outcome Guarded(const soci::session& session, const Work& work) {
  try {
    return {work()};
  } catch (const soci::postgresql_soci_error& error) {
    return Failed(session, error);
  } catch (const std::exception& exception) {
    return {StatementFailed(session, exception)};
  } catch (...) {
    return {Unavailable("something that is no exception was thrown")};
  }
}

Outcome Execute(soci::session& session, const char* statement) {
  return Guarded(session, [&] {
    session << statement;
    return absl::OkStatus();
  });
}

Outcome Begin(PostgresSessions::Lease& lease, const char* begin) {
  Outcome outcome = Execute(lease.session(), begin);
  if (outcome.status.ok()) return outcome;
  if (lease.used_before()) {
    // The server was restarted while the connection was idle, or it is no longer the one that may be written to.
    // Nothing has been done yet.
    if (absl::Status status = lease.Reconnect(); !status.ok()) return {status};
    outcome = Execute(lease.session(), begin);
  }
  if (!outcome.status.ok()) lease.Drop();
  return outcome;
}

Outcome Commit(PostgresSessions::Lease& lease) {
  // COMMIT of a transaction in which a statement failed rolls it back, and calls that a success.
  if (PQtransactionStatus(lease.connection()) != PQTRANS_INTRANS) {
    return {Unavailable("a statement failed and the work went on, or it ended its transaction by itself")};
  }
  Outcome outcome = Execute(lease.session(), "COMMIT");
  if (!outcome.status.ok() && PQstatus(lease.connection()) != CONNECTION_OK) {
    return {Unavailable("the connection was lost in COMMIT; what was written may be there or not")};
  }
  return outcome;
}

// Leaves the session as if nothing had been; if that fails it is closed when it is given back.
void Rollback(PostgresSessions::Lease& lease) {
  if (PQstatus(lease.connection()) != CONNECTION_OK) return;
  if (!Execute(lease.session(), "ROLLBACK").status.ok()) return;
  // SOCI cannot deallocate what it had prepared in a transaction that failed.
  Execute(lease.session(), "DEALLOCATE ALL").status.IgnoreError();
}

Outcome RunOnce(PostgresSessions::Lease& lease, const char* begin, const Database::Work& work) {
  Outcome outcome = Begin(lease, begin);
  if (!outcome.status.ok()) return outcome;
  outcome = Guarded(lease.session(), [&] { return work(lease.session()); });
  if (outcome.status.ok()) outcome = Commit(lease);
  if (!outcome.status.ok()) Rollback(lease);
  return outcome;
}

absl::Status InvalidOption(std::string_view what) {
  return Error(absl::StatusCode::kInvalidArgument, "STORE_OPTIONS_INVALID", what);
}

absl::Status Check(const PostgresOptions& options) {
  if (options.sessions_max < 1) return InvalidOption("sessions_max: must be at least 1");
  if (options.session_wait_max <= absl::ZeroDuration()) return InvalidOption("session_wait_max: must be positive");
  if (options.connect_timeout <= absl::ZeroDuration()) return InvalidOption("connect_timeout: must be positive");
  if (options.statement_timeout < absl::Milliseconds(1)) return InvalidOption("statement_timeout: must be 1ms or more");
  const std::string& schema = options.schema;
  auto allowed = [](char c) {
    return absl::ascii_islower(static_cast<unsigned char>(c)) || absl::ascii_isdigit(static_cast<unsigned char>(c)) ||
           c == '_';
  };
  if (schema.size() > kSchemaBytesMax || !std::all_of(schema.begin(), schema.end(), allowed) ||
      (!schema.empty() && absl::ascii_isdigit(static_cast<unsigned char>(schema[0])))) {
    return InvalidOption(absl::StrCat("schema: must be at most ", kSchemaBytesMax,
                                      " lower-case letters, digits and underscores, not first a digit"));
  }
  return absl::OkStatus();
}

}  // namespace

PostgresDatabase::PostgresDatabase(std::unique_ptr<PostgresSessions> sessions, std::string schema)
    : sessions_(std::move(sessions)), schema_(std::move(schema)) {}
PostgresDatabase::~PostgresDatabase() = default;

absl::StatusOr<std::unique_ptr<PostgresDatabase>> PostgresDatabase::Open(const PostgresOptions& options) {
  OVERLOCK_RETURN_IF_ERROR(Check(options));
  OVERLOCK_ASSIGN_OR_RETURN(auto target, PostgresTarget::Parse(options.connection, options.connect_timeout));
  std::vector<std::string> setup = {
      absl::StrCat("SET statement_timeout = ", absl::ToInt64Milliseconds(options.statement_timeout)), kIdleTimeout};
  if (!options.schema.empty()) setup.push_back(absl::StrCat("SET search_path TO \"", options.schema, "\""));
  auto sessions = std::make_unique<PostgresSessions>(std::move(target), std::move(setup), options.sessions_max,
                                                     options.session_wait_max);
  {
    OVERLOCK_ASSIGN_OR_RETURN(auto lease, sessions->Take());
    if (int version = PQserverVersion(lease.connection()); version < kServerVersionMin) {
      return Error(absl::StatusCode::kFailedPrecondition, "STORE_TOO_OLD",
                   absl::StrCat("database: PostgreSQL ", version / 10000, " is too old, 12 or newer is needed"));
    }
  }
  std::unique_ptr<PostgresDatabase> database(new PostgresDatabase(std::move(sessions), options.schema));
  OVERLOCK_RETURN_IF_ERROR(database->MakeSchema());
  return database;
}

absl::Status PostgresDatabase::MakeSchema() {
  if (schema_.empty()) return absl::OkStatus();
  return Write([this](soci::session& session) {
    // Who may use a schema may not always make one; so ask first.
    long long found = 0;
    session << "SELECT COUNT(*) FROM pg_namespace WHERE nspname = :schema", soci::into(found),
        soci::use(schema_, "schema");
    if (found == 0) {
      Lock(session, "schema");
      session << absl::StrCat("CREATE SCHEMA IF NOT EXISTS \"", schema_, "\"");
    }
    return absl::OkStatus();
  });
}

absl::Status PostgresDatabase::Write(const Work& work) { return Run(kBeginWrite, work); }

absl::Status PostgresDatabase::Read(const Work& work) { return Run(kBeginRead, work); }

absl::Status PostgresDatabase::Run(const char* begin, const Work& work) {
  for (int attempt = 1;; ++attempt) {
    Outcome outcome;
    {
      OVERLOCK_ASSIGN_OR_RETURN(auto lease, sessions_->Take());
      outcome = RunOnce(lease, begin, work);
    }
    if (!outcome.conflict || attempt == kAttemptsMax) return outcome.status;
    PauseAfterAttempt(attempt);
  }
}

void PostgresDatabase::Lock(soci::session& session, const std::string& name) {
  std::string scoped = Scoped(name);
  session << "SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))", soci::use(scoped, "name");
}

absl::Status PostgresDatabase::Notify(soci::session& session, const std::string& channel) {
  if (channel.empty()) return CheckChannel(channel);
  std::string scoped = Scoped(channel);
  OVERLOCK_RETURN_IF_ERROR(CheckChannel(scoped));
  session << "SELECT pg_notify(:channel, '')", soci::use(scoped, "channel");
  return absl::OkStatus();
}

std::unique_ptr<Subscription> PostgresDatabase::Listen(const std::string& channel, std::function<void()> on_notify) {
  return std::make_unique<PostgresSubscription>(sessions_->target(), Scoped(channel), std::move(on_notify));
}

std::string PostgresDatabase::Scoped(const std::string& name) const {
  return schema_.empty() ? name : absl::StrCat(schema_, ".", name);
}

}  // namespace overlock::storage
