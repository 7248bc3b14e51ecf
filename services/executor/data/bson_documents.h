// Replies of MongoDB, read and made without taking their documents apart.
#ifndef OVERLOCK_SERVICES_EXECUTOR_DATA_BSON_DOCUMENTS_H_
#define OVERLOCK_SERVICES_EXECUTOR_DATA_BSON_DOCUMENTS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace overlock::executor {

// What `find`, `aggregate` and `getMore` answer.
struct CursorReply {
  // Zero when there is no more.
  int64_t id = 0;
  // `shop.orders`.
  std::string name_space;
  // The batch, each a BSON document.
  std::vector<std::string> documents;
};

// Empty if the reply is of another kind.
std::optional<CursorReply> ReadCursorReply(std::string_view reply);

// The reply to `find` or `aggregate`, or with `is_more` to `getMore`.
std::string MakeCursorReply(const CursorReply& cursor, bool is_more);

// A reply with `ok: 1` and one field before it, an embedded BSON document; null where that is empty.
std::string MakeReplyWith(std::string_view field, std::string_view document);

// The command's name, and whether a field stands in it. Empty if the bytes are no BSON document.
std::optional<std::string> CommandName(std::string_view command);
bool HasField(std::string_view command, std::string_view field);
// A field's text; empty if it has none.
std::string TextField(std::string_view command, std::string_view field);

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_DATA_BSON_DOCUMENTS_H_
