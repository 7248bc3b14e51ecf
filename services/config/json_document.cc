#include "services/config/json_document.h"

#include <boost/json/basic_parser_impl.hpp>
// The library's own code, in this file alone: Boost.JSON is used from its headers.
#include <boost/json/src.hpp>

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "common/status/status.h"

namespace overlock::config {
namespace {

using ErrorCode = boost::json::error_code;
using StringView = boost::json::string_view;

// Takes the parser's events and builds the tree.
class TreeBuilder {
 public:
  static constexpr std::size_t max_object_size = 1'000'000;
  static constexpr std::size_t max_array_size = 1'000'000;
  static constexpr std::size_t max_key_size = 64 * 1024;
  static constexpr std::size_t max_string_size = 16 * 1024 * 1024;

  bool on_document_begin(ErrorCode&) { return true; }
  bool on_document_end(ErrorCode&) { return true; }
  bool on_object_begin(ErrorCode&) { return Open(JsonValue::Kind::kObject); }
  bool on_object_end(std::size_t, ErrorCode&) { return Close(); }
  bool on_array_begin(ErrorCode&) { return Open(JsonValue::Kind::kArray); }
  bool on_array_end(std::size_t, ErrorCode&) { return Close(); }
  bool on_key_part(StringView part, std::size_t, ErrorCode&) { return Append(part); }
  bool on_key(StringView part, std::size_t, ErrorCode&) {
    Append(part);
    open_.back().key = std::exchange(text_, std::string());
    return true;
  }
  bool on_string_part(StringView part, std::size_t, ErrorCode&) { return Append(part); }
  bool on_string(StringView part, std::size_t, ErrorCode&) {
    Append(part);
    JsonValue value = Make(JsonValue::Kind::kString);
    value.text = std::exchange(text_, std::string());
    return Add(std::move(value));
  }
  bool on_number_part(StringView part, ErrorCode&) { return Append(part); }
  bool on_int64(int64_t number, StringView part, ErrorCode&) { return AddNumber(part, true, number); }
  bool on_uint64(uint64_t, StringView part, ErrorCode&) { return AddNumber(part, false, 0); }
  bool on_double(double, StringView part, ErrorCode&) { return AddNumber(part, false, 0); }
  bool on_bool(bool boolean, ErrorCode&) {
    JsonValue value = Make(JsonValue::Kind::kBool);
    value.boolean = boolean;
    return Add(std::move(value));
  }
  bool on_null(ErrorCode&) { return Add(Make(JsonValue::Kind::kNull)); }
  bool on_comment_part(StringView, ErrorCode&) { return true; }
  bool on_comment(StringView, ErrorCode&) { return true; }

  void set_line(int line) { line_ = line; }
  JsonDocument Take() { return std::move(document_); }

 private:
  // An array or object that is not closed yet.
  struct Frame {
    JsonValue value;
    // The key that waits for its value.
    std::string key;
    absl::flat_hash_set<std::string> keys;
  };

  JsonValue Make(JsonValue::Kind kind) {
    JsonValue value;
    value.kind = kind;
    value.line = line_;
    return value;
  }
  bool Append(StringView part) {
    text_.append(part.data(), part.size());
    return true;
  }
  bool AddNumber(StringView part, bool is_integer, int64_t integer) {
    Append(part);
    JsonValue value = Make(JsonValue::Kind::kNumber);
    value.is_integer = is_integer;
    value.integer = integer;
    value.text = std::exchange(text_, std::string());
    return Add(std::move(value));
  }
  bool Open(JsonValue::Kind kind) {
    open_.push_back({Make(kind), "", {}});
    return true;
  }
  bool Close() {
    JsonValue value = std::move(open_.back().value);
    open_.pop_back();
    return Add(std::move(value));
  }
  bool Add(JsonValue value) {
    if (open_.empty()) {
      document_.root = std::move(value);
      return true;
    }
    Frame& frame = open_.back();
    if (frame.value.kind == JsonValue::Kind::kArray) {
      frame.value.items.push_back(std::move(value));
    } else if (frame.keys.insert(frame.key).second) {
      frame.value.members.push_back({std::move(frame.key), std::move(value)});
    } else {
      document_.doubled_keys.push_back({Path(), line_});
    }
    return true;
  }
  // The path of the value being added.
  std::string Path() const {
    std::string path;
    for (const Frame& frame : open_) {
      if (frame.value.kind == JsonValue::Kind::kArray) {
        absl::StrAppend(&path, "[", frame.value.items.size(), "]");
      } else {
        absl::StrAppend(&path, path.empty() ? "" : ".", frame.key);
      }
    }
    return path;
  }

  JsonDocument document_;
  std::vector<Frame> open_;
  std::string text_;
  int line_ = 1;
};

std::string Explain(const ErrorCode& error) {
  if (error == boost::json::error::incomplete) return "the text ends too early";
  if (error == boost::json::error::too_deep) return absl::StrCat("more than ", kJsonDepthMax, " levels deep");
  if (error == boost::json::error::extra_data) return "something follows the end of the value";
  return error.message();
}

absl::Status BadJson(const std::string& where, const ErrorCode& error) {
  return Error(absl::StatusCode::kInvalidArgument, "BAD_JSON", absl::StrCat(where, ": not JSON: ", Explain(error)));
}

}  // namespace

const JsonValue* JsonValue::Find(std::string_view key) const {
  auto it = std::find_if(members.begin(), members.end(), [&](const JsonMember& member) { return member.key == key; });
  return it == members.end() ? nullptr : &it->value;
}

std::string_view Describe(JsonValue::Kind kind) {
  switch (kind) {
    case JsonValue::Kind::kNull:
      return "null";
    case JsonValue::Kind::kBool:
      return "true or false";
    case JsonValue::Kind::kNumber:
      return "a number";
    case JsonValue::Kind::kString:
      return "a string";
    case JsonValue::Kind::kArray:
      return "an array";
    case JsonValue::Kind::kObject:
      return "an object";
  }
  return "";
}

absl::StatusOr<JsonDocument> ParseJson(std::string_view text) {
  if (text.substr(0, 3) == "\xef\xbb\xbf") text.remove_prefix(3);
  boost::json::parse_options options;
  options.max_depth = kJsonDepthMax;
  boost::json::basic_parser<TreeBuilder> parser(options);
  ErrorCode error;
  // The parser tells no positions, so it gets the text line by line.
  int line = 0;
  while (!text.empty()) {
    size_t length = std::min(text.find('\n'), text.size() - 1) + 1;
    parser.handler().set_line(++line);
    size_t used = parser.write_some(true, text.data(), length, error);
    if (!error && used < length) {
      std::string_view rest = text.substr(used, length - used);
      if (rest.find_first_not_of(" \t\r\n") != std::string_view::npos) error = boost::json::error::extra_data;
    }
    if (error) return BadJson(absl::StrCat("line ", line, ", column ", used + 1), error);
    text.remove_prefix(length);
  }
  parser.write_some(false, nullptr, 0, error);
  if (error) return BadJson(absl::StrCat("line ", std::max(line, 1)), error);
  return parser.handler().Take();
}

}  // namespace overlock::config
