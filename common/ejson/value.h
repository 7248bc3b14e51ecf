// Values of BSON's types.
#ifndef OVERLOCK_COMMON_EJSON_VALUE_H_
#define OVERLOCK_COMMON_EJSON_VALUE_H_

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace overlock::ejson {

struct Member;

// 128-bit decimal floating point (IEEE 754-2008, binary integer encoding), as BSON has it.
struct Decimal128 {
  uint64_t high = 0;
  uint64_t low = 0;
};

// Twelve bytes.
struct ObjectId {
  std::array<uint8_t, 12> bytes{};
};

// Milliseconds since 1970-01-01T00:00:00Z.
struct Date {
  int64_t milliseconds = 0;
};

// MongoDB's internal time stamp: seconds and a counter.
struct Timestamp {
  uint32_t seconds = 0;
  uint32_t increment = 0;
};

struct Binary {
  std::string bytes;
  uint8_t subtype = 0;
};

struct Regex {
  std::string pattern;
  std::string options;
};

// The subtype of a Binary that is a UUID.
inline constexpr uint8_t kUuidSubtype = 4;

// An immutable value. Copies of arrays and documents share their content. Thread-safe as an int is.
class Value {
 public:
  enum class Type {
    kUndefined,
    kNull,
    kMinKey,
    kMaxKey,
    kBool,
    kInt32,
    kInt64,
    kDouble,
    kDecimal128,
    kDate,
    kTimestamp,
    kObjectId,
    kString,
    kBinary,
    kRegex,
    kArray,
    kDocument,
  };

  // Undefined.
  Value() = default;

  static Value Null() { return Make<Type::kNull>(Unit<1>()); }
  static Value MinKey() { return Make<Type::kMinKey>(Unit<2>()); }
  static Value MaxKey() { return Make<Type::kMaxKey>(Unit<3>()); }
  static Value Bool(bool value) { return Make<Type::kBool>(value); }
  static Value Int32(int32_t value) { return Make<Type::kInt32>(value); }
  static Value Int64(int64_t value) { return Make<Type::kInt64>(value); }
  static Value Double(double value) { return Make<Type::kDouble>(value); }
  static Value Of(Decimal128 value) { return Make<Type::kDecimal128>(value); }
  static Value Of(Date value) { return Make<Type::kDate>(value); }
  static Value Of(Timestamp value) { return Make<Type::kTimestamp>(value); }
  static Value Of(ObjectId value) { return Make<Type::kObjectId>(value); }
  static Value Of(Binary value) { return Make<Type::kBinary>(std::make_shared<const Binary>(std::move(value))); }
  static Value Of(Regex value) { return Make<Type::kRegex>(std::make_shared<const Regex>(std::move(value))); }
  // Must be UTF-8; may hold NUL.
  static Value String(std::string value) { return Make<Type::kString>(std::move(value)); }
  static Value Array(std::vector<Value> items);
  // Keys must be unique; the order is kept.
  static Value Document(std::vector<Member> members);

  Type type() const { return static_cast<Type>(storage_.index()); }
  bool is(Type type) const { return this->type() == type; }
  // int32, int64, double or decimal128.
  bool is_number() const { return type() >= Type::kInt32 && type() <= Type::kDecimal128; }

  // Each must only be called on a value of its type.
  bool as_bool() const { return Get<Type::kBool>(); }
  int32_t as_int32() const { return Get<Type::kInt32>(); }
  int64_t as_int64() const { return Get<Type::kInt64>(); }
  double as_double() const { return Get<Type::kDouble>(); }
  Decimal128 as_decimal128() const { return Get<Type::kDecimal128>(); }
  Date as_date() const { return Get<Type::kDate>(); }
  Timestamp as_timestamp() const { return Get<Type::kTimestamp>(); }
  const ObjectId& as_object_id() const { return Get<Type::kObjectId>(); }
  const std::string& as_string() const { return Get<Type::kString>(); }
  const Binary& as_binary() const { return *Get<Type::kBinary>(); }
  const Regex& as_regex() const { return *Get<Type::kRegex>(); }
  const std::vector<Value>& items() const { return *Get<Type::kArray>(); }
  const std::vector<Member>& members() const { return *Get<Type::kDocument>(); }

  // A document's member; null if there is none, or if this is not a document. Lives as long as this value.
  const Value* Find(std::string_view key) const;

 private:
  template <int kind>
  struct Unit {};
  // In the order of Type: the index is the type.
  using Storage =
      std::variant<Unit<0>, Unit<1>, Unit<2>, Unit<3>, bool, int32_t, int64_t, double, Decimal128, Date, Timestamp,
                   ObjectId, std::string, std::shared_ptr<const Binary>, std::shared_ptr<const Regex>,
                   std::shared_ptr<const std::vector<Value>>, std::shared_ptr<const std::vector<Member>>>;

  explicit Value(Storage storage) : storage_(std::move(storage)) {}
  template <Type type, class T>
  static Value Make(T content) {
    return Value(Storage(std::in_place_index<static_cast<size_t>(type)>, std::move(content)));
  }
  template <Type type>
  const std::variant_alternative_t<static_cast<size_t>(type), Storage>& Get() const {
    return *std::get_if<static_cast<size_t>(type)>(&storage_);
  }

  Storage storage_;
};

// A named value of a document.
struct Member {
  std::string key;
  Value value;
};

// `a string`, `a document` ...: for messages.
std::string_view Describe(Value::Type type);

// Whether the text is UTF-8 as JSON and protobuf want it: no surrogates, nothing overlong.
bool IsUtf8(std::string_view text);

}  // namespace overlock::ejson

#endif  // OVERLOCK_COMMON_EJSON_VALUE_H_
