// Views of values in memory, for tensor kernels.
#pragma once

#include <ebb_plugin.h>
#include <ebb/value.hpp>

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

// The call of a tensor kernel.
class Kernel {
 public:
  explicit Kernel(const ebb_kernel_call& c) : attrs(c.attrs), c_(c) {}
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
  void* scratch() const { return c_.scratch; }

 private:
  const ebb_kernel_call& c_;
};

// What a scratch rule sees; types are concrete.
struct ScratchRequest {
  const ebb_type* inputs;
  const ebb_type* outputs;
  Attributes attrs;
  std::int64_t samples;
  std::size_t element_size;  // of the run's precision
};

}  // namespace ebb::sdk
