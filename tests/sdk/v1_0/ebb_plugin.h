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
#define EBB_SDK_MINOR 0
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
  EBB_ATTR_REALS = 5
};

typedef struct ebb_attr {
  int32_t kind;
  int32_t reserved;
  int64_t i;           /* INT, BOOL; the count of INTS and REALS */
  double r;            /* REAL; also INT as a double */
  const char* s;       /* STRING */
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
} ebb_kernel_call;
typedef int (*ebb_kernel)(const ebb_kernel_call* call);

/* Handles of graph values, valid during the call that receives them. 0 means "none". */
typedef uint64_t ebb_value;
typedef struct ebb_context ebb_context; /* the host's */
struct ebb_op;

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
} ebb_host;

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

/* Kinds of op, as `ebb ops` lists them. An initializer has no inputs and gets the attributes
 * `shape` (INTS) and `key` (INT, its random stream) from the host. */
enum { EBB_KIND_OP = 0, EBB_KIND_INITIALIZER = 1 };

/* Claims of a record; what is claimed is tested. */
enum {
  EBB_ZERO_GRADIENT = 1,          /* piecewise constant: its gradient is zero */
  EBB_GRADIENT_BY_DEFINITION = 2, /* the VJP is not the derivative, for the reason given */
  EBB_FIRST_ORDER = 4,            /* the VJP can not be differentiated again */
  EBB_RANDOM = 8, /* counter-based: the host passes two more int inputs, epoch and sample index, and
                     sets the attribute `key` from the seed and the node's name */
  EBB_TRAINING = 16,   /* the identity of its first input outside training */
  EBB_COMMUTATIVE = 32 /* of two inputs, in any order */
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
} ebb_op;

typedef struct ebb_plugin_info {
  size_t size;
  int32_t major, minor; /* the SDK version it was built against */
  const char* name;
  const char* version;
} ebb_plugin_info;

/* Fills `info`, registers everything through `host`, returns EBB_OK or EBB_FAILED. */
typedef int (*ebb_plugin_main_fn)(const ebb_host* host, ebb_context* context,
                                  ebb_plugin_info* info);

#ifdef __cplusplus
}
#endif
#endif
