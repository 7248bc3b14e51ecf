// What a user may do with one document: a role's expressions once they have values.
#ifndef OVERLOCK_SERVICES_EXECUTOR_DATA_RULES_DOCUMENT_ACCESS_H_
#define OVERLOCK_SERVICES_EXECUTOR_DATA_RULES_DOCUMENT_ACCESS_H_

#include <map>
#include <optional>
#include <span>
#include <string>

#include "common/ejson/value.h"

namespace overlock::executor {

// Of a field.
struct FieldAccess {
  // Of the field as a whole. Who may write it may read it.
  bool read = false;
  bool write = false;
  // Of a document's parts, also of those in an array, where the whole is not allowed.
  std::map<std::string, FieldAccess, std::less<>> fields;
};

// Document-level permissions win over those of fields: where one is set, fields do not count for it.
struct DocumentAccess {
  std::optional<bool> read;
  std::optional<bool> write;
  bool insert = true;
  bool erase = true;
  std::map<std::string, FieldAccess, std::less<>> fields;
  // Of fields that are not named.
  FieldAccess additional;

  // Whether every field can be read, whatever the document holds.
  bool ReadsAll() const { return read == true; }
  bool WritesAll() const { return write == true; }

  // What of it the user may see; undefined if that is nothing: the document does not exist for the user.
  ejson::Value Readable(const ejson::Value& document) const;

  // Whether the user may see the field with this path of names and indexes: otherwise a query that names it would tell
  // what it holds.
  bool MayRead(std::span<const std::string> path) const;

  // Whether the user may write all that the new document holds besides its `_id`.
  bool MayWrite(const ejson::Value& document) const;
  // Whether the user may write every field in which the two differ.
  bool MayChange(const ejson::Value& before, const ejson::Value& after) const;
  bool MayErase() const;
};

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_DATA_RULES_DOCUMENT_ACCESS_H_
