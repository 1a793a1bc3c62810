#pragma once
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <filesystem>
#include <iostream>

namespace ebb::test {

// The folder of ONNX's node tests: $EBB_ONNX_DIR, else where Debian's libonnx-testdata puts it.
inline std::filesystem::path onnx_dir() {
  const char* dir = std::getenv("EBB_ONNX_DIR");
  return dir ? dir : "/usr/share/libonnx-testdata/data/node";
}

// Skips a test where that is absent: BOOST_AUTO_TEST_CASE(name, *precondition(with_onnx)). With
// $EBB_REQUIRE_ONNX the test runs all the same, and fails for want of it.
inline boost::test_tools::assertion_result with_onnx(boost::unit_test::test_unit_id) {
  if (std::getenv("EBB_REQUIRE_ONNX") || std::filesystem::exists(onnx_dir())) return true;
  std::cout << "skipped: no ONNX tests in " << onnx_dir().string() << " (set EBB_ONNX_DIR)\n";
  return false;
}

}  // namespace ebb::test
