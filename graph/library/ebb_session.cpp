// The C functions: they turn what is thrown into a kept message.
#include "graph/library/ebb_session.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <new>
#include <utility>

#include "graph/core/out_of_memory.hpp"
#include "graph/core/records.hpp"
#include "graph/library/session.hpp"
#include "graph/run/thread_pool.hpp"

using namespace ebb;

namespace {

thread_local std::string last_error;

int failed(std::string message) {
  if (message.ends_with('\n')) message.pop_back();
  last_error = std::move(message);
  return EBB_FAILED;
}

template <class Action>
int guarded(Action&& action) noexcept {
  try {
    action();
    return EBB_OK;
  } catch (const UserError& error) {
    return failed(to_string(error.diagnostic()));
  } catch (const FaultyScript& error) {
    return failed(error.what());
  } catch (const OutOfMemory& error) {
    return failed("error: there is no memory for " + std::to_string(error.bytes()) + " bytes more");
  } catch (const std::bad_alloc&) {
    return failed("error: there is not enough memory");
  } catch (const std::exception& error) {
    return failed(std::string("ebb: internal error: ") + error.what() +
                  "\nThis is a bug in Ebb; please report it with the script and the calls.");
  }
}

Array import_array(const ebb_array& array) {
  const bool known = array.dtype >= EBB_BOOL && array.dtype <= EBB_F64;
  if (!known || array.rank < 0 || array.rank > EBB_MAX_RANK + 1)
    throw UserError("an array's element type or number of dimensions is none");
  const std::vector<std::int64_t> dims(array.dims, array.dims + array.rank);
  if (checked_elements(dims) < 0) throw UserError("an array has impossible dimensions");
  Array copy = Array::make(static_cast<DType>(array.dtype), dims);
  if (copy.size_bytes() > 0) std::memcpy(copy.bytes.get(), array.data, copy.size_bytes());
  return copy;
}

// The session keeps the array; the caller sees it.
void hand_out(ebb_session& session, const Array& array, bool per_sample, ebb_array* to) {
  session.result = convert(array, DType::f64);
  *to = {};
  to->data = session.result.bytes.get();
  to->dtype = EBB_F64;
  to->per_sample = per_sample ? 1 : 0;
  to->rank = static_cast<std::int32_t>(array.dims.size());
  std::ranges::copy(array.dims, to->dims);
}

double validation_cost(const EpochReport& report) {
  for (const auto& [name, evaluation] : report.blocks)
    if (name == "validation" && evaluation.cost) return *evaluation.cost;
  return std::numeric_limits<double>::quiet_NaN();
}

}  // namespace

const char* ebb_session_error(void) { return last_error.c_str(); }

int ebb_session_open(const char* script, const ebb_session_settings* settings,
                     ebb_session** session) {
  return guarded([&] {
    const auto whole = settings ? whole_table(settings) : ebb_session_settings{};
    *session = new ebb_session(script, whole);
  });
}

void ebb_session_close(ebb_session* session) { delete session; }

int ebb_session_feed(ebb_session* session, const char* input, const ebb_array* samples) {
  return guarded([&] { session->feed(input, import_array(*samples)); });
}

int ebb_session_run(ebb_session* session, const char* name, ebb_array* result) {
  return guarded(
      [&] { hand_out(*session, session->run(name), session->is_per_sample(name), result); });
}

int ebb_session_cost(ebb_session* session, double* cost) {
  return guarded([&] { *cost = session->cost(); });
}

int ebb_session_gradient(ebb_session* session, const char* name, ebb_array* result) {
  return guarded(
      [&] { hand_out(*session, session->gradient(name), session->is_per_sample(name), result); });
}

int ebb_session_train(ebb_session* session, ebb_session_report report, void* user, double* cost) {
  return guarded([&] {
    const double last = session->train([&](const EpochReport& epoch) {
      const ebb_session_epoch c{sizeof c, epoch.epoch, epoch.cost, validation_cost(epoch)};
      return report == nullptr || report(user, &c) == 0;
    });
    if (cost) *cost = last;
  });
}

int ebb_session_parameters(ebb_session* session, const char* const** names, size_t* count) {
  *names = session->parameters().data();
  *count = session->parameters().size();
  return EBB_OK;
}

int ebb_session_parameter(ebb_session* session, const char* name, ebb_array* result) {
  return guarded([&] { hand_out(*session, session->parameter(name), false, result); });
}

int ebb_session_set_parameter(ebb_session* session, const char* name, const ebb_array* value) {
  return guarded([&] { session->set_parameter(name, import_array(*value)); });
}

int ebb_session_save(ebb_session* session, const char* file) {
  return guarded([&] { session->save(file); });
}

int ebb_session_use_threads(int32_t threads) {
  return guarded([&] {
    if (threads < 0) throw UserError("the number of threads is negative");
    ThreadPool::shared().resize(threads == 0 ? processor_cores() : threads);
  });
}

int ebb_session_load(ebb_session* session, const char* file) {
  return guarded([&] { session->load(file); });
}
