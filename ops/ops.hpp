// The built-in ops: merely the first plugin, linked in.
#pragma once

#include <ebb_plugin.h>

// Registers the built-in ops; an `ebb_plugin_main_fn`. May be called for several hosts, one after
// the other. Returns EBB_FAILED after the host refused a record.
extern "C" int ebb_ops_main(const ebb_host* host, ebb_context* context, ebb_plugin_info* info);
