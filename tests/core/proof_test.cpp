#include "graph/core/proof.hpp"

#include <cmath>

#include "tests/core/proving.hpp"

using namespace ebb;
using namespace ebb::test;

BOOST_AUTO_TEST_SUITE(proof)

BOOST_AUTO_TEST_CASE(a_right_op_is_proved_with_what_was_compared) {
  const Proved outcome = proved([](sdk::Plugin& p) {
    f(p).input("x")
        .attr("k", 1.0, "sharpness", sdk::positive)
        .elementwise([](auto x, auto k) {
          return std::log1p(std::exp(-std::abs(k * x))) / k + sdk::maximum(x, 0);
        })
        .vjp([](const sdk::Call& c) { return c.g * sdk::call("sigmoid", c.attrs.real(0) * c[0]); });
  });
  BOOST_TEST(outcome.refusal == "");
  BOOST_REQUIRE(outcome.proofs.size() == 1u);
  const OpProof& proof = outcome.proofs[0];
  BOOST_TEST(proof.op == "f");
  BOOST_TEST(proof.claims.empty());
  BOOST_TEST(proof.first > 100);
  BOOST_TEST(proof.second >= 40);
  BOOST_TEST(proof.kernel_runs > 100);
  BOOST_TEST(proof.difference > 0);
  BOOST_TEST(proof.difference < 1e-7);
}

BOOST_AUTO_TEST_CASE(a_wrong_gradient_is_refused_with_its_point_and_both_numbers) {
  BOOST_TEST(refusal([](sdk::Plugin& p) {
               f(p).input("x")
                   .input("y")
                   .elementwise([](auto x, auto y) { return x * y; })
                   .vjp([](const sdk::Call& c) { return c.g * c[1]; },
                        [](const sdk::Call& c) { return 2.0 * (c.g * c[0]); });
             }) ==
             "the gradient with respect to y is wrong: at y = 0.472945892, x = -1.41883768 it is "
             "0.485337404, central differences give 0.242668702\n"
             "  hint: correct its rule; where it is meant to differ from the derivative, claim "
             "gradient_by_definition(\"why\")\n");
}

BOOST_AUTO_TEST_CASE(a_wrong_second_derivative_is_refused) {
  BOOST_TEST(
      refusal([](sdk::Plugin& p) {
        f(p).input("x").elementwise([](auto x) { return x * x * x; }).vjp([](const sdk::Call& c) {
          return 3.0 * (c.g * sdk::call("square_of", c[0]));
        });
        p.op("square_of")
            .doc("d")
            .input("x")
            .elementwise([](auto x) { return x * x; })
            .vjp([](const sdk::Call& c) { return c.g * c[0]; });
      }) ==
      "the second derivative with respect to x and x is wrong: at x = -1.41883768 it is "
      "23.2513098, central differences give 28.2660411\n"
      "  hint: the gradient itself agrees; an op that its rule calls has a wrong one\n");
  BOOST_TEST(
      refusal([](sdk::Plugin& p) {
        f(p).input("x").elementwise([](auto x) { return x * x * x; }).vjp([](const sdk::Call& c) {
          return 3.0 * (c.g * sdk::call("square_of", c[0]));
        });
        p.op("square_of").doc("d").input("x").elementwise([](auto x) { return x * x; });
      }) ==
      "its gradient with respect to x has no gradient itself: square_of can not be differentiated, "
      "but lies on the way to the objective\n"
      "  hint: let its rule call ops that can be differentiated, or claim first_order()\n");
}

BOOST_AUTO_TEST_CASE(a_check_that_sees_nothing_is_refused) {
  BOOST_TEST(
      refusal([](sdk::Plugin& p) {
        f(p).input("x").elementwise([](auto x) { return 0 * x; }).vjp([](const sdk::Call& c) {
          return 0.0 * c.g;
        });
      }) ==
      "the gradient with respect to x was zero wherever it was tested, which proves nothing\n"
      "  hint: claim zero_gradient() if it is zero everywhere; else give x a domain, or the op "
      "cases, where it is not\n");
  BOOST_TEST(refusal([](sdk::Plugin& p) {
               f(p).input("i", EBB_I64)
                   .elementwise<sdk::real(sdk::integer)>(
                       [](std::int64_t i) { return static_cast<double>(i); })
                   .vjp([](const sdk::Call& c) { return c.g; });
             }) ==
             "it has a gradient with respect to i, but no test reached it: i or the result is no "
             "real number\n"
             "  hint: an input without a gradient says no_gradient in place of a rule\n");
  BOOST_TEST(refusal([](sdk::Plugin& p) {
               f(p).input("x")
                   .infer([](sdk::Inference& c) {
                     if (c.in[0].rank() < 5) c.fail("{0} must have five dimensions");
                     same(c);
                   })
                   .kernel([](const sdk::Kernel& k, auto zero) { copy(k, zero); });
             }) ==
             "there is nothing to prove it on: its type rule takes none of the shapes of rank 0 to "
             "4 that were tried, and says `f of the plugin sample: x must have five dimensions`\n"
             "  hint: name shapes and attributes that it takes: .prove_at({{3, 4}, {4, 2}}, "
             "{{\"k\", 3.0}}), or in C the record's `cases`\n");
}

BOOST_AUTO_TEST_CASE(a_point_without_a_derivative_asks_for_the_domain) {
  BOOST_TEST(
      refusal([](sdk::Plugin& p) {
        f(p).input("x").elementwise([](auto x) { return std::log(x); }).vjp([](const sdk::Call& c) {
          return c.g / c[0];
        });
      }) ==
      "the gradient with respect to x is wrong: at x = -1.41883768 it is nan, central differences "
      "give nan\n"
      "  hint: the op has no derivative there: give x its domain and its kinks\n");
}

BOOST_AUTO_TEST_CASE(claims_are_tested_and_recorded) {
  BOOST_TEST(refusal([](sdk::Plugin& p) {
               f(p).input("x").elementwise([](auto x) { return 2 * x; }).zero_gradient();
             }) ==
             "it claims that its gradient is zero, but with respect to x it is not: at x = "
             "-1.41883768 it is 0, central differences give -4.6753507\n"
             "  hint: where it jumps is a kink of its record; else it needs a gradient rule\n");
  const auto claims = [](void (*build)(sdk::Plugin&)) {
    const Proved outcome = proved(build);
    return outcome.refusal.empty() ? outcome.proofs.at(0).claims
                                   : std::vector<std::string>{outcome.refusal};
  };
  using Texts = std::vector<std::string>;
  BOOST_TEST(claims([](sdk::Plugin& p) {
               f(p).input("x", EBB_REAL, sdk::any_number, {-2, -1, 0, 1, 2})
                   .elementwise([](auto x) { return std::floor(x); })
                   .zero_gradient();
             }) == Texts{"its gradient is zero"},
             boost::test_tools::per_element());
  BOOST_TEST(claims([](sdk::Plugin& p) {
               f(p).input("x")
                   .elementwise([](auto x) { return std::floor(x); })
                   .vjp([](const sdk::Call& c) { return c.g; })
                   .gradient_by_definition("straight through");
             }) == Texts{"its gradient is by definition, not the derivative: straight through"},
             boost::test_tools::per_element());
  BOOST_TEST(
      claims([](sdk::Plugin& p) {
        f(p).input("x")
            .elementwise([](auto x) { return x * x * x; })
            .vjp([](const sdk::Call& c) { return 3.0 * (c.g * sdk::call("square_of", c[0])); })
            .first_order();
        p.op("square_of").doc("d").input("x").elementwise([](auto x) { return x * x; });
      }) == Texts{"it has first derivatives only"},
      boost::test_tools::per_element());
  BOOST_TEST(claims([](sdk::Plugin& p) {
               f(p).input("x").elementwise([](auto x) { return x * x; });
             }) == Texts{"it can not be differentiated"},
             boost::test_tools::per_element());
  BOOST_TEST(claims([](sdk::Plugin& p) {
               copying(p).random().kernel([](const sdk::Kernel& k, auto zero) {
                 using T = decltype(zero);
                 for (std::int64_t s = 0; s < k.samples(); ++s)
                   for (std::int64_t i = 0; i < k.in<T>(0).elements(); ++i)
                     k.out<T>().data(s)[i] =
                         k.in<T>(0).data(s)[i] +
                         static_cast<T>(k.random(s).uniform(static_cast<std::uint64_t>(i)));
               });
             }) == Texts{"random: the same key, the same numbers"},
             boost::test_tools::per_element());
  BOOST_TEST(claims([](sdk::Plugin& p) {
               f(p).initializer().kernel([](const sdk::Kernel& k, auto zero) {
                 using T = decltype(zero);
                 std::fill_n(k.out<T>().data(), k.out<T>().elements(), T{1});
               });
             }) == Texts{"it can not be differentiated"},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(rules_that_break_the_rules_are_refused_by_name) {
  BOOST_TEST(refusal([](sdk::Plugin& p) {
               f(p).input("x").elementwise([](auto x) { return 2 * x; }).vjp([](const sdk::Call&) {
                 return sdk::Value();
               });
             }) == "its gradient rule for its input gives no value of the graph\n");
  BOOST_TEST(
      refusal([](sdk::Plugin& p) {
        f(p).input("x").elementwise([](auto x) { return 2 * x; }).vjp([](const sdk::Call& c) {
          return sdk::call("no_such_op", c.g);
        });
      }) == "there is no op `no_such_op`\n");
  BOOST_TEST(refusal([](sdk::Plugin& p) {
               f(p).input("x").elementwise([](auto x) { return 2 * x; }).derivative("f'");
             }) == "it names `f'` as its derivative, but there is no such op\n");
}

BOOST_AUTO_TEST_CASE(several_inputs_and_outputs_are_proved_each) {
  const Proved outcome = proved([](sdk::Plugin& p) {
    f(p).inputs("x")
        .outputs(2)
        .infer([](sdk::Inference& c) {
          for (const auto& in : c.in)
            if (!(in.dims == c.in[0].dims)) c.fail("all must have the shape of {0}");
          c.out[0].dims = c.out[1].dims = c.in[0].dims;
        })
        .kernel([](const sdk::Kernel& k, auto zero) {
          using T = decltype(zero);
          for (std::int64_t s = 0; s < k.samples(); ++s)
            for (std::int64_t i = 0; i < k.out<T>().elements(); ++i) {
              T sum = 0, product = 1;
              for (int j = 0; j < k.inputs(); ++j) {
                sum += k.in<T>(j).data(s)[i];
                product *= k.in<T>(j).data(s)[i];
              }
              k.out<T>(0).data(s)[i] = sum;
              k.out<T>(1).data(s)[i] = product;
            }
        })
        .vjp([](const sdk::Call& c) {
          sdk::Value result = c.g ? c.g : 0.0 * c.out();
          if (const sdk::Value g = c.gradient(1)) {
            sdk::Value others = g;
            for (int j = 0; j < c.inputs(); ++j)
              if (j != c.input) others = others * c[j];
            result = result + others;
          }
          return result;
        });
  });
  BOOST_TEST(outcome.refusal == "");
  BOOST_REQUIRE(outcome.proofs.size() == 1u);
  BOOST_TEST(outcome.proofs[0].first > 200);
}

BOOST_AUTO_TEST_SUITE_END()
