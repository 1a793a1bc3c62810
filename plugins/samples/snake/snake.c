/* A custom op in plain C: snake(x) = x + sin(a x)^2 / a, an activation with which networks learn
 * periodic functions (Ziyin, Hartwig and Ueda, Neural networks fail to learn periodic functions and
 * how to fix it, 2020).
 *
 * An op is one record, `ebb_op`: what it is called, what it takes, how it is computed, how it is
 * differentiated. The plugin hands it to the host and is done. */
#include <ebb_plugin.h>
#include <math.h>

/* The kernel, once in float and once in double. It fills n elements of the output. steps[0] is 1,
 * or 0 where one element serves for all; attrs holds the attributes in the order of the record. */
#define SNAKE_KERNEL(NAME, REAL, SIN)                                                             \
  static void NAME(const void* self, const void* const* inputs, const int64_t* steps,             \
                   void* output, int64_t n, const ebb_attr* attrs) {                              \
    const REAL* x = (const REAL*)inputs[0];                                                       \
    REAL* y = (REAL*)output;                                                                      \
    const REAL a = (REAL)attrs[0].r;                                                              \
    (void)self;                                                                                   \
    for (int64_t i = 0; i < n; ++i) {                                                             \
      const REAL xi = x[i * steps[0]], s = SIN(a * xi);                                           \
      y[i] = xi + s * s / a;                                                                      \
    }                                                                                             \
  }
SNAKE_KERNEL(snake_f32, float, sinf)
SNAKE_KERNEL(snake_f64, double, sin)

/* An op of one input and at most one number as its attribute, called by name. */
static int call(const ebb_vjp_call* c, const char* op, ebb_value input, const char* attr,
                double number, ebb_value* result) {
  ebb_named_attr named = {0};
  named.name = attr;
  named.value.kind = EBB_ATTR_REAL;
  named.value.r = number;
  return c->host->call(c->context, op, &input, 1, &named, attr ? 1 : 0, 0, result);
}

/* The gradient with respect to x: g (1 + sin(2 a x)), in nodes of the graph, so that it can be
 * printed, simplified and differentiated again. Of samples and broadcasting the rule knows nothing.
 * After an error the host has the message; the rule returns at once. */
static int snake_vjp(const ebb_vjp_call* c, ebb_value* result) {
  ebb_value angle, wave, one, slope[2], product[2];
  if (call(c, "scale", c->inputs[0], "factor", 2 * c->attrs[0].r, &angle) != EBB_OK ||
      call(c, "sin", angle, NULL, 0, &wave) != EBB_OK ||
      c->host->constant(c->context, 1.0, &one) != EBB_OK)
    return EBB_FAILED;
  slope[0] = one;
  slope[1] = wave;
  product[0] = c->gradients[0];
  if (c->host->call(c->context, "add", slope, 2, NULL, 0, 0, &product[1]) != EBB_OK)
    return EBB_FAILED;
  return c->host->call(c->context, "mul", product, 2, NULL, 0, 0, result);
}

/* The host keeps pointers into the record, so it lives as long as the process. Every part begins
 * with its own size, by which a newer host knows what an older plugin left out. */
EBB_EXPORT int ebb_plugin_main(const ebb_host* host, ebb_context* context, ebb_plugin_info* info) {
  static ebb_input_def input;
  static ebb_attr_def frequency;
  static ebb_signature signature;
  static ebb_op op;

  if (ebb_plugin_begin(host, info, "snake", "1.0") != EBB_OK) return EBB_FAILED;

  input.size = sizeof input;
  input.name = "x";
  input.dtype = EBB_REAL;
  input.domain.lower = -INFINITY;
  input.domain.upper = INFINITY;

  frequency.size = sizeof frequency;
  frequency.name = "a";
  frequency.doc = "the frequency, a > 0";
  frequency.fallback.kind = EBB_ATTR_REAL;
  frequency.fallback.r = 1.0;
  frequency.lower = 0;
  frequency.upper = INFINITY;
  frequency.exclusive = 1; /* 0 itself is excluded */

  signature.size = sizeof signature;
  signature.output = EBB_REAL;
  signature.inputs[0] = EBB_REAL;
  signature.f32 = snake_f32;
  signature.f64 = snake_f64;

  op.size = sizeof op;
  op.name = "snake";
  op.family = "activations";
  op.doc = "x + sin(a x)^2 / a, element by element: rises with x, in waves.";
  op.inputs = &input;
  op.input_count = 1;
  op.attrs = &frequency;
  op.attr_count = 1;
  op.output_count = 1;
  op.signatures = &signature;
  op.signature_count = 1;
  op.vjp = snake_vjp;
  op.differentiable = 1; /* bit 0: there is a rule for input 0 */
  op.notation = "snake({0})";
  op.precedence = 10;
  op.example = "snake([-1, 0, 2])";
  op.example_result = "[-0.2919266, 0, 2.826822]";
  return host->register_op(context, &op);
}
