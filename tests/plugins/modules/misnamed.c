/* Says of itself another name than its file's. */
#include "one_op.h"

EBB_EXPORT int ebb_plugin_main(const ebb_host* host, ebb_context* context, ebb_plugin_info* info) {
  if (ebb_plugin_begin(host, info, "other", "1.0") != EBB_OK) return EBB_FAILED;
  return register_one_op(host, context, "copied", "A copy of x.");
}
