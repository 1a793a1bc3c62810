#include "graph/core/proof_kernels.hpp"

#include <cmath>

#include "tests/core/proving.hpp"

using namespace ebb;
using namespace ebb::test;

BOOST_AUTO_TEST_SUITE(proof_kernels)

BOOST_AUTO_TEST_CASE(kernels_keep_to_their_memory) {
  BOOST_TEST(refusal([](sdk::Plugin& p) {
               copying(p).kernel([](const sdk::Kernel& k, auto zero) {
                 using T = decltype(zero);
                 copy(k, zero);
                 k.out<T>().data(k.samples() - 1)[k.out<T>().elements()] = T{1};
               });
             }) ==
             "its kernel writes after its output 0\n"
             "  hint: it may write to the elements of its outputs and to its scratch memory, and "
             "to nothing else\n");
  BOOST_TEST(refusal([](sdk::Plugin& p) {
               copying(p).kernel([](const sdk::Kernel& k, auto zero) {
                 using T = decltype(zero);
                 copy(k, zero);
                 k.out<T>().data()[-1] = T{1};
               });
             }) ==
             "its kernel writes before its output 0\n"
             "  hint: it may write to the elements of its outputs and to its scratch memory, and "
             "to nothing else\n");
  BOOST_TEST(refusal([](sdk::Plugin& p) {
               copying(p).kernel([](const sdk::Kernel& k, auto zero) {
                 using T = decltype(zero);
                 copy(k, zero);
                 const_cast<T*>(k.in<T>(0).data())[0] = T{1};
               });
             }) ==
             "its kernel writes into its input x\n"
             "  hint: inputs are read only: other ops read them too\n");
  BOOST_TEST(refusal([](sdk::Plugin& p) {
               copying(p)
                   .scratch([](const sdk::ScratchRequest&) { return std::size_t{8}; })
                   .kernel([](const sdk::Kernel& k, auto zero) {
                     copy(k, zero);
                     static_cast<char*>(k.scratch())[8] = 1;
                   });
             }) ==
             "its kernel writes after its scratch memory\n"
             "  hint: it may write to the elements of its outputs and to its scratch memory, and "
             "to nothing else\n");
  BOOST_TEST(refusal([](sdk::Plugin& p) {
               copying(p).kernel([](const sdk::Kernel& k, auto zero) {
                 using T = decltype(zero);
                 const T kept = k.out<T>().data()[0];
                 copy(k, zero);
                 k.out<T>().data()[0] = kept;
               });
             }) ==
             "its kernel does not write element 0 of its output 0\n"
             "  hint: an output holds anything before a kernel fills it\n");
}

BOOST_AUTO_TEST_CASE(kernels_give_the_same_on_every_run_and_in_every_way) {
  BOOST_TEST(refusal([](sdk::Plugin& p) {
               copying(p).kernel([](const sdk::Kernel& k, auto zero) {
                 using T = decltype(zero);
                 static int runs = 0;
                 copy(k, zero);
                 k.out<T>().data()[0] = static_cast<T>(++runs);
               });
             }) ==
             "its kernel is not deterministic: on the same inputs it gives 1, then 2\n"
             "  hint: it may depend on nothing but its inputs and attributes: not on what stood in "
             "its output or scratch memory before, nor on a state of its own\n");
  BOOST_TEST(refusal([](sdk::Plugin& p) {
               copying(p)
                   .scratch([](const sdk::ScratchRequest&) { return std::size_t{8}; })
                   .kernel([](const sdk::Kernel& k, auto zero) {
                     using T = decltype(zero);
                     copy(k, zero);
                     k.out<T>().data()[0] = static_cast<T>(static_cast<char*>(k.scratch())[0]);
                   });
             }) ==
             "its kernel is not deterministic: on the same inputs it gives 90, then -91\n"
             "  hint: it may depend on nothing but its inputs and attributes: not on what stood in "
             "its output or scratch memory before, nor on a state of its own\n");
  BOOST_TEST(refusal([](sdk::Plugin& p) {
               copying(p).kernel([](const sdk::Kernel& k, auto zero) {
                 using T = decltype(zero);
                 copy(k, zero);
                 k.out<T>().data()[0] += static_cast<T>(sizeof(T));
               });
             }) ==
             "its float kernel gives 2.58116245 where the double one gives 6.58116233\n"
             "  hint: both compute the same, each in its precision\n");
  BOOST_TEST(refusal([](sdk::Plugin& p) {
               copying(p).kernel([](const sdk::Kernel& k, auto zero) {
                 using T = decltype(zero);
                 copy(k, zero);
                 k.out<T>().data()[0] += static_cast<T>(k.samples());
               });
             }) ==
             "a sample alone gives other bits than in a mini-batch: -0.418837667 and 1.58116233\n"
             "  hint: a sample's result depends on that sample alone, or the record claims "
             "across_samples()\n");
  BOOST_TEST(refusal([](sdk::Plugin& p) {
               copying(p).kernel([](const sdk::Kernel&, auto) {
                 throw sdk::Failure("it has no licence", "buy one");
               });
             }) ==
             "its kernel failed at points of its domain: it has no licence\n"
             "  hint: buy one\n");
}

BOOST_AUTO_TEST_CASE(a_span_may_be_cut_anywhere) {
  static const auto kernel = []<class T>(const void*, const void* const* in,
                                         const std::int64_t* steps, void* out, std::int64_t n,
                                         const ebb_attr*) {
    for (std::int64_t i = 0; i < n; ++i)
      static_cast<T*>(out)[i] =
          static_cast<const T*>(in[0])[i * steps[0]] + static_cast<T>(n > 8 && i < n / 8 ? 1 : 0);
  };
  ebb_signature signature{};
  signature.size = sizeof signature;
  signature.output = signature.inputs[0] = EBB_REAL;
  signature.f32 = [](auto... a) { kernel.operator()<float>(a...); };
  signature.f64 = [](auto... a) { kernel.operator()<double>(a...); };
  ebb_input_def input{};
  input.size = sizeof input;
  input.name = "x";
  input.dtype = EBB_REAL;
  input.domain.lower = -INFINITY;
  input.domain.upper = INFINITY;
  ebb_op op{};
  op.size = sizeof op;
  op.name = "f";
  op.doc = "d";
  op.inputs = &input;
  op.signatures = &signature;
  op.input_count = op.output_count = op.signature_count = 1;
  BOOST_TEST(refusal(nullptr, &op) ==
             "its kernel gives other bits when a span is cut: -0.418837667 and -1.41883767\n"
             "  hint: each element is computed for itself; build without -ffast-math\n");
}

BOOST_AUTO_TEST_CASE(kernels_of_optimizers_are_proved_over_two_updates) {
  // The next w, then the next velocity; `beyond` elements too many.
  static std::int64_t beyond;
  static const auto update = []<class T>(const ebb_kernel_call* call, T) {
    std::int64_t n = 1;
    for (std::int32_t d = 0; d < call->inputs[0].type.rank; ++d) n *= call->inputs[0].type.dims[d];
    const auto in = [&](int i) { return static_cast<const T*>(call->inputs[i].data); };
    for (std::int64_t i = 0; i < n + beyond; ++i) {
      const T v = in(2)[i] - *in(3) * in(1)[i];
      static_cast<T*>(call->outputs[0].data)[i] = in(0)[i] + v;
      static_cast<T*>(call->outputs[1].data)[i] = v;
    }
    return int{EBB_OK};
  };
  ebb_input_def eta{};
  eta.size = sizeof eta;
  eta.name = "eta";
  eta.doc = "learning rate";
  eta.dtype = EBB_REAL;
  eta.domain = {0, INFINITY, 1, 0, nullptr};
  ebb_state_def velocity{sizeof velocity, "v", "velocity", 0};
  ebb_op op{};
  op.size = sizeof op;
  op.name = "f";
  op.doc = "d";
  op.kind = EBB_KIND_OPTIMIZER;
  op.inputs = &eta;
  op.states = &velocity;
  op.input_count = op.state_count = op.output_count = 1;
  op.kernel_f32 = [](const ebb_kernel_call* call) { return update(call, float{}); };
  op.kernel_f64 = [](const ebb_kernel_call* call) { return update(call, double{}); };
  beyond = 0;
  const Proved right = proved(nullptr, &op);
  BOOST_TEST(right.refusal == "");
  BOOST_REQUIRE(right.proofs.size() == 1u);
  BOOST_TEST(right.proofs[0].kernel_runs >= 24);
  beyond = 1;
  BOOST_TEST(
      refusal(nullptr, &op) ==
      "its kernel writes after its output 0\n"
      "  hint: it may write to the elements of its outputs and to its scratch memory, and to "
      "nothing else\n");
}

BOOST_AUTO_TEST_SUITE_END()
