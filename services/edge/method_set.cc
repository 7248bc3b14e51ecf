#include "services/edge/method_set.h"

#include <cstddef>
#include <iterator>

#include "absl/strings/str_cat.h"

namespace overlock::edge {
namespace {

// A method's bit is its place here.
constexpr std::string_view kMethods[] = {"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"};

uint8_t BitsOf(config::v1::HttpMethod method) {
  switch (method) {
    case config::v1::HTTP_METHOD_GET:
      return 1 << 0;
    case config::v1::HTTP_METHOD_PUT:
      return 1 << 2;
    case config::v1::HTTP_METHOD_PATCH:
      return 1 << 3;
    case config::v1::HTTP_METHOD_DELETE:
      return 1 << 4;
    case config::v1::HTTP_METHOD_HEAD:
      return 1 << 5;
    case config::v1::HTTP_METHOD_ANY:
      return (1 << std::size(kMethods)) - 1;
    default:
      return 1 << 1;
  }
}

}  // namespace

MethodSet::MethodSet(config::v1::HttpMethod method) : bits_(BitsOf(method)) {}

bool MethodSet::Has(std::string_view method) const {
  for (size_t i = 0; i < std::size(kMethods); ++i) {
    if (kMethods[i] == method) return (bits_ >> i & 1) != 0;
  }
  return false;
}

std::string MethodSet::Names() const {
  std::string names;
  for (size_t i = 0; i < std::size(kMethods); ++i) {
    if ((bits_ >> i & 1) != 0) absl::StrAppend(&names, names.empty() ? "" : ", ", kMethods[i]);
  }
  return names;
}

}  // namespace overlock::edge
