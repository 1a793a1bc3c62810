// Flags of the benchmarks' programs.
#pragma once

#include <boost/program_options.hpp>
#include <iostream>
#include <optional>

namespace ebb::bench {

// Stores what the command line says. The exit status where the program ends with that: after
// --help, which it prints, and where the flags are wrong, which it says.
inline std::optional<int> parse(int argc, char** argv,
                                const boost::program_options::options_description& flags) {
  namespace po = boost::program_options;
  try {
    po::variables_map given;
    po::store(po::parse_command_line(argc, argv, flags), given);
    po::notify(given);
    if (!given.contains("help")) return std::nullopt;
    std::cout << flags;
    return 0;
  } catch (const po::error& e) {
    std::cerr << e.what() << "\n";
    return 2;
  }
}

}  // namespace ebb::bench
