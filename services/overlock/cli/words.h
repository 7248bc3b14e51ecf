// Words for what protos number.
#ifndef OVERLOCK_SERVICES_OVERLOCK_CLI_WORDS_H_
#define OVERLOCK_SERVICES_OVERLOCK_CLI_WORDS_H_

#include <string_view>

#include "overlock/config/v1/admin_service.pb.h"
#include "overlock/type/v1/user.pb.h"

namespace overlock::cli {

inline std::string_view RoleWord(config::v1::Role role) {
  switch (role) {
    case config::v1::ROLE_VIEWER:
      return "viewer";
    case config::v1::ROLE_EDITOR:
      return "editor";
    case config::v1::ROLE_ADMIN:
      return "admin";
    default:
      return "none";
  }
}

inline std::string_view LayoutWord(config::v1::Layout layout) {
  switch (layout) {
    case config::v1::LAYOUT_STITCH:
      return "F1 (stitch.json)";
    case config::v1::LAYOUT_REALM_1:
      return "F2 (config.json)";
    case config::v1::LAYOUT_REALM_2:
      return "F3 (realm_config.json)";
    default:
      return "unknown";
  }
}

inline std::string_view UserTypeWord(type::v1::User::Type type) {
  switch (type) {
    case type::v1::User::TYPE_NORMAL:
      return "normal";
    case type::v1::User::TYPE_SERVER:
      return "server";
    case type::v1::User::TYPE_SYSTEM:
      return "system";
    default:
      return "unknown";
  }
}

}  // namespace overlock::cli

#endif  // OVERLOCK_SERVICES_OVERLOCK_CLI_WORDS_H_
