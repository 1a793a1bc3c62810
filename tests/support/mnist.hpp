#pragma once
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <filesystem>
#include <iostream>

namespace ebb::test {

// The folder of MNIST's four files: $EBB_MNIST_DIR, else ../shared/data/mnist beside the checkout.
inline std::filesystem::path mnist_dir() {
  const char* dir = std::getenv("EBB_MNIST_DIR");
  return dir ? dir : std::filesystem::path(EBB_SOURCE_DIR) / "../shared/data/mnist";
}

// Skips a test where MNIST is absent: BOOST_AUTO_TEST_CASE(name, *precondition(with_mnist)). With
// $EBB_REQUIRE_MNIST the test runs all the same, and fails for want of it. The cases stand in files
// named *mnist*_test.cpp, which CTest then shows as skipped.
inline boost::test_tools::assertion_result with_mnist(boost::unit_test::test_unit_id) {
  if (std::getenv("EBB_REQUIRE_MNIST") || std::filesystem::exists(mnist_dir())) return true;
  std::cout << "skipped: no MNIST in " << mnist_dir().string() << " (set EBB_MNIST_DIR)\n";
  return false;
}

}  // namespace ebb::test
