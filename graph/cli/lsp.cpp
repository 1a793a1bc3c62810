// ebb lsp
#include <unistd.h>

#include <iostream>

#include "graph/cli/commands.hpp"
#include "graph/cli/lsp/server.hpp"
#include "graph/cli/options.hpp"

namespace ebb {

namespace {

void add_lsp_options(boost::program_options::options_description& options) {
  add_folders(options);
  options.add_options()("stdio", "use standard input and output, as it does anyway");
}

int run_lsp(Invocation& invocation) {
  lsp::Channel channel(STDIN_FILENO, std::cout);
  return lsp::Server(invocation, channel).serve();
}

}  // namespace

const Command lsp_command = {
    "lsp",
    "a language server, for editors",
    "lsp [flags]",
    "Speaks the Language Server Protocol on standard input and output: what `ebb check` finds, "
    "while "
    "a script is being written; what a name means, with its shape; where it is defined; names to "
    "choose from; renaming; formatting. An editor starts it; plugins/editors has what they need.",
    Takes::nothing,
    &add_lsp_options,
    &run_lsp};

}  // namespace ebb
