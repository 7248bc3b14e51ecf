// How much of the processors a worker gets where others want them too.
#ifndef OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_WORKER_PRIORITY_H_
#define OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_WORKER_PRIORITY_H_

namespace overlock::executor {

enum class WorkerPriority {
  kNormal,
  // It has an application that once ended a worker.
  kCordoned,
  // A function has been in JavaScript for long.
  kBusy,
};

// For setpriority(2).
inline int NicenessOf(WorkerPriority priority) {
  switch (priority) {
    case WorkerPriority::kNormal:
      return 0;
    case WorkerPriority::kCordoned:
      return 5;
    case WorkerPriority::kBusy:
      return 15;
  }
  return 0;
}

// Whether this process may undo a lower priority. Tries it with a thread; that takes some 50 microseconds.
bool MayRaisePriority();

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_WORKER_PRIORITY_H_
