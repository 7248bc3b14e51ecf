#include "services/edge/request.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "services/edge/header.h"
#include "services/edge/query.h"

namespace overlock::edge {
namespace {

// What stands before the path of an absolute-form target (RFC 9112, section 3.2.2).
size_t AuthoritySize(std::string_view target) {
  for (std::string_view scheme : {"http://", "https://"}) {
    if (absl::StartsWithIgnoreCase(target, scheme)) {
      return std::min(target.find_first_of("/?", scheme.size()), target.size());
    }
  }
  return 0;
}

}  // namespace

void Request::Clear() {
  bytes_.clear();
  method_ = path_ = query_ = Range();
  headers_.clear();
  body_ = Body();
}

Request::Range Request::Append(std::string_view text) {
  Range range{static_cast<uint32_t>(bytes_.size()), static_cast<uint32_t>(text.size())};
  bytes_ += text;
  return range;
}

void Request::SetStartLine(std::string_view method, std::string_view target) {
  method_ = Append(method);
  target.remove_prefix(AuthoritySize(target));
  size_t question = target.find('?');
  std::string_view path = target.substr(0, question);
  if (!path.empty() && path.front() != '/') path = {};
  path_ = Append(path);
  if (question != std::string_view::npos) query_ = Append(target.substr(question + 1));
}

void Request::AddHeader(std::string_view name, std::string_view value) {
  Line line;
  line.name = Append(name);
  CanonicalizeHeaderName(bytes_.data() + line.name.offset, line.name.size);
  line.value = Append(value);
  headers_.push_back(line);
}

std::string_view Request::Find(std::string_view name) const {
  for (const Line& line : headers_) {
    if (line.name.size == name.size() && View(line.name) == name) return View(line.value);
  }
  return {};
}

int Request::Count(std::string_view name) const {
  int count = 0;
  for (const Line& line : headers_) count += line.name.size == name.size() && View(line.name) == name;
  return count;
}

type::v1::HttpRequest Request::ToMessage(std::string_view public_url, bool with_secret) const {
  type::v1::HttpRequest message;
  message.set_method(std::string(method()));
  std::string* url = message.mutable_webhook_url();
  if (public_url.empty()) {
    absl::StrAppend(url, "http://", Find("Host"), path());
  } else {
    absl::StrAppend(url, public_url, path());
  }
  std::string_view query = raw_query();
  if (!with_secret && HasSecret(query)) {
    message.set_raw_query_string(WithoutSecret(query));
  } else {
    message.set_raw_query_string(std::string(query));
  }
  message.mutable_headers()->Reserve(static_cast<int>(headers_.size()));
  for (const Line& line : headers_) {
    auto* header = message.add_headers();
    header->mutable_name()->assign(View(line.name));
    header->mutable_value()->assign(View(line.value));
  }
  message.set_remote_ip_address(remote_ip_address_);
  return message;
}

}  // namespace overlock::edge
