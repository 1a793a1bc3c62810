// A plugin written in a test, as if it had been loaded from a file.
#pragma once

#include <ebb/plugin.hpp>

#include "tests/support/registry.hpp"

namespace ebb::test {

// Registers what Body brings under the plugin's name `trial`, beside the built-in ops; once.
template <void (*Body)(sdk::Plugin&)>
void load_trial_plugin() {
  [[maybe_unused]] static const bool once =
      (everything().load([](const ebb_host* host, ebb_context* context, ebb_plugin_info* info) {
        return sdk::detail::plugin_main<Body>("trial", "1.0", host, context, info);
      }),
       true);
}

// What registering Body's records is refused with; "" where it is not.
template <void (*Body)(sdk::Plugin&)>
std::string refusal_of_plugin() {
  const Registry::Mark before = everything().mark();
  try {
    everything().load([](const ebb_host* host, ebb_context* context, ebb_plugin_info* info) {
      return sdk::detail::plugin_main<Body>("trial", "1.0", host, context, info);
    });
  } catch (const UserError& error) {
    return error.diagnostic().message;
  }
  everything().forget_after(before);
  return "";
}

}  // namespace ebb::test
