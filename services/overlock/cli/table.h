// Columns of text.
#ifndef OVERLOCK_SERVICES_OVERLOCK_CLI_TABLE_H_
#define OVERLOCK_SERVICES_OVERLOCK_CLI_TABLE_H_

#include <string>
#include <vector>

namespace overlock::cli {

// Rows of cells under titles, or, without titles, names with their values. Control characters in cells are escaped.
class Table {
 public:
  explicit Table(std::vector<std::string> titles = {}) : titles_(std::move(titles)) {}

  void Add(std::vector<std::string> cells);
  bool empty() const { return rows_.empty(); }

  // Columns stand two spaces apart, nothing is at the end of a line. With `colour` the titles, or without titles the
  // first column, are set off.
  std::string Text(bool colour) const;

 private:
  const std::vector<std::string> titles_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace overlock::cli

#endif  // OVERLOCK_SERVICES_OVERLOCK_CLI_TABLE_H_
