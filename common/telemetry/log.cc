#include "common/telemetry/log.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <cmath>
#include <cstdio>

#include "absl/strings/str_cat.h"

namespace overlock::log {
namespace {

Level g_level = Level::kInfo;
std::string g_service = "overlock";

spdlog::logger& Logger() {
  static const std::shared_ptr<spdlog::logger> logger = [] {
    auto made = std::make_shared<spdlog::logger>("overlock", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_level(spdlog::level::trace);
    // UTC with microseconds; the rest of the object comes ready-made as the message.
    made->set_formatter(std::make_unique<spdlog::pattern_formatter>(R"({"time":"%Y-%m-%dT%H:%M:%S.%fZ",%v)",
                                                                    spdlog::pattern_time_type::utc));
    return made;
  }();
  return *logger;
}

spdlog::level::level_enum ToSpdlog(Level level) {
  switch (level) {
    case Level::kDebug:
      return spdlog::level::debug;
    case Level::kInfo:
      return spdlog::level::info;
    case Level::kWarning:
      return spdlog::level::warn;
    case Level::kError:
      return spdlog::level::err;
    case Level::kOff:
      return spdlog::level::off;
  }
  return spdlog::level::off;
}

std::string_view Name(Level level) {
  switch (level) {
    case Level::kDebug:
      return "debug";
    case Level::kInfo:
      return "info";
    case Level::kWarning:
      return "warning";
    case Level::kError:
      return "error";
    case Level::kOff:
      return "off";
  }
  return "off";
}

// RFC 8259. Bytes that are not UTF-8 are passed on as they are: what reads logs copes better than we could.
void AppendJsonString(std::string& out, std::string_view text) {
  out += '"';
  for (char c : text) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          char escaped[8];
          std::snprintf(escaped, sizeof escaped, "\\u%04x", c);
          out += escaped;
        } else {
          out += c;
        }
    }
  }
  out += '"';
}

void AppendValue(std::string& out, const Field& field) {
  if (auto* text = std::get_if<std::string_view>(&field.value)) {
    AppendJsonString(out, *text);
  } else if (auto* integer = std::get_if<int64_t>(&field.value)) {
    absl::StrAppend(&out, *integer);
  } else if (auto* number = std::get_if<double>(&field.value)) {
    if (std::isfinite(*number))
      absl::StrAppend(&out, *number);
    else
      out += "null";
  } else {
    out += std::get<bool>(field.value) ? "true" : "false";
  }
}

}  // namespace

void Init(Level level, std::string service) {
  g_level = level;
  g_service = std::move(service);
}

bool ParseLevel(std::string_view name, Level* level) {
  for (Level candidate : {Level::kDebug, Level::kInfo, Level::kWarning, Level::kError, Level::kOff}) {
    if (name == Name(candidate)) {
      *level = candidate;
      return true;
    }
  }
  return false;
}

bool Enabled(Level level) { return level >= g_level && level != Level::kOff; }

std::string FormatForTesting(Level level, std::string_view event, std::initializer_list<Field> fields) {
  std::string line;
  line.reserve(256);
  absl::StrAppend(&line, "\"level\":\"", Name(level), "\",\"service\":");
  AppendJsonString(line, g_service);
  line += ",\"event\":";
  AppendJsonString(line, event);
  for (const Field& field : fields) {
    line += ',';
    AppendJsonString(line, field.key);
    line += ':';
    AppendValue(line, field);
  }
  line += '}';
  return line;
}

void Write(Level level, std::string_view event, std::initializer_list<Field> fields) {
  if (!Enabled(level)) return;
  Logger().log(ToSpdlog(level), "{}", FormatForTesting(level, event, fields));
}

}  // namespace overlock::log
