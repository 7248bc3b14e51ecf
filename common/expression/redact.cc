#include "common/expression/redact.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/ejson/serialize.h"

namespace overlock::expression {
namespace {

using ejson::Member;
using ejson::Value;
using Type = Value::Type;

constexpr char kMask[] = "<secret>";
// A secret may begin in what is shown and end behind it.
constexpr size_t kSecretBytesMax = 4096;

class Redactor {
 public:
  Redactor(const Secrets& secrets, Shown& shown) : secrets_(secrets), shown_(shown) {}

  Value Copy(const Value& value) {
    switch (value.type()) {
      case Type::kString:
        return Value::String(Text(value.as_string()));
      case Type::kBinary:
        return CopyBinary(value.as_binary());
      case Type::kArray:
        return CopyArray(value.items());
      case Type::kDocument:
        return CopyDocument(value.members());
      default:
        Take(1);
        return value;
    }
  }

 private:
  size_t Take(size_t bytes) {
    const size_t taken = std::min(bytes, left_);
    left_ -= taken;
    return taken;
  }

  bool IsSecret(std::string_view text) const {
    text = text.substr(0, left_ + kSecretBytesMax);
    return std::any_of(secrets_.texts.begin(), secrets_.texts.end(),
                       [text](const std::string& secret) { return text.find(secret) != text.npos; });
  }

  std::string Text(std::string_view text) {
    if (IsSecret(text)) {
      shown_.masked = true;
      Take(sizeof(kMask));
      return kMask;
    }
    shown_.cut = shown_.cut || text.size() > left_;
    std::string bounded = Bounded(text, left_);
    Take(std::max<size_t>(text.size(), 1));
    return bounded;
  }

  Value CopyBinary(const ejson::Binary& binary) {
    if (IsSecret(binary.bytes)) return Value::String(Text(binary.bytes));
    ejson::Binary copy;
    copy.subtype = binary.subtype;
    copy.bytes = binary.bytes.substr(0, left_);
    shown_.cut = shown_.cut || copy.bytes.size() < binary.bytes.size();
    Take(std::max<size_t>(binary.bytes.size(), 1));
    return Value::Of(std::move(copy));
  }

  Value CopyArray(const std::vector<Value>& items) {
    std::vector<Value> copy;
    for (const Value& item : items) {
      if (left_ == 0) {
        shown_.cut = true;
        break;
      }
      copy.push_back(Copy(item));
    }
    Take(1);
    return Value::Array(std::move(copy));
  }

  Value CopyDocument(const std::vector<Member>& members) {
    std::vector<Member> copy;
    for (const Member& member : members) {
      if (left_ == 0) {
        shown_.cut = true;
        break;
      }
      std::string key = Text(member.key);
      Value value = Copy(member.value);
      // Two keys may look alike once they are masked or cut.
      const bool known = std::any_of(copy.begin(), copy.end(), [&key](const Member& m) { return m.key == key; });
      if (!known) copy.push_back({std::move(key), std::move(value)});
    }
    Take(1);
    return Value::Document(std::move(copy));
  }

  const Secrets& secrets_;
  Shown& shown_;
  size_t left_ = Trace::kValueBytesMax;
};

}  // namespace

std::string Bounded(std::string_view text, size_t bytes_max) {
  if (text.size() <= bytes_max) return std::string(text);
  size_t size = bytes_max;
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) --size;
  return absl::StrCat(text.substr(0, size), "...");
}

void Show(const Value& value, const Secrets& secrets, Shown& shown) {
  shown.json = ejson::ToCanonicalJson(Redactor(secrets, shown).Copy(value));
}

}  // namespace overlock::expression
