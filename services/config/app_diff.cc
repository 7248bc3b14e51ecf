#include "services/config/app_diff.h"

#include <map>
#include <optional>
#include <set>

#include "absl/strings/str_cat.h"
#include "common/text/unified_diff.h"
#include "services/config/json_text.h"
#include "services/config/layout/app_layout.h"
#include "services/config/webhook_secret.h"

namespace overlock::config {
namespace {

using Files = std::map<std::string, std::string>;

// Hides the secrets of `tree`; says of those that `other` has with another value that they change.
void HideSecrets(AppTree& tree, const AppTree* other) {
  for (AppEntity& entity : tree.entities) {
    const std::string* secret = WebhookSecretOf(entity);
    if (secret == nullptr) continue;
    const AppEntity* same = other == nullptr ? nullptr : other->Find(entity.kind, entity.parent, entity.name);
    const std::string* before = same == nullptr ? nullptr : WebhookSecretOf(*same);
    SetWebhookSecret(entity, before != nullptr && *before != *secret ? "(hidden, changed)" : "(hidden)");
  }
}

std::optional<std::string_view> ContentOf(const Files& files, const std::string& path) {
  auto it = files.find(path);
  if (it == files.end()) return std::nullopt;
  return it->second;
}

// The files of a web site may be anything, and big: as git says it of such.
std::string HostingDiff(const std::string& path, std::optional<std::string_view> before,
                        std::optional<std::string_view> after) {
  if (before == after) return "";
  return absl::StrCat("Binary files ", before ? path : "/dev/null", " and ", after ? path : "/dev/null", " differ\n");
}

}  // namespace

std::vector<std::string> DiffApplications(const v1::Application* before, const v1::Application& after) {
  AppTree new_tree = FromDocument(after.document());
  Files old_files;
  if (before != nullptr) {
    AppTree old_tree = FromDocument(before->document());
    HideSecrets(new_tree, &old_tree);
    HideSecrets(old_tree, nullptr);
    old_files = WriteAppTree(old_tree);
  } else {
    HideSecrets(new_tree, nullptr);
  }
  Files new_files = WriteAppTree(new_tree);
  std::set<std::string> paths;
  for (const auto& [path, content] : old_files) paths.insert(path);
  for (const auto& [path, content] : new_files) paths.insert(path);
  std::vector<std::string> diffs;
  for (const std::string& path : paths) {
    auto before_text = ContentOf(old_files, path);
    auto after_text = ContentOf(new_files, path);
    std::string diff = IsHostingFile(path) ? HostingDiff(path, before_text, after_text)
                                           : text::UnifiedDiff(path, path, before_text, after_text);
    if (!diff.empty()) diffs.push_back(std::move(diff));
  }
  return diffs;
}

}  // namespace overlock::config
