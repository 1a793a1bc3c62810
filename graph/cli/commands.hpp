// The commands, each in a file of its own.
#pragma once

#include "graph/cli/command.hpp"

namespace ebb {

// Wherever it stands it asks for help.
inline constexpr const char* help_short = "-h";

extern const Command check_command, fmt_command, train_command, test_command, run_command,
    grad_command, derive_command, show_command, profile_command, replay_command, export_command,
    import_command, ops_command, explain_command, plugin_command, lsp_command, help_command;

}  // namespace ebb
