// The part of `ebb check` that `--gradients` asks for.
#pragma once

#include "graph/cli/command.hpp"
#include "graph/cli/json.hpp"
#include "graph/run/model_gradients.hpp"

namespace ebb {

void add_gradient_check(boost::program_options::options_description& options);
// Throws UsageError where a flag is given that needs --gradients.
void require_gradient_check(const Invocation& invocation);

ModelCheck checked_gradients(Invocation& invocation);
void print_text(const ModelCheck& check);
Json to_json(const ModelCheck& check);
// Throws what is wrong: the node where a wrong gradient enters, else why the check did not pass.
void require_passed(const ModelCheck& check);

}  // namespace ebb
