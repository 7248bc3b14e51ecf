// The cursors that users' functions have open.
#ifndef OVERLOCK_SERVICES_EXECUTOR_DATA_USER_CURSORS_H_
#define OVERLOCK_SERVICES_EXECUTOR_DATA_USER_CURSORS_H_

#include <boost/asio/any_io_executor.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "common/async/task.h"
#include "services/executor/data/user_reads.h"

namespace overlock::executor {

// A cursor belongs to one invocation: others do not find it, and it is closed when that ends. Its number is ours, not
// the server's. Used on the supervisor's loop only.
class UserCursors : public std::enable_shared_from_this<UserCursors> {
 public:
  static constexpr size_t kItemsMax = 10'000;

  explicit UserCursors(boost::asio::any_io_executor executor) : executor_(std::move(executor)) {}

  // The first batch as a reply; what is left stays open.
  Task<Attempt<std::string>> Open(ServiceCallPtr call, UserCursorPtr cursor);
  // The next one. MongoDBError 43 (`CursorNotFound`) if the call's invocation has no such cursor, or waits for a batch
  // of it already.
  Task<Attempt<std::string>> Continue(ServiceCallPtr call, int64_t id);
  Task<void> Close(ServiceCallPtr call, int64_t id);

  size_t size() const { return entries_.size(); }

 private:
  using Stop = std::stop_callback<std::function<void()>>;
  struct Entry {
    UserCursorPtr cursor;
    std::weak_ptr<const v1::ExecuteRequest> invocation;
    std::unique_ptr<Stop> stop;
  };

  Task<Attempt<std::string>> Advance(ServiceCallPtr call, UserCursorPtr cursor, int64_t id);
  void Keep(const ServiceCall& call, UserCursorPtr cursor, int64_t id);
  // Null if the invocation has none of that number.
  UserCursorPtr Take(const ServiceCall& call, int64_t id);
  void EndOf(int64_t id);

  const boost::asio::any_io_executor executor_;
  absl::flat_hash_map<int64_t, Entry> entries_;
};

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_DATA_USER_CURSORS_H_
