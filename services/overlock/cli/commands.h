// The commands, by file.
#ifndef OVERLOCK_SERVICES_OVERLOCK_CLI_COMMANDS_H_
#define OVERLOCK_SERVICES_OVERLOCK_CLI_COMMANDS_H_

#include "services/overlock/cli/command_line.h"

namespace overlock::cli {

// login, logout, whoami.
void AddLoginCommands(CommandLine& line);
// tokens.
void AddTokenCommands(CommandLine& line);
// audit.
void AddAuditCommand(CommandLine& line);
// apps.
void AddAppCommands(CommandLine& line);
// import, diff.
void AddImportCommands(CommandLine& line);
// export.
void AddExportCommand(CommandLine& line);
// draft, deploy, deployments, rollback.
void AddDeploymentCommands(CommandLine& line);
// services, webhooks, rules, functions, values, providers, endpoints: with list, show, create, update, delete, and what
// is for one of them alone.
void AddEntityCommands(CommandLine& line);
// webhooks create and update; webhooks url and test.
void AddWebhookWrites(CommandLine& line, CLI::App& webhooks);
void AddWebhookTests(CommandLine& line, CLI::App& webhooks);
// webhooks explain, endpoints explain.
void AddWebhookExplain(CommandLine& line, CLI::App& webhooks);
void AddEndpointExplain(CommandLine& line, CLI::App& endpoints);
// secrets.
void AddSecretCommands(CommandLine& line);
// users; its api-keys.
void AddUserCommands(CommandLine& line);
void AddUserKeys(CommandLine& line, CLI::App& users);
// functions run, webhooks run.
void AddFunctionRun(CommandLine& line, CLI::App& functions);
void AddWebhookRun(CommandLine& line, CLI::App& webhooks);

// All of them, for the words after `overlock`. Returns the exit code (exit_code.h).
int Main(int argc, char** argv);

}  // namespace overlock::cli

#endif  // OVERLOCK_SERVICES_OVERLOCK_CLI_COMMANDS_H_
