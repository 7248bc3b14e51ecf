// Counts what a program takes from the heap by `new`.
#ifndef OVERLOCK_COMMON_TESTING_ALLOCATIONS_H_
#define OVERLOCK_COMMON_TESTING_ALLOCATIONS_H_

namespace overlock {

// How often the program, which links overlock_common_testing_allocations, has called `operator new` so far.
// Thread-safe.
int AllocationsSoFar();

}  // namespace overlock

#endif  // OVERLOCK_COMMON_TESTING_ALLOCATIONS_H_
