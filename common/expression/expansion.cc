#include "common/expression/expansion.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace overlock::expression {
namespace {

using Names = std::vector<std::string_view>;

struct RootEntry {
  std::string_view name;
  Root root;
  // All there are; empty if the names are the application's own.
  Names members;
};

const std::vector<RootEntry>& Roots() {
  static const auto* roots = new std::vector<RootEntry>{
      {"user", Root::kUser, {"id", "type", "data", "custom_data", "identities"}},
      {"request",
       Root::kRequest,
       {"httpMethod", "httpReferrer", "httpUserAgent", "rawQueryString", "remoteIPAddress", "requestHeaders", "service",
        "action", "webhookUrl"}},
      {"values", Root::kValues, {}},
      {"environment", Root::kEnvironment, {"tag", "values"}},
      {"args", Root::kArgs, {}},
      {"root", Root::kRoot, {}},
      {"prevRoot", Root::kPrevRoot, {}},
      {"this", Root::kThis, {}},
      {"prev", Root::kPrev, {}},
  };
  return *roots;
}

// Known to Stitch, but for other kinds of expression.
constexpr std::string_view kElsewhere[] = {"args",      "root", "prevRoot", "this",     "prev",
                                           "partition", "item", "vars",     "pipelines"};

absl::Status UnknownRoot(std::string_view name, Place place) {
  std::string_view own = place == Place::kServiceRule    ? "%%args, "
                         : place == Place::kDocumentRule ? "%%root, %%prevRoot, %%this, %%prev, "
                                                         : "";
  std::string known =
      absl::StrCat("there are ", own, "%%true, %%false, %%values.<name>, %%user, %%request and %%environment");
  if (std::find(std::begin(kElsewhere), std::end(kElsewhere), name) != std::end(kElsewhere)) {
    std::string_view where = place == Place::kServiceRule    ? "service rule"
                             : place == Place::kDocumentRule ? "rule of documents"
                                                             : "webhook";
    return absl::InvalidArgumentError(absl::StrCat("%%", name, " has no meaning for a ", where, "; ", known));
  }
  return absl::InvalidArgumentError(absl::StrCat("unknown expansion %%", name, "; ", known));
}

bool Exists(Root root, Place place) {
  if (root == Root::kArgs) return place == Place::kServiceRule;
  return root < Root::kRoot || place == Place::kDocumentRule;
}

absl::StatusOr<Expansion> ParseConstant(bool constant, const std::vector<std::string>& parts) {
  if (parts.size() != 1) return absl::InvalidArgumentError(absl::StrCat("%%", parts[0], " has no members"));
  Expansion expansion;
  expansion.constant = constant;
  return expansion;
}

absl::Status CheckMember(const RootEntry& root, const std::vector<std::string>& parts) {
  if (parts.size() == 1) {
    if (root.root != Root::kValues) return absl::OkStatus();
    return absl::InvalidArgumentError("%%values must be followed by the name of a value");
  }
  if (root.members.empty() || std::find(root.members.begin(), root.members.end(), parts[1]) != root.members.end()) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat("%%", root.name, " has no member ", parts[1], "; there are ", absl::StrJoin(root.members, ", ")));
}

}  // namespace

std::string TextOf(const Expansion& expansion) {
  std::string text = "%%";
  for (const RootEntry& root : Roots()) {
    if (root.root == expansion.root) absl::StrAppend(&text, root.name);
  }
  if (!expansion.member.empty()) absl::StrAppend(&text, ".", expansion.member);
  if (!expansion.header.empty()) absl::StrAppend(&text, ".", expansion.header);
  for (const std::string& name : expansion.path) absl::StrAppend(&text, ".", name);
  return text;
}

absl::StatusOr<Expansion> ParseExpansion(std::string_view text, Place place) {
  text.remove_prefix(2);
  std::vector<std::string> parts = absl::StrSplit(absl::string_view(text), '.');
  for (const std::string& part : parts) {
    if (part.empty()) return absl::InvalidArgumentError(absl::StrCat("%%", text, " has an empty name in its path"));
  }
  if (parts[0] == "true") return ParseConstant(true, parts);
  if (parts[0] == "false") return ParseConstant(false, parts);
  for (const RootEntry& root : Roots()) {
    if (parts[0] != root.name || !Exists(root.root, place)) continue;
    if (absl::Status status = CheckMember(root, parts); !status.ok()) return status;
    Expansion expansion;
    expansion.root = root.root;
    size_t used = 1;
    // A document's path may go through arrays from its first step on.
    if (parts.size() > used && expansion.root < Root::kRoot) expansion.member = std::move(parts[used++]);
    bool headers = expansion.root == Root::kRequest && expansion.member == "requestHeaders";
    if (headers && parts.size() > used) expansion.header = std::move(parts[used++]);
    expansion.path.assign(std::make_move_iterator(parts.begin() + used), std::make_move_iterator(parts.end()));
    return expansion;
  }
  return UnknownRoot(parts[0], place);
}

}  // namespace overlock::expression
