/* Ebb as a library, in C: a script is opened as a session, fed, run, differentiated and trained.
 *
 * C++ programs use ebb/ebb.hpp, which stands on this file. Nothing crosses but C, so a program may
 * be built by another compiler or with other settings than the library.
 *
 * Functions return EBB_OK or EBB_FAILED; after the latter ebb_session_error says why. A session
 * belongs to one thread at a time; several sessions may be in several threads. */
#ifndef EBB_SESSION_H
#define EBB_SESSION_H

#include <ebb_plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ebb_session ebb_session;

/* How a script is opened. What is NULL or 0 is as on the command line, unless it says otherwise. */
typedef struct ebb_session_settings {
  size_t size;
  const char* data;           /* folder of relative data paths; NULL: the script's */
  const char* const* options; /* of the script: name, value, name, value ... */
  const char* const* keys;    /* of its block `train`: "train.epochs", "5" ... */
  const char* const* plugins; /* files or folders, before those of the plugin path */
  size_t option_count;        /* of pairs */
  size_t key_count;
  size_t plugin_count;
  uint64_t seed;     /* 0: 1 */
  int32_t precision; /* EBB_F32 or EBB_F64; 0: EBB_F64 */
  int32_t reserved;
} ebb_session_settings;

/* Numbers in C order (the last index fastest). Of a value that each sample has for itself the first
 * dimension is the sample. */
typedef struct ebb_array {
  const void* data;
  int32_t dtype; /* EBB_BOOL to EBB_F64 */
  int32_t per_sample;
  int32_t rank; /* with the sample's dimension */
  int32_t reserved;
  int64_t dims[EBB_MAX_RANK + 1];
} ebb_array;

typedef struct ebb_session_epoch {
  size_t size;
  int64_t epoch;     /* from 1; of a script without inputs: the updates done */
  double cost;       /* mean over the epoch's mini-batches, before their updates */
  double validation; /* the cost on the script's `data validation`, NaN where there is none */
} ebb_session_epoch;
/* Called after each epoch. Not 0: stop. */
typedef int (*ebb_session_report)(void* user, const ebb_session_epoch* epoch);

/* Why the last call of this thread failed: the whole message with place, caret and hints. Valid
 * until this thread's next call. */
EBB_EXPORT const char* ebb_session_error(void);

/* How many threads all sessions of the process use together, the caller's among them; 0: as many as
 * the machine has cores. 1 until this is called. What was planned before keeps its number. Results
 * do not depend on it. Not while another thread is in a call. Fails for a negative number. */
EBB_EXPORT int ebb_session_use_threads(int32_t threads);

EBB_EXPORT int ebb_session_open(const char* script, const ebb_session_settings* settings,
                                ebb_session** session);
EBB_EXPORT void ebb_session_close(ebb_session* session);

/* The samples of an input or target, copied. They take the place of the script's data blocks. */
EBB_EXPORT int ebb_session_feed(ebb_session* session, const char* input, const ebb_array* samples);

/* A named value for the samples fed; the mean of the cost over them; the derivatives of that mean
 * with respect to a named value. Results are EBB_F64 and valid until the session's next call. */
EBB_EXPORT int ebb_session_run(ebb_session* session, const char* name, ebb_array* result);
EBB_EXPORT int ebb_session_cost(ebb_session* session, double* cost);
EBB_EXPORT int ebb_session_gradient(ebb_session* session, const char* name, ebb_array* result);

/* Trains from the parameters as they are, on the samples fed, or where none are on the script's
 * `data train`. What an optimizer remembers begins anew. `cost` gets that of the last epoch. */
EBB_EXPORT int ebb_session_train(ebb_session* session, ebb_session_report report, void* user,
                                 double* cost);

/* The names of the parameters, in the script's order; valid as long as the session. */
EBB_EXPORT int ebb_session_parameters(ebb_session* session, const char* const** names,
                                      size_t* count);
/* A parameter's value, as that of ebb_session_run; and a new one, of the same shape or as a column
 * of its elements in C order. */
EBB_EXPORT int ebb_session_parameter(ebb_session* session, const char* name, ebb_array* result);
EBB_EXPORT int ebb_session_set_parameter(ebb_session* session, const char* name,
                                         const ebb_array* value);

/* Weights as `ebb train` writes and `ebb run --weights` reads them. */
EBB_EXPORT int ebb_session_save(ebb_session* session, const char* file);
EBB_EXPORT int ebb_session_load(ebb_session* session, const char* file);

#ifdef __cplusplus
}
#endif
#endif
