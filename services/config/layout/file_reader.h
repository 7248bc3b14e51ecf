// Reads single files of an exported application and says what is wrong with them. Internal to the layouts.
#ifndef OVERLOCK_SERVICES_CONFIG_LAYOUT_FILE_READER_H_
#define OVERLOCK_SERVICES_CONFIG_LAYOUT_FILE_READER_H_

#include <optional>
#include <string>

#include "services/config/app_files.h"
#include "services/config/import_problems.h"
#include "services/config/json_document.h"
#include "services/config/layout/app_tree.h"

namespace overlock::config {

inline constexpr size_t kSourceBytesMax = 1024 * 1024;

// What the readers of the layouts share. Everything referred to must outlive it.
struct LayoutReading {
  const AppFiles& files;
  ImportProblems& problems;
  AppTree& tree;
};

// Reads a file that must hold an object. A missing file and one that is no object are errors, doubled keys too.
// An empty file reads as nothing (spec section 1.2), with a warning.
std::optional<JsonValue> ReadObjectFile(const AppFiles& files, ImportProblems& problems, const std::string& path);
// The same, but an empty file gives an object without members.
std::optional<JsonValue> ReadConfigFile(const AppFiles& files, ImportProblems& problems, const std::string& path);
// The same for an array; a missing or empty file gives one without items.
std::optional<JsonValue> ReadArrayFile(const AppFiles& files, ImportProblems& problems, const std::string& path);
// JavaScript: UTF-8, at most 1 MiB. A missing file is an error.
std::string ReadSource(const AppFiles& files, ImportProblems& problems, const std::string& path);

// What every layout has.
// The files `<directory><name>.json`, each an entity of `kind`.
void ReadEntityFiles(const LayoutReading& reading, const std::string& directory, v1::EntityKind kind);
// The services in the folders of `directory`, with their rules and webhooks.
void ReadServiceFolders(const LayoutReading& reading, const std::string& directory);
// Keeps all files whose paths begin with `prefix`.
void KeepFiles(const LayoutReading& reading, const std::string& prefix);
// The same under another name: `services/a b/` may become `services/ab/`.
void KeepFilesAs(const LayoutReading& reading, const std::string& prefix, const std::string& new_prefix);

}  // namespace overlock::config

#endif  // OVERLOCK_SERVICES_CONFIG_LAYOUT_FILE_READER_H_
