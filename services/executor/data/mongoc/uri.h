// Where a MongoDB cluster is, as a connection string.
#ifndef OVERLOCK_SERVICES_EXECUTOR_DATA_MONGOC_URI_H_
#define OVERLOCK_SERVICES_EXECUTOR_DATA_MONGOC_URI_H_

#include <mongoc/mongoc.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace overlock::executor {

// Who wrote a connection string.
enum class UriOwner {
  // Who runs this server: it may use all that the driver can do.
  kOperator,
  // Who runs an application: nothing of this machine may be reached or told through it (its files, its sockets, its
  // identity at a cloud provider).
  kApplication,
};

// A parsed connection string (`mongodb://…`, `mongodb+srv://…`). Holds credentials: only Redact() may be shown.
class MongoUri {
 public:
  // INVALID_ARGUMENT (`MONGODB_URI_BAD`) for what is no connection string, or not allowed to its owner. No message
  // holds any of the text. A `mongodb+srv` is looked up later, when the cluster is first used. Allowed to nobody: a
  // load balancer's clusters (`loadBalanced`), unacknowledged writes (`w=0`).
  static absl::StatusOr<MongoUri> Parse(const std::string& text, UriOwner owner);

  // For the driver, with what we hold to by ourselves: retries of writes (they are ours) and, unless the text says
  // otherwise, five seconds to find a server and the name `overlock`.
  const mongoc_uri_t* get() const { return uri_.get(); }
  // Whether writes are to be tried again.
  bool retries_writes() const { return retries_writes_; }

  // Takes the text's user, password and their written forms out of a message.
  std::string Redact(std::string message) const;

 private:
  struct Destroy {
    void operator()(mongoc_uri_t* uri) const { mongoc_uri_destroy(uri); }
  };

  std::unique_ptr<mongoc_uri_t, Destroy> uri_;
  bool retries_writes_ = true;
  std::vector<std::string> secrets_;
};

// Whether a text holds a password, as far as one can tell without understanding the rest.
bool HasPassword(std::string_view uri);

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_DATA_MONGOC_URI_H_
