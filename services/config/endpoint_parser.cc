// HTTPS endpoints (spec section 2, end).
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "services/config/entity_parsers.h"
#include "services/config/validation_settings_parser.h"

namespace overlock::config {
namespace {

constexpr size_t kRouteBytesMax = 1024;

std::string ReadRoute(ObjectReader& reader) {
  std::string route = reader.RequiredString("route").value_or("");
  if (route.empty()) return route;
  if (route.front() != '/') reader.AddError("route", "must begin with '/'");
  if (route.size() > kRouteBytesMax) {
    reader.AddError("route", absl::StrCat("has ", route.size(), " bytes; at most ", kRouteBytesMax));
  }
  for (char c : route) {
    if (static_cast<unsigned char>(c) <= 0x20 || c == '?' || c == '#') {
      reader.AddError("route", "must have no space, control character, '?' or '#'");
      break;
    }
  }
  return route;
}

v1::HttpMethod ReadMethod(ObjectReader& reader) {
  std::string name = reader.RequiredString("http_method").value_or("");
  if (name.empty()) return v1::HTTP_METHOD_UNSPECIFIED;
  auto method = reader.Enum("http_method", {"GET", "POST", "PUT", "PATCH", "DELETE", "*"});
  if (!method) return v1::HTTP_METHOD_UNSPECIFIED;
  if (*method == "*") return v1::HTTP_METHOD_ANY;
  v1::HttpMethod result = v1::HTTP_METHOD_UNSPECIFIED;
  v1::HttpMethod_Parse(absl::StrCat("HTTP_METHOD_", *method), &result);
  return result;
}

void ReadValidation(ObjectReader& reader, v1::Endpoint& endpoint) {
  v1::ValidationMethod method = ReadValidationMethod(reader, "validation_method");
  if (method == v1::VALIDATION_METHOD_UNSPECIFIED) method = v1::VALIDATION_METHOD_NO_VALIDATION;
  endpoint.set_validation_method(method);
  if (auto settings = ReadValidationSettings(reader)) *endpoint.mutable_validation() = *std::move(settings);
  endpoint.set_secret_name(reader.String("secret_name").value_or(""));
  // In early exports.
  reader.Ignore({"secret_id"});
  const bool has_secret = !endpoint.secret_name().empty() || !endpoint.validation().secrets().empty();
  if (method != v1::VALIDATION_METHOD_NO_VALIDATION && !has_secret) {
    reader.AddError("secret_name",
                    "is required and must not be empty: it names the secret that requests are validated with");
  }
}

v1::ReturnType ReadReturnType(ObjectReader& reader) {
  std::string type = reader.Enum("return_type", {"JSON", "EJSON"}).value_or("");
  if (type.empty()) return v1::RETURN_TYPE_UNSPECIFIED;
  return type == "JSON" ? v1::RETURN_TYPE_JSON : v1::RETURN_TYPE_EJSON;
}

}  // namespace

void ParseEndpoints(const ParseContext& context, v1::Application& application) {
  std::set<std::string> functions;
  for (const v1::Function& function : application.functions()) functions.insert(function.name());
  std::set<std::string> names;
  for (const AppEntity& entity : context.tree.entities) {
    if (entity.kind != v1::ENTITY_KIND_ENDPOINT) continue;
    ObjectReader reader = ReaderOf(context, entity);
    v1::Endpoint endpoint;
    endpoint.set_id(entity.id);
    endpoint.set_route(ReadRoute(reader));
    endpoint.set_http_method(ReadMethod(reader));
    endpoint.set_function_name(reader.RequiredString("function_name").value_or(""));
    if (!endpoint.function_name().empty() && !functions.contains(endpoint.function_name())) {
      reader.AddError("function_name", absl::StrCat("there is no function '", endpoint.function_name(), "'"));
    }
    reader.Ignore({"function_id"});
    ReadValidation(reader, endpoint);
    endpoint.set_respond_result(reader.Bool("respond_result").value_or(false));
    endpoint.set_fetch_custom_user_data(reader.Bool("fetch_custom_user_data").value_or(false));
    endpoint.set_create_user_on_auth(reader.Bool("create_user_on_auth").value_or(false));
    endpoint.set_disabled(reader.Bool("disabled").value_or(false));
    endpoint.set_return_type(ReadReturnType(reader));
    reader.Finish();
    if (!names.insert(entity.name).second) {
      reader.AddError("route", absl::StrCat("there are two endpoints ", entity.name));
    }
    *application.add_endpoints() = std::move(endpoint);
  }
}

}  // namespace overlock::config
