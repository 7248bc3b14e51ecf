#include "services/validation/schemes/signature_scheme.h"

#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/ejson/parse.h"
#include "services/validation/schemes/handshake.h"
#include "services/validation/schemes/refusal_detail.h"

namespace overlock::validation {
namespace {

using ejson::Value;
using Response = v1::ValidateResponse;

constexpr Refusal kNoRefusal = Response::REFUSAL_UNSPECIFIED;
constexpr size_t kIdBytesMax = 256;

const Value* MemberOf(const std::optional<Value>& body, std::string_view member) {
  if (!body || member.empty() || !body->is(Value::Type::kDocument)) return nullptr;
  return body->Find(member);
}

// The number in a member of the body as digits; empty without one.
std::string DigitsOf(const Value* value) {
  if (value == nullptr) return "";
  if (value->is(Value::Type::kInt32)) return absl::StrCat(value->as_int32());
  return value->is(Value::Type::kInt64) ? absl::StrCat(value->as_int64()) : "";
}

// The only line of the timestamp's header.
Refusal ReadTimestamp(const Preset& preset, const type::v1::HttpRequest& request, std::string_view& text) {
  HeaderValue line = FindHeader(request, preset.timestamp_header);
  if (line.repeated) return Response::REFUSAL_TIMESTAMP_MALFORMED;
  if (!line.usable()) return Response::REFUSAL_TIMESTAMP_MISSING;
  text = *line.value;
  return kNoRefusal;
}

// Where an id could hold the text that follows it, another division of the same bytes would have the same signature.
bool IdIsSeparate(const std::vector<Part>& parts, std::string_view id) {
  for (size_t i = 0; i + 1 < parts.size(); ++i) {
    bool separated = parts[i].kind == Part::Kind::kId && parts[i + 1].kind == Part::Kind::kText;
    if (separated && id.find(parts[i + 1].text) != std::string_view::npos) return false;
  }
  return true;
}

}  // namespace

SignatureScheme::SignatureScheme(absl::Span<const Preset> presets, const Secrets& secrets,
                                 const config::v1::ValidationSettings& settings)
    : settings_(settings) {
  for (const Preset& preset : presets) AddForm(preset, secrets);
}

SignatureScheme::SignatureScheme(const Secrets& secrets, const config::v1::ValidationSettings& settings)
    : settings_(settings) {
  AddForm(GenericPreset(settings_.signature()), secrets);
}

void SignatureScheme::AddForm(const Preset& preset, const Secrets& secrets) {
  Form form{preset, kNoRefusal, {}, MakeKeys(preset, secrets)};
  form.refusal = CheckKeys(secrets, form.keys);
  auto parts = ParseTemplate(preset.signed_parts);
  if (parts.ok()) form.parts = *std::move(parts);
  // Of the settings we see only what config has checked; should it not have, nothing may be left unsigned.
  bool has_time = !preset.timestamp_header.empty() || !preset.timestamp_field.empty();
  bool fits = HasPart(form.parts, Part::Kind::kBody) && !preset.header.empty() &&
              (has_time || !HasPart(form.parts, Part::Kind::kTimestamp)) &&
              (!preset.id_header.empty() || !HasPart(form.parts, Part::Kind::kId));
  if (form.refusal == kNoRefusal && !fits) form.refusal = Response::REFUSAL_MISCONFIGURED;
  forms_.push_back(std::move(form));
}

const SignatureScheme::Form& SignatureScheme::FormFor(const type::v1::HttpRequest& request) const {
  // Present but empty is not missing: it must not make a weaker form decide.
  for (const Form& form : forms_) {
    if (FindHeader(request, form.preset.header).value != nullptr) return form;
  }
  // There is no signature. Let that be the cause, where the secrets are good for any form.
  for (const Form& form : forms_) {
    if (form.refusal == kNoRefusal) return form;
  }
  return forms_.front();
}

Refusal SignatureScheme::Read(const Form& form, const Input& input, Message& message) const {
  const Preset& preset = form.preset;
  if (Refusal refusal = ReadSignatures(preset, input.request, message.header)) return refusal;
  if (!preset.timestamp_field.empty()) {
    if (!message.header.timestamp) return Response::REFUSAL_TIMESTAMP_MISSING;
    message.timestamp = *message.header.timestamp;
  } else if (!preset.timestamp_header.empty() && preset.timestamp_member.empty()) {
    if (Refusal refusal = ReadTimestamp(preset, input.request, message.timestamp)) return refusal;
  }
  if (!message.timestamp.empty() || !preset.timestamp_field.empty()) {
    message.time = ParseUnixTime(preset.timestamp_unit, message.timestamp);
    if (!message.time) return Response::REFUSAL_TIMESTAMP_MALFORMED;
  }
  if (!preset.id_header.empty()) {
    HeaderValue id = FindHeader(input.request, preset.id_header);
    if (!id.usable() || id.value->size() > kIdBytesMax || !IdIsSeparate(form.parts, *id.value)) {
      return Response::REFUSAL_DELIVERY_ID_MISSING;
    }
    message.id = *id.value;
  }
  if (HasPart(form.parts, Part::Kind::kUrl)) message.url = UrlOf(input);
  return kNoRefusal;
}

std::optional<Value> SignatureScheme::BodyOf(const Form& form, const Input& input) const {
  bool wants_id = !form.preset.delivery_id_member.empty() && settings_.delivery_id_header().empty() &&
                  settings_.has_deduplicate_for();
  if (form.preset.timestamp_member.empty() && !wants_id) return std::nullopt;
  auto body = ejson::Parse(input.body);
  return body.ok() ? std::optional<Value>(*std::move(body)) : std::nullopt;
}

Refusal SignatureScheme::CheckTimeOf(const Form& form, const Input& input, const std::optional<Value>& body,
                                     Message& message) const {
  const Preset& preset = form.preset;
  if (!preset.timestamp_member.empty()) {
    const Value* member = MemberOf(body, preset.timestamp_member);
    std::string digits = DigitsOf(member);
    message.timestamp = digits;
    if (member == nullptr) {
      if (Refusal refusal = ReadTimestamp(preset, input.request, message.timestamp)) return refusal;
    }
    message.time = ParseUnixTime(preset.timestamp_unit, message.timestamp);
    message.timestamp = "";
    if (!message.time) return Response::REFUSAL_TIMESTAMP_MALFORMED;
  }
  if (!message.time) return kNoRefusal;
  return CheckTime(*message.time, input.now, ToleranceOf(preset, settings_));
}

std::string SignatureScheme::DeliveryIdOf(const Form& form, const Input& input,
                                          const std::optional<Value>& body) const {
  if (!settings_.delivery_id_header().empty()) return DeliveryId(input.request, settings_.delivery_id_header());
  const Preset& preset = form.preset;
  if (!preset.id_header.empty()) return DeliveryId(input.request, preset.id_header);
  if (!preset.delivery_id_header.empty()) return DeliveryId(input.request, preset.delivery_id_header);
  const Value* member = MemberOf(body, preset.delivery_id_member);
  if (member == nullptr || !member->is(Value::Type::kString) || member->as_string().size() > kIdBytesMax) return "";
  return member->as_string();
}

Outcome SignatureScheme::Check(const Input& input) const {
  const Form& form = FormFor(input.request);
  if (form.refusal != kNoRefusal) return {.refusal = form.refusal};
  Message message;
  if (Refusal refusal = Read(form, input, message)) return Refuse(form.preset, refusal);

  absl::InlinedVector<std::string_view, 8> pieces;
  for (const Part& part : form.parts) {
    switch (part.kind) {
      case Part::Kind::kText:
        pieces.push_back(part.text);
        break;
      case Part::Kind::kBody:
        pieces.push_back(input.body);
        break;
      case Part::Kind::kTimestamp:
        pieces.push_back(message.timestamp);
        break;
      case Part::Kind::kId:
        pieces.push_back(message.id);
        break;
      case Part::Kind::kUrl:
        pieces.push_back(message.url);
        break;
    }
  }
  Outcome outcome;
  outcome.secret =
      MatchKey(form.keys, input.now, [&](const Key& key) { return key.Signed(pieces, message.header.signatures); });
  if (outcome.secret < 0) return RefuseSignature(form.keys, input.now);

  std::optional<Value> body = BodyOf(form, input);
  if (Refusal refusal = CheckTimeOf(form, input, body, message)) {
    bool is_off = refusal == Response::REFUSAL_TIMESTAMP_TOO_OLD || refusal == Response::REFUSAL_TIMESTAMP_IN_FUTURE;
    if (!is_off) return Refuse(form.preset, refusal);
    return RefuseTime(refusal, *message.time, input.now, ToleranceOf(form.preset, settings_));
  }
  outcome.delivery_id = DeliveryIdOf(form, input, body);
  const Key& key = form.keys[static_cast<size_t>(outcome.secret)];
  AnswerHandshake(
      form.preset.handshake, input.body, [&key](std::string_view text) { return key.Sign(text); }, outcome);
  return outcome;
}

}  // namespace overlock::validation
