// Signed requests: a method, header lines, an empty line, a body. Whatever they hold, a scheme answers, always the
// same, and gives nothing away with a refusal.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "absl/strings/escaping.h"
#include "overlock/config/v1/view.pb.h"
#include "services/validation/schemes/encoding.h"
#include "services/validation/schemes/make_scheme.h"
#include "services/validation/schemes/presets.h"
#include "services/validation/schemes/template.h"

namespace {

using namespace overlock;
using config::v1::ValidationMethod;

void Require(bool condition) {
  if (!condition) std::abort();
}

std::string_view TakeLine(std::string_view& rest) {
  std::string_view line = rest.substr(0, rest.find('\n'));
  rest.remove_prefix(std::min(line.size() + 1, rest.size()));
  return line;
}

type::v1::HttpRequest TakeHeaders(std::string_view& rest) {
  type::v1::HttpRequest request;
  while (!rest.empty()) {
    std::string_view line = TakeLine(rest);
    size_t colon = line.find(": ");
    if (line.empty()) break;
    if (colon == std::string_view::npos) {
      request.set_raw_query_string(std::string(line));
      continue;
    }
    type::v1::Header* header = request.add_headers();
    header->set_name(std::string(line.substr(0, colon)));
    header->set_value(std::string(line.substr(colon + 2)));
  }
  return request;
}

std::string SecretOf(ValidationMethod method) {
  switch (method) {
    case config::v1::VALIDATION_METHOD_STANDARD_WEBHOOKS:
      return "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    case config::v1::VALIDATION_METHOD_DISCORD:
      return "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025";
    case config::v1::VALIDATION_METHOD_SENDGRID:
      return "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+"
             "2fNNRaINXvVpiglSI8eNEc6wEA3F+g==";
    default:
      return "12345";
  }
}

void CheckMethod(ValidationMethod method, const type::v1::HttpRequest& request, std::string_view body) {
  config::v1::ValidationView::Webhook webhook;
  webhook.set_service_type(type::v1::SERVICE_TYPE_HTTP);
  webhook.set_method(method);
  webhook.set_secret(SecretOf(method));
  config::v1::ValidationSettings& settings = *webhook.mutable_settings();
  settings.add_secrets()->set_value("another");
  settings.mutable_deduplicate_for()->set_seconds(60);
  if (method == config::v1::VALIDATION_METHOD_GENERIC_HMAC) {
    settings.mutable_signature()->set_header("X-Signature");
    settings.mutable_signature()->set_template_("{timestamp}.{id}.{url}.{body}");
    settings.mutable_signature()->set_timestamp_header("X-Time");
    settings.mutable_signature()->set_id_header("X-Id");
  }
  std::unique_ptr<const validation::Scheme> scheme = validation::MakeScheme(webhook);
  validation::Input input{request, body, absl::FromUnixSeconds(1700000000), "https://example.com:8443/in"};
  validation::Outcome outcome = scheme->Check(input);
  bool valid = outcome.refusal == validation::v1::ValidateResponse::REFUSAL_UNSPECIFIED;
  bool checks = method != config::v1::VALIDATION_METHOD_NO_VALIDATION;
  Require(valid == (outcome.secret >= 0) || !checks);
  Require(valid || (outcome.delivery_id.empty() && !outcome.handshake));
  Require(scheme->Check(input).refusal == outcome.refusal);
}

void CheckText(std::string_view text) {
  using validation::Encoding;
  if (auto bytes = Decode(Encoding::kBase64, text)) Require(absl::Base64Escape(*bytes) == text);
  if (auto bytes = Decode(Encoding::kHexLower, text)) Require(absl::BytesToHexString(*bytes) == text);
  (void)Decode(Encoding::kBase64AnyPadding, text);
  (void)Decode(Encoding::kBase64Url, text);
  config::v1::ValidationSettings settings;
  settings.mutable_signature()->set_header("X-Signature");
  settings.mutable_signature()->set_timestamp_header("X-Time");
  settings.mutable_signature()->set_id_header("X-Id");
  settings.mutable_signature()->set_template_(std::string(text));
  bool fits = !validation::CheckSettings(config::v1::VALIDATION_METHOD_GENERIC_HMAC, settings, "").has_value();
  Require(!fits || validation::ParseTemplate(text).ok());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  CheckText(rest);
  ValidationMethod method;
  bool known = ValidationMethod_Parse("VALIDATION_METHOD_" + std::string(TakeLine(rest)), &method);
  type::v1::HttpRequest request = TakeHeaders(rest);
  for (int i = 0; i < config::v1::ValidationMethod_ARRAYSIZE; ++i) {
    auto candidate = static_cast<ValidationMethod>(i);
    if (config::v1::ValidationMethod_IsValid(i) && (!known || candidate == method)) {
      CheckMethod(candidate, request, rest);
    }
  }
  return 0;
}
