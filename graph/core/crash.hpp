// A crash inside a plugin names the plugin and the op.
#pragma once

namespace ebb {

struct OpDef;

// While it lives, this thread runs a function of a plugin. The strings must outlive it.
class InPlugin {
 public:
  // `function`: "kernel", "type rule"; `op` is null where it belongs to none.
  InPlugin(const char* plugin, const char* op, const char* function) noexcept;
  // Of an op that is built in it notes nothing.
  InPlugin(const OpDef& op, const char* function) noexcept;
  ~InPlugin();
  InPlugin(const InPlugin&) = delete;
  InPlugin& operator=(const InPlugin&) = delete;

 private:
  const char *plugin_, *op_, *function_;  // those noted before
};

// From now on a signal that ends the program says on standard error in which plugin it struck, if
// in one, before it ends it. Call it once, in the main thread. Under a sanitizer, which has signal
// handlers of its own, it does nothing.
void name_crashing_plugins();

}  // namespace ebb
