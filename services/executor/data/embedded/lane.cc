#include "services/executor/data/embedded/lane.h"

#include <bson/bson.h>

#include <algorithm>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "services/executor/data/embedded/sqlite_document_store.h"

namespace overlock::executor {
namespace {

using std::chrono::steady_clock;

// MongoDB's messages have at most 16 MiB and 16 KiB beside the document.
constexpr size_t kCommandBytesMax = (16 << 20) + (16 << 10);

DataError StoreError(const absl::Status& status, bool interrupted) {
  switch (status.code()) {
    case absl::StatusCode::kDeadlineExceeded:
      return interrupted ? InterruptedError() : TimeLimitError();
    case absl::StatusCode::kResourceExhausted:
      return {14031, "OutOfDiskSpace", std::string(status.message())};
    default:
      return {8, "UnknownError", std::string(status.message())};
  }
}

// `maxTimeMS`, if the command has one that is a number above 0.
steady_clock::time_point OwnLimit(const bson_t& command) {
  bson_iter_t field;
  if (!bson_iter_init_find(&field, &command, "maxTimeMS")) return steady_clock::time_point::max();
  int64_t milliseconds = bson_iter_as_int64(&field);
  if (milliseconds <= 0 || milliseconds > 1'000'000'000) return steady_clock::time_point::max();
  return steady_clock::now() + std::chrono::milliseconds(milliseconds);
}

int64_t Nanoseconds(steady_clock::time_point time) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
}

}  // namespace

DataError TimeLimitError() { return {50, "MaxTimeMSExpired", "operation exceeded time limit"}; }
DataError InterruptedError() { return {11601, "Interrupted", "operation was interrupted"}; }

Lane::Lane(std::unique_ptr<SqliteConnection> connection, std::timed_mutex& writer, Options options)
    : connection_(std::move(connection)), writer_(writer), options_(std::move(options)), thread_([this] { Work(); }) {}

Lane::~Lane() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    interrupt_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void Lane::Post(std::shared_ptr<PendingCommand> command) {
  {
    std::lock_guard lock(mutex_);
    // Those that were answered meanwhile only stand there.
    if (queue_.size() >= options_.queue_items_max)
      std::erase_if(queue_, [](const auto& each) { return each->answered(); });
    if (queue_.size() < options_.queue_items_max) {
      queue_.push_back(std::move(command));
      wake_.notify_one();
      return;
    }
  }
  command->Give(
      DataError{0, "", absl::StrCat("embedded database: ", options_.queue_items_max, " commands wait already")});
}

void Lane::Interrupt(const PendingCommand& command) {
  std::lock_guard lock(mutex_);
  if (running_ == &command) interrupt_ = true;
}

void Lane::Work() {
  // Made by the first command, destroyed by the thread that made them.
  std::unique_ptr<DocumentEngines> engines;
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (queue_.empty()) return;
    std::shared_ptr<PendingCommand> pending = std::move(queue_.front());
    queue_.pop_front();
    if (stopping_) {
      pending->Give(DataError{91, "ShutdownInProgress", "The server is in quiesce mode and will shut down"});
      continue;
    }
    interrupt_ = false;
    running_ = pending.get();
    lock.unlock();
    if (!pending->answered()) {
      if (!engines) engines = MakeEngines(*pending);
      if (engines) RunOne(*engines, *pending);
    }
    lock.lock();
    running_ = nullptr;
  }
}

std::unique_ptr<DocumentEngines> Lane::MakeEngines(PendingCommand& pending) {
  absl::StatusOr<DocumentEnginesFactory> make = options_.find_engines();
  if (make.ok()) return std::unique_ptr<DocumentEngines>((*make)(options_.engine_limits, interrupt_));
  pending.Give(DataError{8, "UnknownError", absl::StrCat("embedded database: ", make.status().message())});
  return nullptr;
}

void Lane::RunOne(DocumentEngines& engines, PendingCommand& pending) {
  const std::string& bytes = pending.command.command;
  bson_t command;
  // What is inside is checked by the engine: libbson's own check goes as deep as the documents do.
  if (bytes.size() > kCommandBytesMax ||
      !bson_init_static(&command, reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size())) {
    return pending.Give(
        bytes.size() > kCommandBytesMax
            ? DataError{10334, "BSONObjectTooLarge",
                        absl::StrCat("the command has ", bytes.size(), " bytes, allowed are ", kCommandBytesMax)}
            : DataError{22, "InvalidBSON", "the command is not BSON"});
  }
  const steady_clock::time_point deadline = std::min(pending.deadline, OwnLimit(command));
  SqliteDocumentStore store(*connection_, writer_, {pending.source, deadline, [this] { return interrupt_.load(); }});
  EngineCommand engine_command{pending.command.database, bytes, Nanoseconds(deadline),
                               absl::ToUnixMillis(options_.clock->Now())};
  EngineResult result = engines.Run(pending.source, engine_command, store);
  if (!store.status().ok()) return pending.Give(StoreError(store.status(), interrupt_));
  if (auto* failure = std::get_if<EngineFailure>(&result)) {
    return pending.Give(DataError{failure->code, std::move(failure->name), std::move(failure->message)});
  }
  // Who was told that the time is over is not to find the documents later.
  if (!pending.Claim()) return;
  absl::Status committed = store.Commit();
  if (!committed.ok()) return pending.GiveClaimed(StoreError(committed, interrupt_));
  pending.GiveClaimed(DataReply{std::get<std::string>(std::move(result))});
}

}  // namespace overlock::executor
