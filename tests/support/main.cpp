#define BOOST_TEST_MODULE ebb
#include <boost/test/unit_test.hpp>
