#include "services/validation/schemes/handshake.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/ejson/parse.h"

namespace overlock::validation {
namespace {

using ejson::Value;

constexpr size_t kBodyBytesMax = 16 * 1024;
constexpr size_t kChallengeBytesMax = 128;

// The string in that member, or null.
const std::string* StringIn(const Value* document, std::string_view member) {
  if (document == nullptr || !document->is(Value::Type::kDocument)) return nullptr;
  const Value* value = document->Find(member);
  return value != nullptr && value->is(Value::Type::kString) ? &value->as_string() : nullptr;
}

bool Says(const Value& document, std::string_view member, std::string_view text) {
  const std::string* value = StringIn(&document, member);
  return value != nullptr && *value == text;
}

// Null unless it has the form of a challenge; then it needs no escapes in JSON.
const std::string* ChallengeIn(const Value* document, std::string_view member) {
  const std::string* text = StringIn(document, member);
  if (text == nullptr || text->empty() || text->size() > kChallengeBytesMax) return nullptr;
  bool plain = std::all_of(text->begin(), text->end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-';
  });
  return plain ? text : nullptr;
}

bool IsPing(const Value& body) {
  const Value* type = body.Find("type");
  return type != nullptr && type->is(Value::Type::kInt32) && type->as_int32() == 1;
}

// Without an answer the handshake is refused.
void Finish(std::string answer, Outcome& outcome) {
  if (answer.empty()) {
    outcome = {.refusal = v1::ValidateResponse::REFUSAL_HANDSHAKE_MALFORMED};
    return;
  }
  outcome.handshake.emplace().set_content_type("application/json");
  outcome.handshake->set_body(std::move(answer));
}

std::string AnswerSlack(const Value& body) {
  const std::string* challenge = ChallengeIn(&body, "challenge");
  return challenge == nullptr ? "" : absl::StrCat(R"({"challenge":")", *challenge, R"("})");
}

std::string AnswerZoom(const Value& body, const SignText& sign) {
  const std::string* token = ChallengeIn(body.Find("payload"), "plainToken");
  if (token == nullptr) return "";
  return absl::StrCat(R"({"plainToken":")", *token, R"(","encryptedToken":")", absl::BytesToHexString(sign(*token)),
                      R"("})");
}

}  // namespace

void AnswerHandshake(HandshakeKind kind, std::string_view body, const SignText& sign, Outcome& outcome) {
  // Slack's commands are forms, and the bodies of other requests can be large.
  if (kind == HandshakeKind::kNone || body.size() > kBodyBytesMax || !body.starts_with('{')) return;
  auto parsed = ejson::Parse(body);
  if (!parsed.ok() || !parsed->is(Value::Type::kDocument)) return;
  switch (kind) {
    case HandshakeKind::kSlack:
      if (Says(*parsed, "type", "url_verification")) Finish(AnswerSlack(*parsed), outcome);
      break;
    case HandshakeKind::kDiscord:
      if (IsPing(*parsed)) Finish(R"({"type":1})", outcome);
      break;
    case HandshakeKind::kZoom:
      if (Says(*parsed, "event", "endpoint.url_validation")) Finish(AnswerZoom(*parsed, sign), outcome);
      break;
    case HandshakeKind::kNone:
      break;
  }
}

}  // namespace overlock::validation
