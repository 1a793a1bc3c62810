/* A plugin of one elementwise op without a gradient. */
#ifndef EBB_TESTS_ONE_OP_H
#define EBB_TESTS_ONE_OP_H

#include <ebb_plugin.h>
#include <math.h>

#define EBB_TESTS_COPY(TYPE, NAME)                                                           \
  static void NAME(const void* self, const void* const* in, const int64_t* steps, void* out, \
                   int64_t n, const ebb_attr* attrs) {                                       \
    (void)self;                                                                              \
    (void)attrs;                                                                             \
    for (int64_t i = 0; i < n; ++i) ((TYPE*)out)[i] = ((const TYPE*)in[0])[i * steps[0]];    \
  }
EBB_TESTS_COPY(float, copy_f32)
EBB_TESTS_COPY(double, copy_f64)

static int register_one_op(const ebb_host* host, ebb_context* context, const char* name,
                           const char* doc) {
  static ebb_signature signature = {
      .size = sizeof signature, .output = EBB_REAL, .f32 = copy_f32, .f64 = copy_f64};
  static ebb_input_def input = {.size = sizeof input, .name = "x", .dtype = EBB_REAL};
  static ebb_op op = {.size = sizeof op, .input_count = 1, .output_count = 1, .signature_count = 1};
  signature.inputs[0] = EBB_REAL;
  input.domain.lower = -INFINITY;
  input.domain.upper = INFINITY;
  op.name = name;
  op.doc = doc;
  op.inputs = &input;
  op.signatures = &signature;
  op.notation = "copy({0})";
  op.precedence = 10;
  return host->register_op(context, &op);
}

#endif
