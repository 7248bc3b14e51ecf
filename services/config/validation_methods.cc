#include "services/config/validation_methods.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace overlock::config {
namespace {

constexpr std::string_view kPrefix = "VALIDATION_METHOD_";
constexpr std::string_view kSvix = "SVIX";

}  // namespace

std::string_view ValidationMethodName(v1::ValidationMethod method) {
  if (!v1::ValidationMethod_IsValid(method)) method = v1::VALIDATION_METHOD_UNSPECIFIED;
  return absl::StripPrefix(v1::ValidationMethod_Name(method), kPrefix);
}

const std::vector<std::string_view>& ValidationMethodNames() {
  static const auto* const names = [] {
    auto* all = new std::vector<std::string_view>();
    for (int method = v1::VALIDATION_METHOD_UNSPECIFIED + 1; method < v1::ValidationMethod_ARRAYSIZE; ++method) {
      all->push_back(ValidationMethodName(static_cast<v1::ValidationMethod>(method)));
    }
    all->push_back(kSvix);
    return all;
  }();
  return *names;
}

v1::ValidationMethod ValidationMethodOf(std::string_view name) {
  if (name == kSvix) return v1::VALIDATION_METHOD_STANDARD_WEBHOOKS;
  v1::ValidationMethod method = v1::VALIDATION_METHOD_UNSPECIFIED;
  v1::ValidationMethod_Parse(absl::StrCat(kPrefix, name), &method);
  return method;
}

bool IsStitchMethod(v1::ValidationMethod method) {
  return method == v1::VALIDATION_METHOD_NO_VALIDATION || method == v1::VALIDATION_METHOD_VERIFY_PAYLOAD ||
         method == v1::VALIDATION_METHOD_SECRET_AS_QUERY_PARAM;
}

}  // namespace overlock::config
