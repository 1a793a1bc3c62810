// Ebb as a library for programs that calculate with Armadillo.
//
//   ebb::Session net("xor.ebb");
//   net.feed("x", x);  // a column per sample
//   net.feed("y", y);
//   net.train();
//   arma::mat a = net.run("a");
//
// Samples and values:
//   scalars and vectors   a matrix with a column per sample
//   matrices              a cube with a slice per sample, or a matrix with a column per sample that
//                         holds the elements in C order (row by row)
//   of higher rank        a matrix with a column per sample, elements in C order
// A shared value (a parameter, a gradient of one) is itself a 1 x 1 matrix, a column or a matrix;
// of higher rank it is a column in C order, or a cube where the rank is 3.
//
// What goes wrong is thrown as ebb::Error, with the whole message that the program `ebb` would
// print. Any Armadillo settings will do (ARMA_32BIT_WORD, ARMA_NO_DEBUG, ...): only numbers cross
// into the library.
#pragma once

#include <ebb_session.h>

#include <armadillo>
#include <cstring>
#include <exception>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace ebb {

struct Error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

enum class Precision { f32, f64 };

struct Settings {
  std::vector<std::pair<std::string, std::string>> options{};  // of the script: {"hidden", "4"}
  std::vector<std::pair<std::string, std::string>> train{};    // keys of its block: {"epochs", "5"}
  std::vector<std::string> plugins{};  // files or folders, before those of the plugin path
  std::string data{};                  // folder of relative data paths; empty: the script's
  std::uint64_t seed = 1;              // of first values, data order and random ops
  Precision precision = Precision::f64;
};

struct Epoch {
  std::int64_t number;  // from 1; of a script without inputs: the updates done
  double cost;          // mean over the epoch's mini-batches, before their updates
  double validation;    // the cost on the script's `data validation`; NaN where there is none
};

// How many threads all sessions of the process use together; 0: as many as the machine has cores. 1
// until this is called. Results do not depend on it. Not while another thread is in a call.
inline void use_threads(int threads = 0) {
  if (ebb_session_use_threads(threads) != EBB_OK) throw Error(ebb_session_error());
}

// A script with its parameters and the samples fed to it. For one thread at a time.
class Session {
 public:
  explicit Session(const std::string& script, const Settings& settings = {});

  // The samples of an input or target; they take the place of the script's data blocks. Copied.
  // Whole numbers are taken for inputs of every type.
  template <class T, class Expression>
  void feed(const std::string& input, const arma::Base<T, Expression>& samples);
  template <class T, class Expression>
  void feed(const std::string& input, const arma::BaseCube<T, Expression>& samples);

  // A named value for the samples fed: an output, or any other name of the script.
  arma::mat run(const std::string& name) const { return to_mat(fetch(&ebb_session_run, name)); }
  arma::cube run_cube(const std::string& name) const {
    return to_cube(fetch(&ebb_session_run, name), name);
  }
  // The mean of the cost over the samples fed, and its derivatives with respect to a named value.
  double cost() const;
  arma::mat gradient(const std::string& name) const {
    return to_mat(fetch(&ebb_session_gradient, name));
  }
  arma::cube gradient_cube(const std::string& name) const {
    return to_cube(fetch(&ebb_session_gradient, name), name);
  }

  // Trains as the script's block `train` says, from the parameters as they are, on the samples fed,
  // or where none are on the script's `data train`. `on_epoch` may return false to stop. Returns
  // the cost of the last epoch.
  double train(const std::function<bool(const Epoch&)>& on_epoch = {});

  std::vector<std::string> parameters() const;
  arma::mat parameter(const std::string& name) const {
    return to_mat(fetch(&ebb_session_parameter, name));
  }
  // Of the parameter's shape, or a column of its elements in C order.
  void set_parameter(const std::string& name, const arma::mat& value);

  // Weights as `ebb train` writes and `ebb run --weights` reads them.
  void save(const std::string& file) const {
    check(ebb_session_save(session_.get(), file.c_str()));
  }
  void load(const std::string& file) { check(ebb_session_load(session_.get(), file.c_str())); }

 private:
  struct Close {
    void operator()(ebb_session* session) const { ebb_session_close(session); }
  };
  using Fetch = int (*)(ebb_session*, const char*, ebb_array*);

  static void check(int status) {
    if (status != EBB_OK) throw Error(ebb_session_error());
  }
  ebb_array fetch(Fetch function, const std::string& name) const {
    ebb_array array{};
    check(function(session_.get(), name.c_str(), &array));
    return array;
  }
  // `dims` without the sample, which comes first.
  template <class T>
  void feed_elements(const std::string& input, const T* elements,
                     std::initializer_list<std::int64_t> dims);
  static arma::mat to_mat(const ebb_array& array);
  static arma::cube to_cube(const ebb_array& array, const std::string& name);

  std::unique_ptr<ebb_session, Close> session_;
};

inline Session::Session(const std::string& script, const Settings& settings) {
  std::vector<std::string> key_names;
  for (const auto& key : settings.train) key_names.push_back("train." + key.first);
  std::vector<const char*> options, keys, plugins;
  for (const auto& option : settings.options)
    options.insert(options.end(), {option.first.c_str(), option.second.c_str()});
  for (std::size_t i = 0; i < key_names.size(); ++i)
    keys.insert(keys.end(), {key_names[i].c_str(), settings.train[i].second.c_str()});
  for (const std::string& plugin : settings.plugins) plugins.push_back(plugin.c_str());
  ebb_session_settings c{};
  c.size = sizeof c;
  c.data = settings.data.c_str();
  c.options = options.data();
  c.option_count = options.size() / 2;
  c.keys = keys.data();
  c.key_count = keys.size() / 2;
  c.plugins = plugins.data();
  c.plugin_count = plugins.size();
  c.seed = settings.seed;
  c.precision = settings.precision == Precision::f64 ? EBB_F64 : EBB_F32;
  ebb_session* session = nullptr;
  check(ebb_session_open(script.c_str(), &c, &session));
  session_.reset(session);
}

template <class T>
void Session::feed_elements(const std::string& input, const T* elements,
                            std::initializer_list<std::int64_t> dims) {
  ebb_array array{};
  array.per_sample = 1;
  std::size_t count = 1;
  for (const std::int64_t dim : dims) {
    array.dims[array.rank++] = dim;
    count *= static_cast<std::size_t>(dim);
  }
  std::vector<std::int64_t> whole;
  if (std::is_same<T, double>::value || std::is_same<T, float>::value) {
    array.dtype = std::is_same<T, double>::value ? EBB_F64 : EBB_F32;
    array.data = elements;
  } else {
    static_assert(std::is_arithmetic<T>::value, "samples are real or whole numbers");
    whole.assign(elements, elements + count);
    array.dtype = EBB_I64;
    array.data = whole.data();
  }
  check(ebb_session_feed(session_.get(), input.c_str(), &array));
}

template <class T, class Expression>
void Session::feed(const std::string& input, const arma::Base<T, Expression>& samples) {
  if constexpr (std::is_base_of<arma::Mat<T>, Expression>::value) {
    const arma::Mat<T>& columns = samples.get_ref();
    feed_elements(
        input, columns.memptr(),
        {static_cast<std::int64_t>(columns.n_cols), static_cast<std::int64_t>(columns.n_rows)});
  } else {
    feed(input, arma::Mat<T>(samples.get_ref()));
  }
}

template <class T, class Expression>
void Session::feed(const std::string& input, const arma::BaseCube<T, Expression>& samples) {
  const arma::Cube<T> slices(samples.get_ref());
  std::vector<T> elements;
  elements.reserve(slices.n_elem);
  for (arma::uword s = 0; s < slices.n_slices; ++s)
    for (arma::uword row = 0; row < slices.n_rows; ++row)
      for (arma::uword column = 0; column < slices.n_cols; ++column)
        elements.push_back(slices(row, column, s));
  feed_elements(
      input, elements.data(),
      {static_cast<std::int64_t>(slices.n_slices), static_cast<std::int64_t>(slices.n_rows),
       static_cast<std::int64_t>(slices.n_cols)});
}

inline double Session::cost() const {
  double cost = 0;
  check(ebb_session_cost(session_.get(), &cost));
  return cost;
}

inline double Session::train(const std::function<bool(const Epoch&)>& on_epoch) {
  struct Report {
    const std::function<bool(const Epoch&)>& function;
    std::exception_ptr thrown;
  } report{on_epoch, nullptr};
  const auto call = [](void* user, const ebb_session_epoch* epoch) -> int {
    auto& r = *static_cast<Report*>(user);
    if (!r.function) return 0;
    try {
      return r.function({epoch->epoch, epoch->cost, epoch->validation}) ? 0 : 1;
    } catch (...) {
      r.thrown = std::current_exception();
      return 1;
    }
  };
  double cost = 0;
  check(ebb_session_train(session_.get(), call, &report, &cost));
  if (report.thrown) std::rethrow_exception(report.thrown);
  return cost;
}

inline std::vector<std::string> Session::parameters() const {
  const char* const* names = nullptr;
  std::size_t count = 0;
  check(ebb_session_parameters(session_.get(), &names, &count));
  return {names, names + count};
}

inline void Session::set_parameter(const std::string& name, const arma::mat& value) {
  const arma::mat rows = value.t();  // its memory is `value` in C order
  ebb_array array{};
  array.data = rows.memptr();
  array.dtype = EBB_F64;
  array.rank = 2;
  array.dims[0] = static_cast<std::int64_t>(value.n_rows);
  array.dims[1] = static_cast<std::int64_t>(value.n_cols);
  check(ebb_session_set_parameter(session_.get(), name.c_str(), &array));
}

inline arma::mat Session::to_mat(const ebb_array& array) {
  std::int64_t elements = 1;
  for (int d = 0; d < array.rank; ++d) elements *= array.dims[d];
  std::int64_t columns = 1;
  if (array.per_sample || array.rank == 2) columns = array.dims[array.per_sample ? 0 : 1];
  const std::int64_t rows = columns == 0 ? 0 : elements / columns;
  const bool by_rows = !array.per_sample && array.rank == 2;
  arma::mat result(static_cast<arma::uword>(by_rows ? columns : rows),
                   static_cast<arma::uword>(by_rows ? rows : columns));
  if (result.n_elem > 0) std::memcpy(result.memptr(), array.data, sizeof(double) * result.n_elem);
  if (by_rows) result = arma::mat(result.t());
  return result;
}

inline arma::cube Session::to_cube(const ebb_array& array, const std::string& name) {
  if (array.rank != 3) throw Error("error: " + name + " is no cube: it has other dimensions");
  const int first = array.per_sample ? 1 : 0;  // dimension of the rows
  const std::int64_t rows = array.dims[first], columns = array.dims[first + 1];
  const std::int64_t slices = array.dims[array.per_sample ? 0 : 2];
  arma::cube result(static_cast<arma::uword>(rows), static_cast<arma::uword>(columns),
                    static_cast<arma::uword>(slices));
  const auto* from = static_cast<const double*>(array.data);
  for (std::int64_t s = 0; s < slices; ++s)
    for (std::int64_t row = 0; row < rows; ++row)
      for (std::int64_t column = 0; column < columns; ++column)
        result(static_cast<arma::uword>(row), static_cast<arma::uword>(column),
               static_cast<arma::uword>(s)) = array.per_sample
                                                  ? from[(s * rows + row) * columns + column]
                                                  : from[(row * columns + column) * slices + s];
  return result;
}

}  // namespace ebb
