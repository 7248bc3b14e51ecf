#include "absl/strings/str_cat.h"
#include "services/config/entity_parsers.h"
#include "services/config/validation_settings_parser.h"

namespace overlock::config {
namespace {

v1::HttpMethod MethodOf(std::string_view name) {
  v1::HttpMethod method = v1::HTTP_METHOD_UNSPECIFIED;
  v1::HttpMethod_Parse(absl::StrCat("HTTP_METHOD_", name), &method);
  return method;
}

void ReadRunAsMode(ObjectReader& reader, v1::Webhook& webhook) {
  RunAsFields fields = ReadRunAs(reader);
  bool fetch = reader.Bool("fetch_custom_user_data").value_or(false);
  bool create = reader.Bool("create_user_on_auth").value_or(false);
  v1::RunAs& run_as = *webhook.mutable_run_as();
  if (fields.authed_user) {
    run_as.mutable_authed_user()->set_fetch_custom_user_data(fetch);
    run_as.mutable_authed_user()->set_create_user_on_auth(create);
    return;
  }
  if (fetch) reader.AddWarning("fetch_custom_user_data", "means nothing without run_as_authed_user: true");
  if (create) reader.AddWarning("create_user_on_auth", "means nothing without run_as_authed_user: true");
  if (!fields.user_id.empty()) {
    run_as.set_user_id(std::move(fields.user_id));
  } else if (!fields.script_source.empty()) {
    run_as.set_script_source(std::move(fields.script_source));
  } else {
    run_as.mutable_system();
  }
}

// `options` of an HTTP service: today's form, and that of 2018 with `secretAsQueryParam` (spec section 2). The secrets
// are read.
void ReadValidation(ObjectReader& options, v1::Webhook& webhook) {
  bool was_given = options.Any("validationMethod") != nullptr;
  const v1::ValidationMethod method = ReadValidationMethod(options, "validationMethod");
  std::optional<bool> as_query_parameter = options.Bool("secretAsQueryParam");
  const bool has_secret = !webhook.secret().empty() || !webhook.validation().secrets().empty();
  if (method != v1::VALIDATION_METHOD_UNSPECIFIED) {
    webhook.set_validation_method(method);
    if (as_query_parameter) options.AddWarning("secretAsQueryParam", "is ignored: validationMethod counts");
  } else if (as_query_parameter.value_or(false)) {
    webhook.set_validation_method(v1::VALIDATION_METHOD_SECRET_AS_QUERY_PARAM);
  } else if (has_secret) {
    webhook.set_validation_method(v1::VALIDATION_METHOD_VERIFY_PAYLOAD);
    if (!as_query_parameter && !was_given) {
      options.AddWarning("validationMethod", "is missing beside a secret; VERIFY_PAYLOAD is assumed");
    }
  } else {
    webhook.set_validation_method(v1::VALIDATION_METHOD_NO_VALIDATION);
  }
  bool needs_secret = webhook.validation_method() != v1::VALIDATION_METHOD_NO_VALIDATION;
  if (needs_secret && !has_secret) {
    options.AddError("secret", "is required and must not be empty: requests are validated with it");
  }
}

void ReadHttpOptions(ObjectReader& options, v1::Webhook& webhook) {
  const std::vector<std::string_view> methods = {"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "ANY"};
  const JsonValue* given = options.Any("httpMethod");
  if (given == nullptr || given->kind == JsonValue::Kind::kNull) {
    options.AddError("httpMethod", "is required; allowed: GET, POST, PUT, PATCH, DELETE, HEAD, ANY");
  } else if (auto method = options.Enum("httpMethod", methods)) {
    webhook.set_http_method(MethodOf(*method));
  }
  ReadValidation(options, webhook);
}

void ReadOptions(const ParseContext& context, ObjectReader& reader, std::string_view type, v1::Webhook& webhook) {
  const JsonValue* object = reader.Object("options");
  static const JsonValue kNothing = [] {
    JsonValue value;
    value.kind = JsonValue::Kind::kObject;
    return value;
  }();
  ObjectReader options(reader.file(), "options", object == nullptr ? kNothing : *object, context.problems);
  webhook.set_secret(options.String("secret").value_or(""));
  if (auto settings = ReadValidationSettings(options)) *webhook.mutable_validation() = *std::move(settings);
  if (type == "github" || type == "twilio") {
    for (std::string_view field : {"httpMethod", "validationMethod", "secretAsQueryParam"}) {
      if (options.Any(field) != nullptr) {
        options.AddWarning(field, absl::StrCat("is ignored: services of type '", type, "' have no such option"));
      }
    }
  } else {
    ReadHttpOptions(options, webhook);
  }
  options.Finish();
}

}  // namespace

v1::Webhook ParseWebhook(const ParseContext& context, const AppEntity& entity, const v1::Service& service) {
  ObjectReader reader = ReaderOf(context, entity);
  v1::Webhook webhook;
  webhook.set_id(entity.id);
  webhook.set_source(entity.source);
  webhook.set_name(ReadName(reader));
  CheckFolderName(reader, entity);
  ReadRunAsMode(reader, webhook);
  webhook.set_can_evaluate_json(ReadCanEvaluate(context, reader));
  webhook.set_disable_arg_logs(reader.Bool("disable_arg_logs").value_or(false));
  const JsonValue* respond_result = reader.Any("respond_result");
  if (respond_result == nullptr || respond_result->kind == JsonValue::Kind::kNull) {
    reader.AddError("respond_result", "is required: true or false");
  }
  webhook.set_respond_result(reader.Bool("respond_result").value_or(false));
  ReadOptions(context, reader, service.type(), webhook);
  // Listed in one reference table, seen in no export (spec section 2).
  reader.Bool("private");
  if (reader.Bool("run_as_system").value_or(false) && !webhook.run_as().has_system()) {
    reader.AddError("run_as_system", "excludes the other run_as_... fields");
  }
  reader.Finish();
  return webhook;
}

}  // namespace overlock::config
