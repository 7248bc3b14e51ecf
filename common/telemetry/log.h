// Logs: one JSON object a line on standard error.
#ifndef OVERLOCK_COMMON_TELEMETRY_LOG_H_
#define OVERLOCK_COMMON_TELEMETRY_LOG_H_

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

namespace overlock::log {

enum class Level { kDebug, kInfo, kWarning, kError, kOff };

// A named value of a line. Holds views: use it only in the call.
struct Field {
  Field(std::string_view key, std::string_view value) : key(key), value(value) {}
  Field(std::string_view key, const std::string& value) : key(key), value(std::string_view(value)) {}
  Field(std::string_view key, const char* value) : key(key), value(std::string_view(value)) {}
  Field(std::string_view key, bool value) : key(key), value(value) {}
  Field(std::string_view key, double value) : key(key), value(value) {}
  template <std::integral T>
  requires(!std::same_as<T, bool>) Field(std::string_view key, T value)
      : key(key), value(static_cast<int64_t>(value)) {}

  std::string_view key;
  std::variant<std::string_view, int64_t, double, bool> value;
};

// Sets what is written, and the `service` of every line. Call once, before threads log.
void Init(Level level, std::string service);

// Reads `debug`, `info`, `warning`, `error` or `off`; false for anything else.
bool ParseLevel(std::string_view name, Level* level);

// Ask before you build strings for a line that may not be written.
bool Enabled(Level level);

// Writes a line. Thread-safe. `event` is a short constant sentence; whatever varies is a field. Nothing secret.
// Keys `time`, `level`, `service`, `event` are taken; `request_id` is the correlation id, `trace_id` the trace.
void Write(Level level, std::string_view event, std::initializer_list<Field> fields = {});

inline void Debug(std::string_view event, std::initializer_list<Field> fields = {}) {
  Write(Level::kDebug, event, fields);
}
inline void Info(std::string_view event, std::initializer_list<Field> fields = {}) {
  Write(Level::kInfo, event, fields);
}
inline void Warning(std::string_view event, std::initializer_list<Field> fields = {}) {
  Write(Level::kWarning, event, fields);
}
inline void Error(std::string_view event, std::initializer_list<Field> fields = {}) {
  Write(Level::kError, event, fields);
}

// The line that Write() would write, without its time. For tests.
std::string FormatForTesting(Level level, std::string_view event, std::initializer_list<Field> fields);

}  // namespace overlock::log

#endif  // OVERLOCK_COMMON_TELEMETRY_LOG_H_
