/* The boundary between Ebb and its plugins, in C.
 *
 * A plugin exports one symbol, `ebb_plugin_main`, which registers what it brings through the host's
 * table. Every table begins with its own size and is only ever appended to, so a plugin built
 * against 1.0 loads in every 1.x host. Nothing crosses but C: no C++ type, no exception, no
 * ownership. What a record points to must live as long as the process (static storage); strings are
 * UTF-8.
 *
 * C++ plugins do not use this file directly: see ebb/plugin.hpp. */
#ifndef EBB_PLUGIN_H
#define EBB_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define EBB_SDK_MAJOR 1
#define EBB_SDK_MINOR 3
#define EBB_MAX_RANK 8

/* Every function that may fail returns one of these. */
enum { EBB_OK = 0, EBB_FAILED = 1 };

/* Element types. EBB_REAL stands for the run's precision, EBB_F32 or EBB_F64; kernels only ever see
 * the latter two. In an op's inputs EBB_ANY takes every type; several such inputs are converted to
 * the widest among them. */
enum {
  EBB_BOOL = 0, /* uint8_t, 0 or 1 */
  EBB_U8 = 1,
  EBB_I8 = 2,
  EBB_I16 = 3,
  EBB_I32 = 4,
  EBB_I64 = 5, /* the graph's integers */
  EBB_F32 = 6,
  EBB_F64 = 7,
  EBB_REAL = 8,
  EBB_ANY = 9
};

/* The type of a graph value: the shape of one sample, and whether each sample has its own value. */
typedef struct ebb_type {
  int32_t dtype;
  int32_t per_sample; /* 0 or 1 */
  int32_t rank;       /* 0 (a scalar) to EBB_MAX_RANK */
  int32_t reserved;
  int64_t dims[EBB_MAX_RANK];
} ebb_type;

/* A value in memory. One sample is dense in column-major order (the first index fastest); sample s
 * begins at element s * sample_stride. A shared value has samples = 1 and sample_stride = 0. */
typedef struct ebb_tensor {
  void* data;
  ebb_type type;
  int64_t samples;
  int64_t sample_stride;
} ebb_tensor;

/* Attributes: constants of a node, fixed when it is made. */
enum {
  EBB_ATTR_INT = 0,
  EBB_ATTR_REAL = 1,
  EBB_ATTR_BOOL = 2,
  EBB_ATTR_STRING = 3,
  EBB_ATTR_INTS = 4,
  EBB_ATTR_REALS = 5,
  EBB_ATTR_STRINGS = 6 /* since 1.2 */
};

typedef struct ebb_attr {
  int32_t kind;
  int32_t reserved;
  int64_t i;           /* INT, BOOL; the count of INTS, REALS and STRINGS */
  double r;            /* REAL; also INT as a double */
  const char* s;       /* STRING; STRINGS one after the other, each ended by a zero byte */
  const int64_t* ints; /* INTS */
  const double* reals; /* REALS */
} ebb_attr;

typedef struct ebb_attr_def {
  size_t size;
  const char* name;
  const char* doc;
  ebb_attr fallback;   /* its kind is the attribute's kind */
  int32_t required;    /* 1: no default */
  int32_t exclusive;   /* bit 0: lower bound excluded; bit 1: upper bound excluded */
  double lower, upper; /* bounds of INT and REAL; -inf, +inf where there are none */
  /* Since 1.2. 1: a STRING that names a file or a folder of data. The host passes its whole path,
   * and decides which a script may name. */
  int32_t is_path;
  int32_t reserved;
} ebb_attr_def;

/* The values an input may take; the gradient check draws its points from here. */
typedef struct ebb_domain {
  double lower, upper; /* -inf, +inf where unbounded */
  int32_t exclusive;   /* as in ebb_attr_def */
  int32_t kink_count;  /* points where the op has no derivative */
  const double* kinks;
} ebb_domain;

typedef struct ebb_input_def {
  size_t size;
  const char* name;
  int32_t dtype;    /* EBB_REAL, EBB_I64, EBB_BOOL or EBB_ANY; narrower ones are converted */
  int32_t variadic; /* 1: the last input, one or more values */
  ebb_domain domain;
  /* Since 1.1. Points, beside the kinks, between which an EBB_MONOTONE op neither rises after it
   * fell nor falls after it rose. */
  const double* turns;
  int64_t turn_count;
  /* Since 1.2. Of a setting of an optimizer or a schedule: what documentation says of it, and its
   * value where none is given (`optional` is 1). */
  const char* doc;
  double fallback;
  int32_t optional;
  int32_t reserved;
} ebb_input_def;

/* A kernel over contiguous spans of n elements. steps[i] is 1, or 0 where input i is one element
 * for the whole span. May be called from several threads. `self` is the record's. */
typedef void (*ebb_span_kernel)(const void* self, const void* const* inputs, const int64_t* steps,
                                void* output, int64_t n, const ebb_attr* attrs);

/* One way an elementwise op takes its inputs: the host converts to the first signature that fits
 * (bool becomes int becomes real). */
typedef struct ebb_signature {
  size_t size;
  int32_t output; /* EBB_REAL, EBB_I64 or EBB_BOOL */
  int32_t inputs[8];
  ebb_span_kernel f32; /* where nothing is real, both are the same kernel */
  ebb_span_kernel f64;
} ebb_signature;

/* Handles of graph values, valid during the call that receives them. 0 means "none". */
typedef uint64_t ebb_value;
typedef struct ebb_context ebb_context; /* the host's */
struct ebb_op;
struct ebb_source;
struct ebb_minimizer;
struct ebb_metric;
struct ebb_exporter;
struct ebb_importer;

typedef struct ebb_named_attr {
  const char* name;
  ebb_attr value;
} ebb_named_attr;

/* Functions that a type rule or a VJP rule may call. After EBB_FAILED return it at once: the host
 * has kept the message. */
typedef struct ebb_host {
  size_t size;
  int32_t major, minor;
  int (*register_op)(ebb_context*, const struct ebb_op* op);
  /* Ends the call with a message for the user, and a hint (may be NULL). {0}, {1} ... become what
   * the user wrote for that input. Returns EBB_FAILED. */
  int (*fail)(ebb_context*, const char* message, const char* hint);
  int (*type_of)(ebb_context*, ebb_value value, ebb_type* type);
  int (*constant)(ebb_context*, double number, ebb_value* result);
  /* Makes a node; its span is that of the node in whose rule the call happens. */
  int (*call)(ebb_context*, const char* op, const ebb_value* inputs, int32_t input_count,
              const ebb_named_attr* attrs, int32_t attr_count, int32_t output, ebb_value* result);
  /* Since 1.2. */
  int (*register_source)(ebb_context*, const struct ebb_source* source);
  int (*register_minimizer)(ebb_context*, const struct ebb_minimizer* minimizer);
  int (*register_metric)(ebb_context*, const struct ebb_metric* metric);
  int (*register_exporter)(ebb_context*, const struct ebb_exporter* exporter);
  int (*register_importer)(ebb_context*, const struct ebb_importer* importer);
} ebb_host;

/* What a tensor kernel works on. Outputs never overlap inputs. It allocates nothing: `scratch`
 * holds what `scratch_bytes` of the record asked for, aligned to 64 bytes. */
typedef struct ebb_kernel_call {
  size_t size;
  const void* self;
  int32_t input_count, output_count;
  const ebb_tensor* inputs;
  const ebb_tensor* outputs;
  const ebb_attr* attrs;
  void* scratch;
  int64_t samples; /* of the current run, also where no value is per sample */
  /* Since 1.2: for host->fail. */
  const ebb_host* host;
  ebb_context* context;
} ebb_kernel_call;
typedef int (*ebb_kernel)(const ebb_kernel_call* call);

/* What a type rule sees: the inputs' types, already converted to what the record asks for; it fills
 * `outputs`. The host has set outputs[i].per_sample to "some input is per sample". */
typedef struct ebb_infer_call {
  size_t size;
  const void* self;
  const ebb_host* host;
  ebb_context* context;
  int32_t input_count, output_count;
  const ebb_type* inputs;
  ebb_type* outputs;
  const ebb_attr* attrs;
} ebb_infer_call;
typedef int (*ebb_infer)(const ebb_infer_call* call);

/* Bytes of scratch memory for at most `samples` samples. Types are concrete (EBB_F32 or EBB_F64).
 */
typedef size_t (*ebb_scratch)(const void* self, const ebb_type* inputs, int32_t input_count,
                              const ebb_type* outputs, const ebb_attr* attrs, int64_t samples);

/* Floating-point operations for so many samples, of which a multiplication with an addition is two.
 * Types are concrete. */
typedef double (*ebb_flops)(const void* self, const ebb_type* inputs, int32_t input_count,
                            const ebb_type* outputs, const ebb_attr* attrs, int64_t samples);

/* What a VJP rule sees. It returns the gradient of the objective with respect to input `input`; the
 * result may be wider or narrower than the input: the host broadcasts, sums down and accumulates.
 */
typedef struct ebb_vjp_call {
  size_t size;
  const void* self;
  const ebb_host* host;
  ebb_context* context;
  int32_t input_count, output_count;
  const ebb_value* inputs;
  const ebb_value* outputs;
  const ebb_value* gradients; /* one per output; 0 where an output does not reach the objective */
  const ebb_attr* attrs;
  int32_t input;
} ebb_vjp_call;
typedef int (*ebb_vjp)(const ebb_vjp_call* call, ebb_value* result);

/* Kinds of op, as `ebb ops` lists them.
 *
 * INITIALIZER: no inputs; gets the attributes `shape` (INTS) and `key` (INT, its random stream)
 * from the host.
 *
 * OPTIMIZER (since 1.2): the update of one parameter, which `train.optimizer` may name. The
 * record's inputs are its settings, real scalars (a script may give a schedule for one), and
 * `states` what it remembers of each parameter. Its kernels take the parameter w, its gradient, the
 * states, the settings, and give the next w and the next states; all but the settings have w's
 * type. It needs no type rule and has no VJP.
 *
 * SCHEDULE (since 1.2): a learning-rate rule. Its kernels take the updates done (EBB_I64), the
 * epochs done (EBB_I64), the last cost on the block `validation` (NaN before there is one), the
 * states, the settings, and give the rate and the next states: scalars all. */
enum { EBB_KIND_OP = 0, EBB_KIND_INITIALIZER = 1, EBB_KIND_OPTIMIZER = 2, EBB_KIND_SCHEDULE = 3 };

/* What an optimizer or a schedule remembers from update to update. */
typedef struct ebb_state_def {
  size_t size;
  const char* name;
  const char* doc;
  double initial;
} ebb_state_def;

/* Inputs and attributes for which the host should prove an op, where it can not find any that the
 * type rule accepts, or where others matter. Of the types only rank and dims count. */
typedef struct ebb_case {
  size_t size;
  const ebb_type* inputs;
  int32_t input_count;
  int32_t attr_count;
  const ebb_named_attr* attrs;
} ebb_case;

/* Claims of a record; what is claimed is tested. */
enum {
  EBB_ZERO_GRADIENT = 1,          /* piecewise constant: its gradient is zero */
  EBB_GRADIENT_BY_DEFINITION = 2, /* the VJP is not the derivative, for the reason given */
  EBB_FIRST_ORDER = 4,            /* the VJP can not be differentiated again */
  EBB_RANDOM = 8, /* counter-based: the host passes two more int inputs, epoch and sample index, and
                     sets the attribute `key` from the seed and the node's name */
  EBB_TRAINING = 16,    /* the identity of its first input outside training */
  EBB_COMMUTATIVE = 32, /* of two inputs, in any order */
  /* Since 1.1: what interval analysis may conclude. */
  EBB_MONOTONE = 64, /* elementwise: in each real input, whatever the others are, it only rises or
                        only falls between that input's kinks and turns */
  EBB_SELECTS = 128, /* each element of the output is one of its inputs' real elements, one of its
                        real attributes, or lies between such; of three inputs the first of which is
                        EBB_BOOL, the second's where that is true and the third's elsewhere */
  EBB_SUMS = 256, /* each element of the output is a sum of elements of the input, all of which are
                     summed as often */
  EBB_ACROSS_SAMPLES = 512 /* a sample's result depends on the other samples of the mini-batch */
};

/* An op: everything that documentation, tests, errors, equations and the executor know of it. */
typedef struct ebb_op {
  size_t size;
  const char* name;
  const char* family; /* heading under which `ebb ops` lists it: "activations" */
  const char* doc;    /* one sentence, then what else a user should know */
  int32_t kind;
  int32_t claims;
  const char* reason; /* of EBB_GRADIENT_BY_DEFINITION */

  const ebb_input_def* inputs;
  int32_t input_count;
  int32_t attr_count;
  const ebb_attr_def* attrs;
  int32_t output_count;
  int32_t signature_count;

  /* An elementwise op has signatures and no kernel; a tensor op an infer rule and kernels. */
  const ebb_signature* signatures;
  ebb_infer infer;
  ebb_kernel kernel_f32;
  ebb_kernel kernel_f64;
  ebb_scratch scratch_bytes;

  ebb_vjp vjp; /* NULL: not differentiable */
  uint32_t
      differentiable; /* bit i: there is a rule for input i; a variadic input uses its own bit */
  const char* derivative; /* of a unary op: name of the op that is its derivative, or NULL */

  /* How equations print it: "σ({0})"; {0} is an input, {k} an attribute. Infix: "{0} + {1}".
   * Binding strength as in the script language: 1 or .. 9 power, 10 call or atom. */
  const char* notation;
  int32_t precedence;
  int32_t reserved;
  const char* operator_text; /* the script operator that means this op (".*"), or NULL */
  const char* range;         /* of its output, for documentation: "(0, 1)" */

  /* An example for the documentation, run by the tests: an expression and what it gives. */
  const char* example;
  const char* example_result;
  const void* self; /* passed to every function of the record */

  /* Since 1.1. The BOOL attribute, false by default, with which the op gives the sum of its results
   * over the samples, a shared value; or NULL. The host sets it where it would add up the results,
   * so that a weight's gradient never exists once per sample. */
  const char* over_samples;

  /* Since 1.2. In place of a VJP rule: a kernel whose inputs are the op's inputs, its outputs, and
   * the gradients of its outputs (zeros where one does not reach the objective), and whose outputs
   * are the gradients of the inputs that `differentiable` names, in order; each has its input's
   * shape, and is per sample where anything is. The op then has first derivatives only, and claims
   * EBB_FIRST_ORDER. */
  ebb_kernel backward_f32;
  ebb_kernel backward_f64;
  ebb_scratch backward_scratch; /* its types are those of the backward kernel; or NULL */
  const ebb_state_def* states;
  const ebb_case* cases;
  int32_t state_count;
  int32_t case_count;

  /* Since 1.3. What profiles count of the op's kernels, or NULL: one operation for each element of
   * its largest input or output. */
  ebb_flops flops;
} ebb_op;

typedef struct ebb_plugin_info {
  size_t size;
  int32_t major, minor; /* the SDK version it was built against */
  const char* name;
  const char* version;
} ebb_plugin_info;

/* The plugin's entry, `ebb_plugin_main`: calls ebb_plugin_begin, registers everything through
 * `host`, returns EBB_OK or EBB_FAILED. */
typedef int (*ebb_plugin_main_fn)(const ebb_host* host, ebb_context* context,
                                  ebb_plugin_info* info);

/* Introduces the plugin. EBB_FAILED where the host is older than this header, or another in kind:
 * then return it at once. */
static inline int ebb_plugin_begin(const ebb_host* host, ebb_plugin_info* info, const char* name,
                                   const char* version) {
  info->major = EBB_SDK_MAJOR;
  info->minor = EBB_SDK_MINOR;
  info->name = name;
  info->version = version;
  return host->major == EBB_SDK_MAJOR && host->minor >= EBB_SDK_MINOR ? EBB_OK : EBB_FAILED;
}

#if defined(__GNUC__)
#define EBB_EXPORT __attribute__((visibility("default")))
#else
#define EBB_EXPORT
#endif

#ifdef __cplusplus
}
#endif

#include <ebb_extensions.h>

#endif
