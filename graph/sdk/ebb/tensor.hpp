// Views of values in memory, for tensor kernels.
#pragma once

#include <ebb_plugin.h>
#include <ebb/random.hpp>
#include <ebb/value.hpp>

#include <array>
#include <utility>

namespace ebb::sdk {

// A value of element type T. Sample s is dense and column-major from data(s) on; a shared value
// gives the same memory for every s.
template <class T>
class View {
 public:
  explicit View(const ebb_tensor& tensor) : tensor_(&tensor) {}
  T* data(std::int64_t sample = 0) const {
    return static_cast<T*>(tensor_->data) + sample * tensor_->sample_stride;
  }
  int rank() const { return tensor_->type.rank; }
  std::int64_t dim(int i) const { return tensor_->type.dims[i]; }
  std::span<const std::int64_t> dims() const {
    return {tensor_->type.dims, static_cast<std::size_t>(tensor_->type.rank)};
  }
  // Elements of one sample.
  std::int64_t elements() const {
    std::int64_t n = 1;
    for (auto d : dims()) n *= d;
    return n;
  }
  std::int64_t samples() const { return tensor_->samples; }
  bool per_sample() const { return tensor_->type.per_sample != 0; }
  std::int32_t dtype() const { return tensor_->type.dtype; }

 private:
  const ebb_tensor* tensor_;
};

// Calls f with a zero of the element type `dtype`: for kernels whose inputs are EBB_ANY. Graph
// values are EBB_BOOL, EBB_I64 or of the run's precision.
template <class F>
void with_element(std::int32_t dtype, F&& f) {
  switch (dtype) {
    case EBB_BOOL:
      return f(std::uint8_t{});
    case EBB_I64:
      return f(std::int64_t{});
    case EBB_F32:
      return f(float{});
    case EBB_F64:
      return f(double{});
    default:
      throw Failure("a graph value has no such element type");
  }
}

// Calls f(offset, index) for every element of one sample in the order of storage; `index` counts in
// C order (the last dimension fastest), which is what files and random numbers go by.
template <class F>
void for_each_element(std::span<const std::int64_t> dims, F&& f) {
  std::array<std::int64_t, EBB_MAX_RANK> position{}, stride{};
  std::int64_t elements = 1, index = 0;
  for (std::size_t d = dims.size(); d-- > 0; elements *= dims[d]) stride[d] = elements;
  for (std::int64_t offset = 0; offset < elements; ++offset) {
    f(offset, index);
    for (std::size_t d = 0; d < dims.size(); ++d) {
      index += stride[d];
      if (++position[d] < dims[d]) break;
      index -= dims[d] * stride[d];
      position[d] = 0;
    }
  }
}

// The call of a tensor kernel.
class Kernel {
 public:
  // `key` is the index of the attribute `key`, -1 where the op has none.
  Kernel(const ebb_kernel_call& c, int key) : attrs(c.attrs), c_(c), key_(key) {}
  Attributes attrs;

  template <class T>
  View<const T> in(int i) const {
    return View<const T>(c_.inputs[i]);
  }
  template <class T>
  View<T> out(int i = 0) const {
    return View<T>(c_.outputs[i]);
  }
  int inputs() const { return c_.input_count; }
  std::int32_t in_dtype(int i) const { return c_.inputs[i].type.dtype; }
  // The number of samples of output 0: 1 where it is shared.
  std::int64_t samples() const { return c_.outputs[0].samples; }
  // The number of samples of the current run, also where all values are shared.
  std::int64_t run_samples() const { return c_.samples; }
  void* scratch() const { return c_.scratch; }
  // The random numbers of sample s in a random op, those of the whole value in an initializer.
  // Number them by the element's index in C order, so that they do not depend on storage.
  RandomStream random(std::int64_t s = 0) const {
    RandomStream stream{static_cast<std::uint64_t>(attrs.integer(key_))};
    if (c_.input_count == 0) return stream;
    stream.epoch = static_cast<std::uint32_t>(*in<std::int64_t>(c_.input_count - 2).data(s));
    stream.sample = static_cast<std::uint64_t>(*in<std::int64_t>(c_.input_count - 1).data(s));
    return stream;
  }

 private:
  const ebb_kernel_call& c_;
  int key_;
};

// The call of a backward kernel: what the op took and gave, the gradients of what it gave, and
// where those of what it took go. Each input gradient has its input's shape, and is per sample
// where anything is: that of a shared input then holds each sample's part, which the host adds up.
class Backward {
 public:
  // Of an op with so many inputs and outputs; bit i of `differentiable`: input i has a gradient.
  Backward(const ebb_kernel_call& c, int inputs, int outputs, std::uint32_t differentiable)
      : attrs(c.attrs),
        c_(c),
        inputs_(inputs),
        outputs_(outputs),
        differentiable_(differentiable) {}
  Attributes attrs;

  template <class T>
  View<const T> in(int i) const {
    return View<const T>(c_.inputs[i]);
  }
  template <class T>
  View<const T> output(int i = 0) const {
    return View<const T>(c_.inputs[inputs_ + i]);
  }
  // The gradient of the objective with respect to output i; zeros where that output does not reach
  // it.
  template <class T>
  View<const T> gradient(int i = 0) const {
    return View<const T>(c_.inputs[inputs_ + outputs_ + i]);
  }
  // To be filled: the gradient with respect to input i, one of those that have one.
  template <class T>
  View<T> input_gradient(int i = 0) const {
    if ((differentiable_ >> i & 1u) == 0)
      throw Failure("its backward kernel fills a gradient that the record does not name");
    int position = 0;
    for (int before = 0; before < i; ++before) position += (differentiable_ >> before & 1u) != 0;
    return View<T>(c_.outputs[position]);
  }
  // The number of samples of the input gradients: 1 where all is shared.
  std::int64_t samples() const { return c_.outputs[0].samples; }
  std::int64_t run_samples() const { return c_.samples; }
  void* scratch() const { return c_.scratch; }

 private:
  const ebb_kernel_call& c_;
  int inputs_, outputs_;
  std::uint32_t differentiable_;
};

// What a rule of scratch memory sees, and one of operations; types are concrete.
struct ScratchRequest {
  const ebb_type* inputs;
  const ebb_type* outputs;
  Attributes attrs;
  std::int64_t samples;
  std::size_t element_size;  // of the run's precision
};

}  // namespace ebb::sdk
