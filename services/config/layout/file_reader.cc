#include "services/config/layout/file_reader.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "services/config/json_text.h"

namespace overlock::config {
namespace {

// RFC 3629: no overlong forms, no surrogates, nothing beyond U+10FFFF.
bool IsUtf8(std::string_view text) {
  size_t i = 0;
  while (i < text.size()) {
    auto byte = [&](size_t at) { return at < text.size() ? static_cast<unsigned char>(text[at]) : 0u; };
    unsigned first = byte(i);
    if (first < 0x80) {
      ++i;
      continue;
    }
    int following = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
    if (first < 0xc2 || first > 0xf4) return false;
    unsigned second = byte(i + 1);
    if ((first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f) || (first == 0xf0 && second < 0x90) ||
        (first == 0xf4 && second > 0x8f)) {
      return false;
    }
    for (int k = 1; k <= following; ++k) {
      if ((byte(i + k) & 0xc0) != 0x80) return false;
    }
    i += 1 + following;
  }
  return true;
}

bool IsEmpty(const std::string& content) { return absl::StripAsciiWhitespace(content).empty(); }

std::optional<JsonValue> ReadFileOf(JsonValue::Kind kind, const AppFiles& files, ImportProblems& problems,
                                    const std::string& path) {
  const std::string* content = files.Find(path);
  if (content == nullptr) {
    problems.AddError(path, "", "the file is missing");
    return std::nullopt;
  }
  if (IsEmpty(*content)) {
    problems.AddWarning(path, "", "the file is empty and reads as nothing");
    return std::nullopt;
  }
  absl::StatusOr<JsonDocument> document = ParseJson(*content);
  if (!document.ok()) {
    problems.AddError(path, "", document.status().message());
    return std::nullopt;
  }
  for (const auto& doubled : document->doubled_keys) {
    problems.AddError(path, doubled.path, absl::StrCat("stands here twice (line ", doubled.line, ")"));
  }
  if (document->root.kind != kind) {
    problems.AddError(path, "", absl::StrCat("must hold ", Describe(kind), ", not ", Describe(document->root.kind)));
    return std::nullopt;
  }
  return std::move(document->root);
}

std::string FileStem(std::string_view path) {
  return std::string(absl::StripSuffix(path.substr(path.rfind('/') + 1), ".json"));
}

// Whose name is in no file has that of the folder.
std::string NameOr(v1::EntityKind kind, const JsonValue& config, const std::string& folder) {
  std::string name = EntityName(kind, config);
  return name.empty() || name.find('/') != std::string::npos ? folder : name;
}

void ReadWebhook(const LayoutReading& reading, const std::string& directory, const std::string& folder,
                 const std::string& service) {
  AppEntity webhook;
  webhook.kind = v1::ENTITY_KIND_WEBHOOK;
  webhook.parent = service;
  webhook.origin = {directory + "config.json", "", directory + "source.js", folder};
  webhook.source = ReadSource(reading.files, reading.problems, webhook.origin.source_file);
  auto config = ReadConfigFile(reading.files, reading.problems, webhook.origin.file);
  if (!config) return;
  webhook.config = *std::move(config);
  webhook.name = NameOr(webhook.kind, webhook.config, folder);
  reading.tree.entities.push_back(std::move(webhook));
}

void ReadRule(const LayoutReading& reading, const std::string& path, const std::string& service) {
  std::optional<JsonValue> config = ReadObjectFile(reading.files, reading.problems, path);
  if (!config) return;
  AppEntity rule;
  rule.kind = v1::ENTITY_KIND_RULE;
  rule.parent = service;
  // Rules were written under their ids, too: the file's name means nothing.
  rule.origin = {path, "", "", ""};
  rule.config = *std::move(config);
  rule.name = NameOr(rule.kind, rule.config, FileStem(path));
  reading.tree.entities.push_back(std::move(rule));
}

void ReadServiceFolder(const LayoutReading& reading, const std::string& directory, const std::string& folder) {
  std::optional<JsonValue> config = ReadConfigFile(reading.files, reading.problems, directory + "config.json");
  std::string name = folder;
  std::string type;
  if (config) {
    AppEntity service;
    service.kind = v1::ENTITY_KIND_SERVICE;
    service.origin = {directory + "config.json", "", "", folder};
    service.config = *std::move(config);
    name = service.name = NameOr(service.kind, service.config, folder);
    const JsonValue* given = service.config.Find("type");
    if (given != nullptr) type = given->text;
    reading.tree.entities.push_back(std::move(service));
  }
  // Even without a good config.json: whoever repairs it wants to know the rest too.
  if (IsDataSource(type)) {
    KeepFilesAs(reading, directory + "rules/", absl::StrCat("services/", name, "/rules/"));
  } else {
    for (const std::string& path : reading.files.JsonFiles(directory + "rules/")) ReadRule(reading, path, name);
  }
  KeepFilesAs(reading, directory + "default_rule.json", absl::StrCat("services/", name, "/default_rule.json"));
  std::string webhooks = directory + "incoming_webhooks/";
  for (const std::string& hook : reading.files.Directories(webhooks)) {
    ReadWebhook(reading, absl::StrCat(webhooks, hook, "/"), hook, name);
  }
}

}  // namespace

std::optional<JsonValue> ReadObjectFile(const AppFiles& files, ImportProblems& problems, const std::string& path) {
  return ReadFileOf(JsonValue::Kind::kObject, files, problems, path);
}

std::optional<JsonValue> ReadConfigFile(const AppFiles& files, ImportProblems& problems, const std::string& path) {
  std::optional<JsonValue> config = ReadObjectFile(files, problems, path);
  const std::string* content = files.Find(path);
  if (!config && content != nullptr && IsEmpty(*content)) return MakeObject();
  return config;
}

std::optional<JsonValue> ReadArrayFile(const AppFiles& files, ImportProblems& problems, const std::string& path) {
  const std::string* content = files.Find(path);
  if (content == nullptr || IsEmpty(*content)) return MakeArray();
  return ReadFileOf(JsonValue::Kind::kArray, files, problems, path);
}

std::string ReadSource(const AppFiles& files, ImportProblems& problems, const std::string& path) {
  const std::string* content = files.Find(path);
  if (content == nullptr) {
    problems.AddError(path, "", "the file is missing");
    return "";
  }
  if (content->size() > kSourceBytesMax) {
    problems.AddError(path, "", absl::StrCat("has ", content->size(), " bytes; at most ", kSourceBytesMax));
    return "";
  }
  if (!IsUtf8(*content)) {
    problems.AddError(path, "", "is not UTF-8 text");
    return "";
  }
  if (IsEmpty(*content)) problems.AddWarning(path, "", "is empty: there is no function to run");
  return *content;
}

void ReadEntityFiles(const LayoutReading& reading, const std::string& directory, v1::EntityKind kind) {
  for (const std::string& path : reading.files.JsonFiles(directory)) {
    std::optional<JsonValue> config = ReadObjectFile(reading.files, reading.problems, path);
    if (!config) continue;
    AppEntity entity;
    entity.kind = kind;
    entity.origin = {path, "", "", FileStem(path)};
    entity.config = *std::move(config);
    entity.name = NameOr(kind, entity.config, entity.origin.folder);
    reading.tree.entities.push_back(std::move(entity));
  }
}

void ReadServiceFolders(const LayoutReading& reading, const std::string& directory) {
  for (const std::string& folder : reading.files.Directories(directory)) {
    ReadServiceFolder(reading, absl::StrCat(directory, folder, "/"), folder);
  }
}

void KeepFiles(const LayoutReading& reading, const std::string& prefix) { KeepFilesAs(reading, prefix, prefix); }

void KeepFilesAs(const LayoutReading& reading, const std::string& prefix, const std::string& new_prefix) {
  for (const std::string& path : reading.files.Paths(prefix)) {
    reading.tree.kept[absl::StrCat(new_prefix, path.substr(prefix.size()))] = *reading.files.Find(path);
  }
}

}  // namespace overlock::config
