/* Crashes while it is loaded. */
#include <ebb_plugin.h>

EBB_EXPORT int ebb_plugin_main(const ebb_host* host, ebb_context* context, ebb_plugin_info* info) {
  volatile int* nowhere = 0;
  (void)context;
  if (ebb_plugin_begin(host, info, "crashing_entry", "1.0") != EBB_OK) return EBB_FAILED;
  *nowhere = 1;
  return EBB_OK;
}
