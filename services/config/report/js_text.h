// What names and strings in JavaScript source text stand for.
#ifndef OVERLOCK_SERVICES_CONFIG_REPORT_JS_TEXT_H_
#define OVERLOCK_SERVICES_CONFIG_REPORT_JS_TEXT_H_

#include <optional>
#include <string>

#include "services/config/report/js_tokens.h"

namespace overlock::config {

// The name that a kName stands for: without escapes.
std::string NameOf(const Token& token);

// The text that a kString or kTemplate stands for, at most `bytes_max` of it; nullopt for any other token.
std::optional<std::string> TextOf(const Token& token, size_t bytes_max = 256);

}  // namespace overlock::config

#endif  // OVERLOCK_SERVICES_CONFIG_REPORT_JS_TEXT_H_
