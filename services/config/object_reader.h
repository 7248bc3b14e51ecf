// Reads the fields of a JSON object strictly and says what is wrong with them.
#ifndef OVERLOCK_SERVICES_CONFIG_OBJECT_READER_H_
#define OVERLOCK_SERVICES_CONFIG_OBJECT_READER_H_

#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "services/config/import_problems.h"
#include "services/config/json_document.h"

namespace overlock::config {

// One object of one file. Each read notes the field as known; a field of the wrong type is an error, reported here,
// and reads as absent. `null` reads as absent. Finish() warns of the fields that nobody read. Everything referred to
// must outlive the reader.
class ObjectReader {
 public:
  // `path` is the object's own, empty for the root of the file.
  ObjectReader(std::string_view file, std::string_view path, const JsonValue& object, ImportProblems& problems)
      : file_(file), path_(path), object_(object), problems_(problems) {}

  std::optional<std::string> String(std::string_view field);
  // Also an error when absent or empty.
  std::optional<std::string> RequiredString(std::string_view field);
  // One of `allowed`; an error that names them otherwise.
  std::optional<std::string> Enum(std::string_view field, const std::vector<std::string_view>& allowed);
  std::optional<bool> Bool(std::string_view field);
  std::optional<int64_t> Integer(std::string_view field, int64_t min, int64_t max);
  std::optional<std::vector<std::string>> Strings(std::string_view field);
  // An object with string values.
  std::map<std::string, std::string> StringMap(std::string_view field);
  // Null if absent.
  const JsonValue* Object(std::string_view field);
  const JsonValue* Array(std::string_view field);
  // Of any kind, `null` too; null if absent.
  const JsonValue* Any(std::string_view field);
  // Fields that may stand there and mean nothing to us.
  void Ignore(std::initializer_list<std::string_view> fields);

  void Finish();
  // The same as errors, which say what is known: for objects that are ours alone.
  void FinishStrictly();

  // The dotted path of a field of this object.
  std::string PathOf(std::string_view field) const;
  void AddError(std::string_view field, std::string_view message) const;
  void AddWarning(std::string_view field, std::string_view message) const;
  const std::string& file() const { return file_; }
  ImportProblems& problems() const { return problems_; }

 private:
  const JsonValue* FindKind(std::string_view field, JsonValue::Kind kind);

  const std::string file_;
  const std::string path_;
  const JsonValue& object_;
  ImportProblems& problems_;
  absl::flat_hash_set<std::string> known_;
};

}  // namespace overlock::config

#endif  // OVERLOCK_SERVICES_CONFIG_OBJECT_READER_H_
