/* A plugin of the year one: built against the frozen header of SDK 1.0 beside it and nothing else.
 */
#include "ebb_plugin.h"

#include <math.h>

/* bent(x, k) = k x^3 + x, with the gradient (3 k x^2 + 1) g. */
#define BENT(name, T)                                                                 \
  static void name(const void* self, const void* const* inputs, const int64_t* steps, \
                   void* output, int64_t n, const ebb_attr* attrs) {                  \
    const T* x = inputs[0];                                                           \
    T* y = output;                                                                    \
    const T k = (T)attrs[0].r;                                                        \
    (void)self;                                                                       \
    for (int64_t i = 0; i < n; ++i) {                                                 \
      const T xi = x[i * steps[0]];                                                   \
      y[i] = k * xi * xi * xi + xi;                                                   \
    }                                                                                 \
  }
BENT(bent_f32, float)
BENT(bent_f64, double)

static int call(const ebb_vjp_call* c, const char* op, ebb_value a, ebb_value b,
                const ebb_named_attr* attr, ebb_value* result) {
  const ebb_value inputs[] = {a, b};
  return c->host->call(c->context, op, inputs, b == 0 ? 1 : 2, attr, attr ? 1 : 0, 0, result);
}

static int bent_vjp(const ebb_vjp_call* c, ebb_value* result) {
  const ebb_named_attr factor = {"factor", {.kind = EBB_ATTR_REAL, .r = 3 * c->attrs[0].r}};
  ebb_value square, slope, one;
  if (call(c, "mul", c->inputs[0], c->inputs[0], NULL, &square) != EBB_OK ||
      call(c, "scale", square, 0, &factor, &slope) != EBB_OK ||
      c->host->constant(c->context, 1, &one) != EBB_OK ||
      call(c, "add", slope, one, NULL, &slope) != EBB_OK)
    return EBB_FAILED;
  return call(c, "mul", c->gradients[0], slope, NULL, result);
}

/* turned(x): a vector's elements in reverse order, by way of scratch memory; its own gradient. */
static int turned_infer(const ebb_infer_call* c) {
  if (c->inputs[0].rank != 1)
    return c->host->fail(c->context, "{0} must be a vector", "flatten(x) is one");
  c->outputs[0].rank = 1;
  c->outputs[0].dims[0] = c->inputs[0].dims[0];
  return EBB_OK;
}

#define TURNED(name, T)                                          \
  static int name(const ebb_kernel_call* c) {                    \
    const ebb_tensor *x = &c->inputs[0], *y = &c->outputs[0];    \
    const int64_t n = x->type.dims[0];                           \
    T* kept = c->scratch;                                        \
    for (int64_t s = 0; s < y->samples; ++s) {                   \
      const T* from = (const T*)x->data + s * x->sample_stride;  \
      T* to = (T*)y->data + s * y->sample_stride;                \
      for (int64_t i = 0; i < n; ++i) kept[i] = from[n - 1 - i]; \
      for (int64_t i = 0; i < n; ++i) to[i] = kept[i];           \
    }                                                            \
    return EBB_OK;                                               \
  }
TURNED(turned_f32, float)
TURNED(turned_f64, double)

static size_t turned_scratch(const void* self, const ebb_type* inputs, int32_t input_count,
                             const ebb_type* outputs, const ebb_attr* attrs, int64_t samples) {
  (void)self, (void)input_count, (void)outputs, (void)attrs, (void)samples;
  return (size_t)inputs[0].dims[0] * sizeof(double);
}

static int turned_vjp(const ebb_vjp_call* c, ebb_value* result) {
  return call(c, "turned", c->gradients[0], 0, NULL, result);
}

#define ANY_NUMBER \
  { .lower = -INFINITY, .upper = INFINITY }

static const ebb_input_def x = {
    .size = sizeof(ebb_input_def), .name = "x", .dtype = EBB_REAL, .domain = ANY_NUMBER};

static const ebb_attr_def k = {.size = sizeof(ebb_attr_def),
                               .name = "k",
                               .doc = "how much it bends",
                               .fallback = {.kind = EBB_ATTR_REAL, .r = 1},
                               .lower = -INFINITY,
                               .upper = INFINITY};

static const ebb_signature real = {.size = sizeof(ebb_signature),
                                   .output = EBB_REAL,
                                   .inputs = {EBB_REAL},
                                   .f32 = bent_f32,
                                   .f64 = bent_f64};

static const ebb_op ops[] = {{.size = sizeof(ebb_op),
                              .name = "bent",
                              .family = "plugin",
                              .doc = "The cubic k x^3 + x, element by element.",
                              .inputs = &x,
                              .input_count = 1,
                              .attrs = &k,
                              .attr_count = 1,
                              .output_count = 1,
                              .signatures = &real,
                              .signature_count = 1,
                              .vjp = bent_vjp,
                              .differentiable = 1,
                              .notation = "bent({0})",
                              .precedence = 10,
                              .example = "bent(2.0)",
                              .example_result = "10"},
                             {.size = sizeof(ebb_op),
                              .name = "turned",
                              .family = "plugin",
                              .doc = "A vector's elements in reverse order.",
                              .inputs = &x,
                              .input_count = 1,
                              .output_count = 1,
                              .infer = turned_infer,
                              .kernel_f32 = turned_f32,
                              .kernel_f64 = turned_f64,
                              .scratch_bytes = turned_scratch,
                              .vjp = turned_vjp,
                              .differentiable = 1,
                              .notation = "turned({0})",
                              .precedence = 10}};

__attribute__((visibility("default"))) int ebb_plugin_main(const ebb_host* host,
                                                           ebb_context* context,
                                                           ebb_plugin_info* info) {
  info->major = EBB_SDK_MAJOR;
  info->minor = EBB_SDK_MINOR;
  info->name = "steady";
  info->version = "1.0";
  for (size_t i = 0; i < sizeof ops / sizeof ops[0]; ++i)
    if (host->register_op(context, &ops[i]) != EBB_OK) return EBB_FAILED;
  return EBB_OK;
}
