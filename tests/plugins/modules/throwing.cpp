// Throws out of its entry, without the face that would keep it in.
#include <ebb_plugin.h>

#include <stdexcept>

extern "C" EBB_EXPORT int ebb_plugin_main(const ebb_host* host, ebb_context*,
                                          ebb_plugin_info* info) {
  if (ebb_plugin_begin(host, info, "throwing", "1.0") != EBB_OK) return EBB_FAILED;
  throw std::runtime_error("no licence was found");
}
