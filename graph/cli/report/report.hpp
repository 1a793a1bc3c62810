// The report of a training: DIR/report.html, one page with all that is known of it.
#pragma once

#include <memory>

#include "graph/cli/observer.hpp"

namespace ebb {

class WatchServer;

// Writes the page at the end, and now and then before; what goes wrong with it is a warning at the
// end. `server` may be null; it is given the page's data whenever there is news.
std::unique_ptr<Observer> training_report(const Training& training,
                                          std::unique_ptr<WatchServer> server);

// Of so many updates one is timed for the report.
inline constexpr std::int64_t report_times_one_of = 16;

inline constexpr const char* report_file = "report.html";

}  // namespace ebb
