// A received HTTP request.
#ifndef OVERLOCK_SERVICES_EDGE_REQUEST_H_
#define OVERLOCK_SERVICES_EDGE_REQUEST_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/body/body.h"
#include "overlock/type/v1/http.pb.h"

namespace overlock::edge {

// A request's head, kept in one piece of memory that the next request of the connection uses again, and its body.
// Filled by RequestParser; then read only. Views are valid until Clear().
class Request {
 public:
  struct HeaderLine {
    std::string_view name;
    std::string_view value;
  };

  // Forgets everything but the client's address; keeps the memory.
  void Clear();
  // `target` in origin form (`/path?query`) or absolute form (`http://host/path?query`).
  void SetStartLine(std::string_view method, std::string_view target);
  // The name is stored in canonical form.
  void AddHeader(std::string_view name, std::string_view value);
  void set_body(Body body) { body_ = std::move(body); }
  // The client's (client_address.h).
  void set_remote_ip_address(std::string address) { remote_ip_address_ = std::move(address); }

  std::string_view method() const { return View(method_); }
  // As received, not decoded; empty if the target is in neither form.
  std::string_view path() const { return View(path_); }
  // As received, without `?`.
  std::string_view raw_query() const { return View(query_); }
  size_t header_count() const { return headers_.size(); }
  HeaderLine header(size_t index) const { return {View(headers_[index].name), View(headers_[index].value)}; }
  // The first line of that name, which must be in canonical form; empty if there is none.
  std::string_view Find(std::string_view name) const;
  int Count(std::string_view name) const;
  const Body& body() const { return body_; }
  const std::string& remote_ip_address() const { return remote_ip_address_; }

  // The message that other services get. The query's `secret` is in it only if asked for.
  type::v1::HttpRequest ToMessage(std::string_view public_url, bool with_secret) const;

 private:
  struct Range {
    uint32_t offset = 0;
    uint32_t size = 0;
  };
  struct Line {
    Range name;
    Range value;
  };
  Range Append(std::string_view text);
  std::string_view View(Range range) const { return std::string_view(bytes_).substr(range.offset, range.size); }

  std::string bytes_;
  Range method_, path_, query_;
  std::vector<Line> headers_;
  Body body_;
  std::string remote_ip_address_;
};

}  // namespace overlock::edge

#endif  // OVERLOCK_SERVICES_EDGE_REQUEST_H_
