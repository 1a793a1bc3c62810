// Formats that plugins write and read: which one a command means, and the attributes given to it.
#pragma once

#include <boost/program_options.hpp>
#include <string>

#include "graph/cli/command.hpp"

namespace ebb {

// The format that the flag `--to` or `--from` names, or the one whose files end as `file` does. A
// plugin of that name is loaded. Throws UserError where there is none, UsageError where the file
// does not say.
const ExporterDef& export_format(Invocation& invocation, const std::string& file);
const ImporterDef& import_format(Invocation& invocation, const std::string& file);

// `--with KEY=VALUE`, each as its attribute's kind. Throws UsageError for another form.
NamedAttrs given_attributes(const Invocation& invocation, const std::vector<AttrDef>& attrs);
void add_with(boost::program_options::options_description& options);

}  // namespace ebb
