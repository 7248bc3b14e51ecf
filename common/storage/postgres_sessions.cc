#include "common/storage/postgres_sessions.h"

#include <soci/postgresql/soci-postgresql.h>

#include <chrono>
#include <exception>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status/status.h"
#include "common/storage/store_error.h"

namespace overlock::storage {
namespace {

PGconn* ConnectionOf(soci::session& session) {
  return static_cast<soci::postgresql_session_backend*>(session.get_backend())->conn_;
}

}  // namespace

void MakeDiscreet(PGconn* connection) {
  // Without DETAIL, which shows the rows that stand in the way.
  PQsetErrorVerbosity(connection, PQERRORS_TERSE);
  PQsetErrorContextVisibility(connection, PQSHOW_CONTEXT_NEVER);
  PQsetNoticeProcessor(
      connection, [](void*, const char*) {}, nullptr);
}

PGconn* PostgresSessions::Lease::connection() { return ConnectionOf(*session_); }

absl::Status PostgresSessions::Lease::Reconnect() {
  session_ = nullptr;
  OVERLOCK_ASSIGN_OR_RETURN(session_, sessions_->Connect());
  used_before_ = false;
  return absl::OkStatus();
}

PostgresSessions::Lease::~Lease() {
  if (sessions_) sessions_->GiveBack(std::move(session_));
}

absl::StatusOr<PostgresSessions::Lease> PostgresSessions::Take() {
  std::unique_ptr<soci::session> session;
  {
    std::unique_lock lock(mutex_);
    if (!given_back_.wait_for(lock, absl::ToChronoNanoseconds(wait_max_), [this] { return leased_ < sessions_max_; })) {
      return Unavailable(
          absl::StrCat("all ", sessions_max_, " connections were in use for ", absl::FormatDuration(wait_max_)));
    }
    ++leased_;
    if (!idle_.empty()) {
      session = std::move(idle_.back());
      idle_.pop_back();
    }
  }
  Lease lease(this, std::move(session));
  if (!lease.session_) OVERLOCK_RETURN_IF_ERROR(lease.Reconnect());
  return lease;
}

absl::StatusOr<std::unique_ptr<soci::session>> PostgresSessions::Connect() const {
  auto session = std::make_unique<soci::session>();
  try {
    session->open(soci::postgresql, target_.uri());
    MakeDiscreet(ConnectionOf(*session));
    for (const std::string& statement : setup_) *session << statement;
  } catch (const std::exception& exception) {
    return StatementFailed(*session, exception);
  }
  return session;
}

void PostgresSessions::GiveBack(std::unique_ptr<soci::session> session) {
  if (session) {
    PGconn* connection = ConnectionOf(*session);
    if (PQstatus(connection) != CONNECTION_OK || PQtransactionStatus(connection) != PQTRANS_IDLE) session = nullptr;
  }
  {
    std::lock_guard lock(mutex_);
    --leased_;
    if (session) idle_.push_back(std::move(session));
  }
  given_back_.notify_one();
}

}  // namespace overlock::storage
