// The kernels of convolution: products of weights and what the windows see.
#pragma once

#include "ops/blas.hpp"
#include "ops/columns.hpp"
#include "ops/dims.hpp"

namespace ebb::ops::convolution_kernels {

using namespace sdk;

// Attributes, in the order of the records.
enum { stride_attr, padding_attr, dilation_attr, groups_attr, output_padding_attr };
enum { kernel_attr = output_padding_attr, over_samples_attr };

inline WindowLists lists_of(const Attributes& attrs, Dims kernel) {
  return {kernel, attrs.integers(stride_attr), attrs.integers(padding_attr),
          attrs.integers(dilation_attr)};
}

// The sizes of one form: image [channels, positions..], weights [outputs, channels / groups,
// points..], response [outputs, windows..].
struct Form {
  Windows windows;
  std::int64_t channels, outputs, groups;

  Form(Dims image, Dims weights, Dims response, const Attributes& attrs)
      : windows(windows_over(image, lists_of(attrs, weights.subspan(2)))),
        channels(image[0]),
        outputs(weights[0]),
        groups(attrs.integer(groups_attr)) {
    for (std::size_t d = 1; d < response.size(); ++d) windows.axes[d - 1].windows = response[d];
  }
  // Of a group: its output channels, the weights of each, its part of the image.
  std::int64_t group_outputs() const { return outputs / groups; }
  std::int64_t rows() const { return channels / groups * windows.points(); }
  Channels group(std::int64_t g) const {
    return {channels, g * (channels / groups), channels / groups};
  }
  std::int64_t columns() const { return rows() * windows.positions(); }
};

// What the windows see of one group, as a matrix of rows() x positions or turned.
template <class T>
class Seen {
 public:
  Seen(const Form& form, T* memory)
      : form_(form),
        memory_(memory),
        as_rows_(better_as_rows(form.windows, form.group(0))),
        step_(as_rows_ ? form.windows.positions() : form.rows()) {}
  void read(std::int64_t group, const T* image) {
    if (as_rows_)
      image_to_rows(form_.windows, image, memory_);
    else
      image_to_columns(form_.windows, form_.group(group), image, memory_);
  }
  void add_to(std::int64_t group, T* image) const {
    if (as_rows_)
      add_rows_to_image(form_.windows, memory_, image);
    else
      add_columns_to_image(form_.windows, form_.group(group), memory_, image);
  }
  bool as_rows() const { return as_rows_; }
  Part<const T> matrix() const { return {memory_, step_, as_rows_}; }
  Part<const T> transposed() const { return {memory_, step_, !as_rows_}; }
  // To write the matrix, or its transpose with `as_rows`.
  Part<T> result() { return {memory_, step_}; }

 private:
  const Form& form_;
  T* memory_;
  bool as_rows_;
  std::int64_t step_;
};

// A matrix whose rows fall into groups, read as it lies or, given memory for that, turned.
template <class T>
class GroupedRows {
 public:
  GroupedRows(std::int64_t rows, std::int64_t columns, T* turned)
      : rows_(rows), columns_(columns), turned_(turned) {
    turning_.add(columns, rows, 1);
    turning_.add(rows, 1, columns);
  }
  void read(const T* matrix) {
    matrix_ = matrix;
    if (turned_) copy(turning_, matrix, turned_);
  }
  Part<const T> from_row(std::int64_t first) const {
    if (turned_) return {turned_ + first * columns_, columns_, true};
    return {matrix_ + first, rows_};
  }

 private:
  std::int64_t rows_, columns_;
  T* turned_;
  const T* matrix_ = nullptr;
  Loops turning_;
};

template <class T>
void conv_kernel(const Kernel& k) {
  const auto x = k.in<T>(0), w = k.in<T>(1);
  const auto y = k.out<T>();
  const Form form(x.dims(), w.dims(), y.dims(), k.attrs);
  const auto m = form.group_outputs(), n = form.windows.positions(), rows = form.rows();
  T* const columns = static_cast<T*>(k.scratch());
  Seen<T> seen(form, columns);
  GroupedRows<T> weights(form.outputs, rows,
                         better_transposed<T>(m, rows) ? columns + form.columns() : nullptr);
  for (std::int64_t s = 0; s < k.samples(); ++s) {
    if (s == 0 || w.per_sample()) weights.read(w.data(s));
    for (std::int64_t g = 0; g < form.groups; ++g) {
      seen.read(g, x.data(s));
      multiply<T>(weights.from_row(g * m), seen.matrix(), {y.data(s) + g * m, form.outputs}, m, n,
                  rows, false);
    }
  }
}

template <class T>
void transpose_kernel(const Kernel& k) {
  const auto y = k.in<T>(0), w = k.in<T>(1);
  const auto x = k.out<T>();
  const Form form(x.dims(), w.dims(), y.dims(), k.attrs);
  const auto m = form.group_outputs(), n = form.windows.positions(), rows = form.rows();
  Seen<T> seen(form, static_cast<T*>(k.scratch()));
  for (std::int64_t s = 0; s < k.samples(); ++s) {
    std::fill_n(x.data(s), x.elements(), T{0});
    for (std::int64_t g = 0; g < form.groups; ++g) {
      const T* const weights = w.data(s) + g * m;
      const T* const response = y.data(s) + g * m;
      if (seen.as_rows())
        multiply<T>({response, form.outputs, true}, {weights, form.outputs}, seen.result(), n, rows,
                    m, false);
      else
        multiply<T>({weights, form.outputs, true}, {response, form.outputs}, seen.result(), rows, n,
                    m, false);
      seen.add_to(g, x.data(s));
    }
  }
}

template <class T>
void weights_kernel(const Kernel& k) {
  const auto x = k.in<T>(0), y = k.in<T>(1);
  const auto w = k.out<T>();
  const Form form(x.dims(), w.dims(), y.dims(), k.attrs);
  const auto m = form.group_outputs(), n = form.windows.positions(), rows = form.rows();
  T* const columns = static_cast<T*>(k.scratch());
  Seen<T> seen(form, columns);
  const bool turn = seen.as_rows() && better_transposed<T>(m, n);
  GroupedRows<T> response(form.outputs, n, turn ? columns + form.columns() : nullptr);
  const bool over_samples = k.attrs.boolean(over_samples_attr);
  const auto samples = over_samples ? std::max(x.samples(), y.samples()) : k.samples();
  for (std::int64_t s = 0; s < samples; ++s) {
    response.read(y.data(s));
    for (std::int64_t g = 0; g < form.groups; ++g) {
      seen.read(g, x.data(s));
      multiply<T>(response.from_row(g * m), seen.transposed(), {w.data(s) + g * m, form.outputs}, m,
                  rows, n, over_samples && s > 0);
    }
  }
}

// Columns of one group of one sample; the weights or the response, where a kernel turns them.
inline std::size_t scratch_bytes(const ScratchRequest& r, const ebb_type& image,
                                 const ebb_type& weights, const ebb_type& response) {
  const Type x(image), w(weights), y(response);
  const Form form(x.dims, w.dims, y.dims, r.attrs);
  return static_cast<std::size_t>(form.columns() + std::max(w.elements(), y.elements())) *
         r.element_size;
}

}  // namespace ebb::ops::convolution_kernels
