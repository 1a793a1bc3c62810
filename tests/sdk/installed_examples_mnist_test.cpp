// The installed examples whose data are MNIST's, which stand elsewhere.
#include <boost/test/unit_test.hpp>

#include "tests/sdk/installed.hpp"
#include "tests/support/mnist.hpp"

using namespace ebb::test;

BOOST_FIXTURE_TEST_SUITE(installed_examples_mnist, Installed)

BOOST_AUTO_TEST_CASE(those_of_mnist_train, *boost::unit_test::precondition(with_mnist)) {
  int trained = 0;
  for (const std::filesystem::path& script : scripts_in(installed_scripts())) {
    if (!reads_mnist(script)) continue;
    train(script, " --set train.batch=640 --data " + quoted(mnist_dir().string()));
    ++trained;
  }
  BOOST_TEST(trained == 2);
}

BOOST_AUTO_TEST_SUITE_END()
