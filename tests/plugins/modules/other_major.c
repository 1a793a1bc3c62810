/* Built for an interface that is another in kind. */
#include <ebb_plugin.h>

EBB_EXPORT int ebb_plugin_main(const ebb_host* host, ebb_context* context, ebb_plugin_info* info) {
  (void)host;
  (void)context;
  info->major = EBB_SDK_MAJOR + 1;
  info->minor = 0;
  info->name = "other_major";
  info->version = "1.0";
  return EBB_FAILED;
}
