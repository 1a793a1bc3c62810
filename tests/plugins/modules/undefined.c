/* Calls a function that is in no library. */
#include <ebb_plugin.h>

int in_no_library(void);

EBB_EXPORT int ebb_plugin_main(const ebb_host* host, ebb_context* context, ebb_plugin_info* info) {
  (void)context;
  return ebb_plugin_begin(host, info, "undefined", "1.0") == EBB_OK ? in_no_library() : EBB_FAILED;
}
