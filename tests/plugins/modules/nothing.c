/* Registers nothing. */
#include <ebb_plugin.h>

EBB_EXPORT int ebb_plugin_main(const ebb_host* host, ebb_context* context, ebb_plugin_info* info) {
  (void)context;
  return ebb_plugin_begin(host, info, "nothing", "1.0");
}
