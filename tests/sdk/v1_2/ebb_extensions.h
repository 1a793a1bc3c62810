/* What a plugin may register beside ops, since 1.2: data sources, minimisers, metrics, exporters
 * and importers. Included by ebb_plugin.h, whose rules hold here too.
 *
 * Attributes are those of ops: a script gives them by position or by name. After an error a
 * function calls host->fail and returns what that returns. Functions without a call that could say
 * so do not fail. */
#ifndef EBB_EXTENSIONS_H
#define EBB_EXTENSIONS_H

#include <ebb_plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A data source: samples by column, read at random. */
typedef struct ebb_column {
  size_t size;
  const char*
      name;      /* what scripts call it; "" for the only column of a source. Valid until close */
  ebb_type type; /* of one sample; EBB_BOOL to EBB_F64 */
} ebb_column;

typedef struct ebb_source_call {
  size_t size;
  const void* self;
  const ebb_host* host;
  ebb_context* context;
  const ebb_attr* attrs; /* of `open` */
  void* handle;          /* of all but `open` */
} ebb_source_call;

typedef struct ebb_source {
  size_t size;
  const char* name;
  const char* doc;
  const ebb_attr_def* attrs;
  int32_t attr_count;
  int32_t reserved;
  const void* self;
  /* Sets a handle, and the number of samples and of columns. */
  int (*open)(const ebb_source_call* call, void** handle, int64_t* samples, int32_t* columns);
  int (*column)(const ebb_source_call* call, int32_t index, ebb_column* column);
  /* Writes the samples indices[0] to indices[n - 1] of a column to `to`, one after the other, each
   * in C order (the last index fastest). Called by one thread at a time, not always the same. */
  int (*read)(const ebb_source_call* call, int32_t column, const int64_t* indices, int64_t n,
              void* to);
  void (*close)(void* handle);
} ebb_source;

/* A minimiser of the whole problem: it asks for the objective and its gradient at points of its
 * choice. Parameters stand one after the other as one vector of n doubles, each in C order. */
typedef struct ebb_minimize_call {
  size_t size;
  const void* self;
  const ebb_host* host;
  ebb_context* context;
  const ebb_attr* attrs;
  int64_t n;
  double* x; /* where to begin; at the end the minimum found */
  int64_t max_iterations;
  int64_t samples;
  /* The objective at x, which may be infinite or NaN, and its n derivatives (or NULL). On
   * EBB_FAILED return it at once. */
  int (*evaluate)(ebb_context*, const double* x, double* value, double* gradient);
  /* Only where the record asks for residuals: r of each sample, and the samples x n derivatives of
   * r, sample after sample (or NULL). The objective is the sum of their squares times a constant.
   */
  int (*residuals)(ebb_context*, const double* x, double* r, double* jacobian);
  /* An iteration is done. Not 0: stop, and return EBB_OK. */
  int (*report)(ebb_context*, const double* x, double value);
  /* Says why it ends before max_iterations, as a clause: "the gradient is small enough". */
  void (*ends)(ebb_context*, const char* why);
} ebb_minimize_call;

enum { EBB_NEEDS_RESIDUALS = 1 };

typedef struct ebb_minimizer {
  size_t size;
  const char* name;
  const char* doc;
  const ebb_attr_def* attrs;
  int32_t attr_count;
  int32_t needs; /* EBB_NEEDS_RESIDUALS: its first argument in scripts is the residual, a scalar */
  const void* self;
  int (*minimize)(const ebb_minimize_call* call);
} ebb_minimizer;

/* A metric that is no mean over samples: it sees all samples of a data block, then says a number.
 * (One that is a mean is an op, or an expression of a script.) */
typedef struct ebb_metric_call {
  size_t size;
  const void* self;
  const ebb_host* host;
  ebb_context* context;
  const ebb_attr* attrs;    /* of `begin` */
  void* handle;             /* of all but `begin` */
  const ebb_tensor* inputs; /* of `add`: a mini-batch, in double where they are real */
  int64_t samples;          /* of `add` */
} ebb_metric_call;

typedef struct ebb_metric {
  size_t size;
  const char* name;
  const char* doc;
  const ebb_input_def* inputs;
  int32_t input_count;
  int32_t attr_count;
  const ebb_attr_def* attrs;
  const void* self;
  int (*begin)(const ebb_metric_call* call, void** handle);
  int (*add)(const ebb_metric_call* call);
  int (*result)(const ebb_metric_call* call, double* number);
  void (*end)(void* handle);
} ebb_metric;

/* A node of a graph, as exporters see it: arguments precede their users. */
typedef struct ebb_node {
  size_t size;
  const char* op;          /* "matmul"; "input", "parameter" and "const" are the graph's leaves */
  const char* name;        /* as equations name it, or "" */
  const ebb_value* inputs; /* handles: see ebb_export_call */
  const ebb_named_attr* attrs;
  const ebb_type* outputs;
  int32_t input_count;
  int32_t attr_count;
  int32_t output_count;
  int32_t reserved;
  const ebb_tensor* value; /* of a parameter or a constant, else NULL */
  const char* plugin;      /* that the op belongs to; "" where it is built in */
} ebb_node;

typedef struct ebb_named_value {
  const char* name;
  ebb_value value;
} ebb_named_value;

/* The graph of a script's outputs, as `ebb run` computes them: `training` is false, and it is
 * simplified. Element types are concrete: EBB_F32 or EBB_F64 where a value is real. Output k of
 * nodes[i] is the handle (i << 32 | k) + 1; nodes[i] begins i * nodes->size bytes after the first.
 */
typedef struct ebb_export_call {
  size_t size;
  const void* self;
  const ebb_host* host;
  ebb_context* context;
  const ebb_attr* attrs;
  const char* model; /* the script's name without its folder and ending */
  const ebb_node* nodes;
  const ebb_named_value* outputs;
  int64_t node_count;
  int32_t output_count;
  int32_t reserved;
  int (*write)(ebb_context*, const void* bytes, size_t count); /* appends to the file */
} ebb_export_call;

typedef struct ebb_exporter {
  size_t size;
  const char* name; /* of the format: "onnx" */
  const char* doc;
  const char* extension; /* of its files: ".onnx" */
  const ebb_attr_def* attrs;
  int32_t attr_count;
  int32_t reserved;
  const void* self;
  int (*run)(const ebb_export_call* call);
} ebb_exporter;

typedef struct ebb_import_call {
  size_t size;
  const void* self;
  const ebb_host* host;
  ebb_context* context;
  const ebb_attr* attrs;
  const char* path;
  const void* bytes; /* the whole file */
  size_t count;
  int (*script)(ebb_context*, const char* text); /* the script that the file becomes; once */
  /* A parameter's value. Unlike elsewhere its elements stand in C order. */
  int (*parameter)(ebb_context*, const char* name, const ebb_tensor* value);
} ebb_import_call;

typedef struct ebb_importer {
  size_t size;
  const char* name;
  const char* doc;
  const char* extension;
  const ebb_attr_def* attrs;
  int32_t attr_count;
  int32_t reserved;
  const void* self;
  int (*run)(const ebb_import_call* call);
} ebb_importer;

#ifdef __cplusplus
}
#endif
#endif
