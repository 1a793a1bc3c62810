/* Asks for an interface newer than any there is. */
#include <ebb_plugin.h>

EBB_EXPORT int ebb_plugin_main(const ebb_host* host, ebb_context* context, ebb_plugin_info* info) {
  (void)host;
  (void)context;
  info->major = EBB_SDK_MAJOR;
  info->minor = 99;
  info->name = "newer";
  info->version = "1.0";
  return EBB_FAILED;
}
