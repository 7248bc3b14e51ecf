// How many processors this process may use.
#ifndef OVERLOCK_COMMON_PROCESSORS_PROCESSORS_H_
#define OVERLOCK_COMMON_PROCESSORS_PROCESSORS_H_

#include <string>
#include <string_view>

namespace overlock {

// At least one: those that its affinity allows (taskset, cpusets), and no more than its control group's quota pays for
// (a container's limit, rounded up). std::thread::hardware_concurrency() knows neither. Reads files; thread-safe.
int AvailableProcessors();

// Of a control group's `cpu.max` (cgroup v2: "200000 100000", or "max 100000"): processors, rounded up; 0 without a
// limit, or where the text is something else.
int QuotaProcessors(std::string_view cpu_max);
// The group of a process in the unified hierarchy by its /proc/self/cgroup ("0::/path"); empty where there is none.
std::string UnifiedGroup(std::string_view proc_self_cgroup);

}  // namespace overlock

#endif  // OVERLOCK_COMMON_PROCESSORS_PROCESSORS_H_
