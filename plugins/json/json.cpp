#include "plugins/json/json.hpp"

EBB_PLUGIN(json, "1.0") {
  plugin.exporter("json")
      .doc("The graph of the outputs and the values of the parameters as JSON, a line per node.")
      .extension(".json")
      .run(&ebb::json::write);
  plugin.importer("json")
      .doc("A graph that `ebb export --to json` wrote, as a script of one call after the other.")
      .extension(".json")
      .run(&ebb::json::read);
}
