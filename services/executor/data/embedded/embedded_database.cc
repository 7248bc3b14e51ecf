#include "services/executor/data/embedded/embedded_database.h"

#include <chrono>
#include <functional>
#include <optional>
#include <stop_token>
#include <utility>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/async/suspend.h"
#include "common/status/status_macros.h"
#include "services/executor/data/embedded/sqlite_document_store.h"

namespace overlock::executor {
namespace {

using std::chrono::steady_clock;

// What no deadline is meant by.
constexpr absl::Duration kForever = absl::Hours(24 * 365);

class EmbeddedSource : public DataSource {
 public:
  EmbeddedSource(Lane& lane, std::string source) : lane_(lane), source_(std::move(source)) {}

  Task<DataOutcome> Run(DataCommand command) override {
    const absl::Duration time_left = command.context.TimeLeft();
    const std::stop_token stop = command.context.stop;
    // What does not begin is no server's answer.
    if (time_left <= absl::ZeroDuration()) co_return DataError{0, "", "embedded database: there is no time left"};
    if (stop.stop_requested()) co_return DataError{0, "", "embedded database: the caller has gone"};
    boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
    std::shared_ptr<PendingCommand> pending;
    std::optional<std::stop_callback<std::function<void()>>> on_stop;
    auto start = [&](auto resume) {
      auto shared = std::make_shared<decltype(resume)>(std::move(resume));
      pending = std::make_shared<PendingCommand>(source_, std::move(command),
                                                 [shared](DataOutcome outcome) { (*shared)(std::move(outcome)); });
      if (time_left < kForever) {
        pending->deadline = steady_clock::now() + absl::ToChronoNanoseconds(time_left);
        timer.expires_at(pending->deadline);
        timer.async_wait([pending = pending](const boost::system::error_code& error) {
          if (!error) pending->Give(TimeLimitError());
        });
      }
      lane_.Post(pending);
      on_stop.emplace(stop, [this, pending = pending] {
        lane_.Interrupt(*pending);
        pending->Give(InterruptedError());
      });
    };
    DataOutcome outcome = co_await Suspend<DataOutcome>(start);
    co_return outcome;
  }

 private:
  Lane& lane_;
  const std::string source_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<EmbeddedDatabase>> EmbeddedDatabase::Open(const EmbeddedDatabaseOptions& options) {
  std::unique_ptr<EmbeddedDatabase> database(new EmbeddedDatabase());
  for (size_t i = 0; i < options.lanes; ++i) {
    OVERLOCK_ASSIGN_OR_RETURN(auto connection, SqliteConnection::Open(options.path));
    if (i == 0) OVERLOCK_RETURN_IF_ERROR(PrepareDocumentTables(*connection));
    Lane::Options lane{options.find_engines, options.engine_limits, options.queue_items_max, options.clock};
    database->lanes_.push_back(std::make_unique<Lane>(std::move(connection), database->writer_, lane));
  }
  return database;
}

EmbeddedDatabase::~EmbeddedDatabase() = default;

std::unique_ptr<DataSource> EmbeddedDatabase::MakeSource(const std::string& application, const std::string& service) {
  Lane& lane = *lanes_[std::hash<std::string>()(application) % lanes_.size()];
  // An application's id has no slash.
  return std::make_unique<EmbeddedSource>(lane, absl::StrCat(application, "/", service));
}

}  // namespace overlock::executor
