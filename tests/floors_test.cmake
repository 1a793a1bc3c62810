# Runs tests/floors.cmake on a small tree that breaks every rule once, and on one that breaks none, both
# made in DIR, and asserts the whole output.
cmake_minimum_required(VERSION 3.25)

function(source path)
  string(REPLACE ";" "\n" text "${ARGN}")
  file(WRITE ${DIR}/tree/${path} "${text}\n")
endfunction()

function(expect_output expected_status expected)
  execute_process(COMMAND ${CMAKE_COMMAND} -DROOT=${DIR}/tree -P ${CMAKE_CURRENT_LIST_DIR}/floors.cmake
    RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
  string(REGEX REPLACE "CMake Error at [^\n]*floors\\.cmake:[0-9]+" "CMake Error" output "${output}")
  string(STRIP "${output}" output)
  if(NOT status STREQUAL expected_status OR NOT output STREQUAL expected)
    message(NOTICE "expected status ${expected_status}:\n${expected}\n\ngot ${status}:\n${output}")
    message(FATAL_ERROR "tests/floors.cmake does not say what it should")
  endif()
endfunction()

file(REMOVE_RECURSE ${DIR}/tree)
file(MAKE_DIRECTORY ${DIR}/tree)
expect_output(1 "CMake Error (message):\n  there is no source file")

foreach(folder graph graph/sdk graph/core graph/script graph/compile graph/run graph/cli
    graph/library ops plugins scripts tests)
  file(WRITE ${DIR}/tree/${folder}/README.md "")
endforeach()
source(graph/sdk/ebb_plugin.h "#include <stdint.h>")
source(graph/sdk/ebb/arma.hpp "#if __has_include(<armadillo>)" "#include <armadillo>" "#endif")
source(graph/sdk/ebb/plugin.hpp "#include \"ebb_plugin.h\"" "#include \"ebb/arma.hpp\"" "#include <vector>")
source(graph/core/graph.hpp "#include <boost/graph/adjacency_list.hpp>"
  "#include \"graph/core/shape.hpp\"" "#include \"ebb_plugin.h\"")
source(graph/script/parser.cpp "#include \"graph/script/lexer.hpp\"" "#include \"graph/core/graph.hpp\"")
source(graph/compile/plan.cpp "#include \"graph/core/graph.hpp\"" "#include <armadillo>")
source(graph/run/trainer.cpp "#include \"graph/compile/plan.hpp\"" "#include \"graph/script/parser.hpp\"")
source(graph/cli/main.cpp "#include \"graph/cli/commands.hpp\"" "#include \"graph/core/linked_plugins.hpp\"")
source(ops/activations.cpp "#include \"ops/ops.hpp\"" "#include \"ebb/plugin.hpp\"" "#include <cmath>"
  "#include <armadillo>" "#include <hwy/highway.h>")
source(plugins/softplus/softplus.cpp "#include <ebb/plugin.hpp>" "#include <sys/mman.h>")
expect_output(0 "-- 10 files keep the floors")

source(graph/cli/train.cpp "" "#include \"ops/ops.hpp\"")
file(WRITE ${DIR}/tree/graph/compile/a.cpp "int a[] = {1}; // [\n# include \"graph/script/parser.hpp\"\n")
source(graph/core/a.cpp "#include \"graph/run/trainer.hpp\"" "#include \"../script/ast.hpp\""
  "#include \"shape.hpp\"" "#include \"graph/elsewhere/a.hpp\"")
source(graph/elsewhere/a.hpp "#include \"graph/core/graph.hpp\"")
source(graph/sdk/ebb/a.hpp "#include <boost/any.hpp>" "#include <armadillo>" "#include <graph/core/graph.hpp>")
source(ops/a.cpp "#include \"graph/core/graph.hpp\"" "#include <boost/any.hpp>" "  #include <zlib.h>")
source(plugins/a.cpp "#include \"ops/ops.hpp\"")
file(REMOVE ${DIR}/tree/graph/script/README.md)
string(JOIN "\n" expected
  "graph/cli/train.cpp:2: may not include \"ops/ops.hpp\": the framework knows no op; graph/core/linked_plugins.hpp lists what is linked in"
  "graph/compile/a.cpp:2: may not include \"graph/script/parser.hpp\": graph/compile is floor 2, graph/script is floor 2"
  "graph/core/a.cpp:1: may not include \"graph/run/trainer.hpp\": graph/core is floor 1, graph/run is floor 3"
  "graph/core/a.cpp:2: may not include \"../script/ast.hpp\": paths start at the project's root, or at graph/sdk for its public headers"
  "graph/core/a.cpp:3: may not include \"shape.hpp\": paths start at the project's root, or at graph/sdk for its public headers"
  "graph/core/a.cpp:4: may not include \"graph/elsewhere/a.hpp\": graph/elsewhere is on no floor"
  "graph/elsewhere/a.hpp:1: may not include \"graph/core/graph.hpp\": graph/elsewhere is on no floor"
  "graph/sdk/ebb/a.hpp:1: may not include <boost/any.hpp>: graph/sdk stands on the standard library alone"
  "graph/sdk/ebb/a.hpp:2: may not include <armadillo>: only graph/sdk/ebb/arma.hpp knows Armadillo, behind __has_include(<armadillo>)"
  "graph/sdk/ebb/a.hpp:3: may not include <graph/core/graph.hpp>: graph/sdk is floor 0, graph/core is floor 1"
  "ops/a.cpp:1: may not include \"graph/core/graph.hpp\": ops sees graph/sdk alone"
  "ops/a.cpp:2: may not include <boost/any.hpp>: ops stands on graph/sdk, Armadillo and Highway alone"
  "ops/a.cpp:3: may not include <zlib.h>: ops stands on graph/sdk, Armadillo and Highway alone"
  "plugins/a.cpp:1: may not include \"ops/ops.hpp\": plugins sees graph/sdk alone"
  "graph/script/README.md: missing: each folder says what it is and how to add to it"
  "CMake Error (message):"
  "  15 breaches of the floors in 17 files")
expect_output(1 "${expected}")
