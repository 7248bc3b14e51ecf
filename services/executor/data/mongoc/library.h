// The MongoDB driver as a whole.
#ifndef OVERLOCK_SERVICES_EXECUTOR_DATA_MONGOC_LIBRARY_H_
#define OVERLOCK_SERVICES_EXECUTOR_DATA_MONGOC_LIBRARY_H_

namespace overlock::executor {

// Makes the driver ready, once a process, and leads what it logs into our log. Thread-safe.
void StartMongoLibrary();

// While one is alive, what the driver says on this thread is not logged: it may quote what it reads.
class QuietMongoLibrary {
 public:
  QuietMongoLibrary();
  ~QuietMongoLibrary();
  QuietMongoLibrary(const QuietMongoLibrary&) = delete;
  QuietMongoLibrary& operator=(const QuietMongoLibrary&) = delete;
};

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_DATA_MONGOC_LIBRARY_H_
