// The engine that runs any preset.
#ifndef OVERLOCK_SERVICES_VALIDATION_SCHEMES_SIGNATURE_SCHEME_H_
#define OVERLOCK_SERVICES_VALIDATION_SCHEMES_SIGNATURE_SCHEME_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/types/span.h"
#include "common/ejson/value.h"
#include "services/validation/schemes/key.h"
#include "services/validation/schemes/presets.h"
#include "services/validation/schemes/scheme.h"
#include "services/validation/schemes/secrets.h"
#include "services/validation/schemes/template.h"

namespace overlock::validation {

// Checks what presets describe. What is missing or has another form is found before the signature is computed; the time
// and the handshake are looked at after it was verified, so that nobody learns of them who cannot sign.
class SignatureScheme : public Scheme {
 public:
  // At least one preset, made of constants.
  SignatureScheme(absl::Span<const Preset> presets, const Secrets& secrets,
                  const config::v1::ValidationSettings& settings);
  // GENERIC_HMAC. Settings that do not fit make a scheme that refuses everything.
  SignatureScheme(const Secrets& secrets, const config::v1::ValidationSettings& settings);
  SignatureScheme(const SignatureScheme&) = delete;

  std::string_view name() const override { return forms_.front().preset.name; }
  Outcome Check(const Input& input) const override;

 private:
  // A preset with its keys.
  struct Form {
    Preset preset;
    // What all requests are refused for, if anything.
    Refusal refusal;
    std::vector<Part> parts;
    Keys keys;
  };
  // What one request is checked for.
  struct Message {
    SignatureHeader header;
    std::string_view timestamp;
    std::optional<absl::Time> time;
    std::string_view id;
    std::string url;
  };

  void AddForm(const Preset& preset, const Secrets& secrets);
  const Form& FormFor(const type::v1::HttpRequest& request) const;
  Refusal Read(const Form& form, const Input& input, Message& message) const;
  Refusal CheckTimeOf(const Form& form, const Input& input, const std::optional<ejson::Value>& body,
                      Message& message) const;
  std::string DeliveryIdOf(const Form& form, const Input& input, const std::optional<ejson::Value>& body) const;
  // The body, where something in it is looked for.
  std::optional<ejson::Value> BodyOf(const Form& form, const Input& input) const;

  const config::v1::ValidationSettings settings_;
  std::vector<Form> forms_;
};

}  // namespace overlock::validation

#endif  // OVERLOCK_SERVICES_VALIDATION_SCHEMES_SIGNATURE_SCHEME_H_
