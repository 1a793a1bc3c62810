// Changes of shape, of element type and of width; sums down to a shape and over samples.
#include <algorithm>
#include <ebb/loops.hpp>
#include <ebb/plugin.hpp>

#include "graph/core/c_order.hpp"
#include "graph/core/conversion.hpp"
#include "graph/core/diagnostic.hpp"
#include "graph/core/primitives.hpp"
#include "graph/core/sums.hpp"
#include "graph/core/tensor.hpp"

namespace ebb {

namespace {

using sdk::call;
using sdk::Call;
using sdk::Inference;
using sdk::Kernel;

void infer_transpose(Inference& c) {
  const auto& x = c.in[0];
  if (x.rank() > 2) c.fail("only a matrix has a transpose, but {0} is " + to_string(x.dims), {});
  c.out[0].dtype = x.dtype;
  if (x.rank() > 0) c.out[0].dims = {x.rank() == 2 ? x.dims[1] : 1, x.dims[0]};
}

template <class T>
void transpose(const Kernel& k, T) {
  const auto x = k.in<T>(0);
  const auto y = k.out<T>();
  const auto m = matrix_shape(x.dims(), false);
  sdk::Loops loops;
  loops.add(m.columns, m.rows, 1);
  loops.add(m.rows, 1, m.columns);
  for (std::int64_t s = 0; s < k.samples(); ++s) sdk::copy(loops, x.data(s), y.data(s));
}

void infer_reshape(Inference& c) {
  const auto shape = c.attrs.integers(0);
  c.out[0].dtype = c.in[0].dtype;
  c.out[0].dims.assign(shape.begin(), shape.end());
  if (!is_valid_shape(shape) || c.out[0].elements() != c.in[0].elements())
    c.fail("{0} is " + to_string(c.in[0].dims) + " and can not be reshaped to " +
               to_string(c.out[0].dims),
           "the number of elements must stay: " + std::to_string(c.in[0].elements()));
}

// C order on both sides; the storage is column-major.
template <class T>
void reshape(const Kernel& k, T) {
  const auto x = k.in<T>(0);
  const auto y = k.out<T>();
  if (x.elements() == 0) return;
  const bool from_c_order = same_in_both_orders(x.dims());
  if (from_c_order || same_in_both_orders(y.dims())) {
    const auto loops = between_orders(from_c_order ? y.dims() : x.dims(), from_c_order);
    for (std::int64_t s = 0; s < k.samples(); ++s) sdk::copy(loops, x.data(s), y.data(s));
    return;
  }
  const Shape from(x.dims()), to(y.dims());
  for (std::int64_t i = 0; i < x.elements(); ++i) {
    const auto p = column_major_index(from, i), q = column_major_index(to, i);
    for (std::int64_t s = 0; s < k.samples(); ++s) y.data(s)[q] = x.data(s)[p];
  }
}

void infer_broadcast(Inference& c) {
  const auto shape = c.attrs.integers(0);
  c.out[0].dtype = c.in[0].dtype;
  c.out[0].dims.assign(shape.begin(), shape.end());
  c.out[0].per_sample = c.in[0].per_sample || c.attrs.boolean(1);
  Shape joined;
  const Shape wanted(shape);
  if (!ebb::broadcast(Shape(c.in[0].dims), wanted, joined) || !(joined == wanted))
    c.fail("{0} is " + to_string(c.in[0].dims) + " and can not be broadcast to " +
               to_string(c.out[0].dims),
           "shapes align at the first dimension; each must agree or be 1");
}

// Over the elements of `wide`, to which those of `narrow` are stretched.
sdk::Loops stretched(std::span<const std::int64_t> wide, std::span<const std::int64_t> narrow,
                     bool narrow_first) {
  sdk::Loops loops;
  std::int64_t step = 1, narrow_step = 1;
  for (std::size_t d = 0; d < wide.size(); ++d) {
    const auto size = d < narrow.size() ? narrow[d] : 1;
    const auto stands = size == 1 ? 0 : narrow_step;
    loops.add(wide[d], narrow_first ? stands : step, narrow_first ? step : stands);
    step *= wide[d];
    narrow_step *= size;
  }
  return loops;
}

template <class T>
void broadcast_kernel(const Kernel& k, T) {
  const auto x = k.in<T>(0);
  const auto y = k.out<T>();
  const auto loops = stretched(y.dims(), x.dims(), true);
  for (std::int64_t s = 0; s < k.samples(); ++s) sdk::copy(loops, x.data(s), y.data(s));
}

void infer_sum_to(Inference& c) {
  const auto shape = c.attrs.integers(0);
  c.out[0].dims.assign(shape.begin(), shape.end());
  Shape joined;
  const Shape from(c.in[0].dims);
  if (!ebb::broadcast(from, Shape(shape), joined) || !(joined == from))
    c.fail("{0} is " + to_string(c.in[0].dims) + " and can not be summed to " +
               to_string(c.out[0].dims),
           {});
}

template <class T>
void sum_to(const Kernel& k, T) {
  const auto x = k.in<T>(0);
  const auto y = k.out<T>();
  const bool is_prefix = std::ranges::equal(y.dims(), x.dims().first(y.dims().size()));
  const auto loops = stretched(x.dims(), y.dims(), false);
  auto* sums = static_cast<double*>(k.scratch());
  for (std::int64_t s = 0; s < k.samples(); ++s) {
    std::fill_n(sums, y.elements(), 0.0);
    const T* in = x.data(s);
    if (is_prefix)
      add_in_turn(in, x.elements(), sums, y.elements());
    else
      loops.for_each_line(
          [&](std::int64_t from, std::int64_t to, std::int64_t n, std::int64_t, std::int64_t step) {
            add_in_turn(in + from, n, sums + to, step == 0 ? 1 : n);
          });
    std::transform(sums, sums + y.elements(), y.data(s),
                   [](double v) { return static_cast<T>(v); });
  }
}

template <class T>
void sample_sum(const Kernel& k, T) {
  const auto x = k.in<T>(0);
  const auto y = k.out<T>();
  const auto n = y.elements();
  auto* sums = static_cast<double*>(k.scratch());
  std::fill_n(sums, n, 0.0);
  if (x.samples() < 2 || x.data(1) - x.data() == x.elements())
    add_in_turn(x.data(), x.samples() * x.elements(), sums, n);
  else
    for (std::int64_t s = 0; s < x.samples(); ++s) add_in_turn(x.data(s), x.elements(), sums, n);
  std::transform(sums, sums + n, y.data(), [](double v) { return static_cast<T>(v); });
}

std::size_t doubles_of_output(const sdk::ScratchRequest& r) {
  return static_cast<std::size_t>(sdk::Type(r.outputs[0]).elements()) * sizeof(double);
}

void register_shapes(sdk::Plugin& p) {
  const auto pass = [](const Call& c) { return c.g; };
  p.op("transpose")
      .doc("The transpose of a matrix; of a vector, a row.")
      .input("x", EBB_ANY)
      .infer(infer_transpose)
      .kernel([](const Kernel& k) {
        sdk::with_element(k.in_dtype(0), [&](auto zero) { transpose(k, zero); });
      })
      .vjp([](const Call& c) {
        const auto dims = c[0].type().dims;
        return dims.size() == 2 ? call("transpose", c.g)
                                : call("reshape", {c.g}, {{"shape", dims}});
      })
      .selects()
      .notation("{0}ᵀ", 10)
      .example("[[1, 2], [3, 4]].T", "[[1, 3], [2, 4]]");
  p.op("reshape")
      .doc("The same elements in another shape, in C order (the last index fastest).")
      .input("x", EBB_ANY)
      .attr("shape", sdk::required, EBB_ATTR_INTS, "the new shape, of as many elements")
      .infer(infer_reshape)
      .kernel([](const Kernel& k) {
        sdk::with_element(k.in_dtype(0), [&](auto zero) { reshape(k, zero); });
      })
      .vjp([](const Call& c) {
        return call("reshape", {c.g}, {{"shape", c[0].type().dims}});
      })
      .selects()
      .notation("{0}", 10)
      .example("reshape([[1, 2], [3, 4]], [4])", "[1, 2, 3, 4]");
  p.op("broadcast")
      .doc("The value stretched to a shape (aligned at the first dimension), or to every sample.")
      .input("x", EBB_ANY)
      .attr("shape", sdk::required, EBB_ATTR_INTS, "the wider shape")
      .attr("per_sample", false, "whether each sample gets a copy")
      .infer(infer_broadcast)
      .kernel([](const Kernel& k) {
        sdk::with_element(k.in_dtype(0), [&](auto zero) { broadcast_kernel(k, zero); });
      })
      .vjp(pass)
      .selects()
      .notation("{0}", 10)
      .example("broadcast([1, 2], [2, 2])", "[[1, 1], [2, 2]]");
  p.op("sum_to")
      .doc("The sum down to a shape that broadcasting would stretch to that of x.")
      .input("x")
      .attr("shape", sdk::required, EBB_ATTR_INTS, "the narrower shape")
      .infer(infer_sum_to)
      .kernel([](const Kernel& k, auto zero) { sum_to(k, zero); })
      .scratch(doubles_of_output)
      .vjp(pass)
      .sums()
      .notation("sum({0})", 10)
      .example("sum_to([[1, 2], [3, 4]], [2])", "[3, 7]");
}

void register_samples(sdk::Plugin& p) {
  p.op("sample_sum")
      .doc("The sum over the samples of the mini-batch.")
      .input("x")
      .attr(
          "kept", -1,
          "how many dimensions, the first ones, are kept, while the sum goes over the others too; "
          "negative: all")
      .infer([](Inference& c) {
        if (!c.in[0].per_sample)
          c.fail("there is nothing to sum: {0} is shared by all samples",
                 "sample_sum and sample_mean reduce values that are per sample");
        c.out[0].dims = c.in[0].dims;
        if (const auto kept = c.attrs.integer(0); kept >= 0)
          c.out[0].dims.resize(std::min(c.out[0].dims.size(), static_cast<std::size_t>(kept)));
        c.out[0].per_sample = false;
      })
      .kernel([](const Kernel& k, auto zero) { sample_sum(k, zero); })
      .scratch(doubles_of_output)
      .vjp([](const Call& c) { return c.g; })
      .sums()
      .notation("Σ {0}", 6);
  p.op("sample_weight")
      .doc("1/n for a mini-batch of n samples: what a mean over samples multiplies with.")
      .infer([](Inference&) {})
      .kernel([](const Kernel& k, auto zero) {
        using T = decltype(zero);
        *k.out<T>().data() = T{1} / static_cast<T>(k.run_samples());
      })
      .notation("1/n", 7)
      .range("(0, 1]");
}

void convert_kernel(const Kernel& k) {
  const auto x = k.in<std::uint8_t>(0);
  const auto y = k.out<std::uint8_t>();
  const auto from = static_cast<DType>(k.in_dtype(0)), to = static_cast<DType>(y.dtype());
  // As bytes are counted, samples lie closer together than they do.
  const auto sample = [](const auto& view, std::int64_t s, DType dtype) {
    return view.data() + (view.data(s) - view.data()) * static_cast<std::ptrdiff_t>(size_of(dtype));
  };
  const ebb_span_kernel convert = conversion(from, to);
  const std::int64_t step = 1;
  for (std::int64_t s = 0; s < k.samples(); ++s) {
    const void* const in = sample(x, s, from);
    convert(nullptr, &in, &step, sample(y, s, to), x.elements(), nullptr);
  }
}

void register_convert(sdk::Plugin& p) {
  p.op("convert")
      .doc("Another element type; a whole number becomes real, a bool 0 or 1.")
      .input("x", EBB_ANY)
      .attr("dtype", sdk::required, EBB_ATTR_INT,
            "the element type, as the plugin header numbers them", {EBB_BOOL, EBB_REAL})
      .infer([](Inference& c) {
        c.out[0].dtype = static_cast<std::int32_t>(c.attrs.integer(0));
        c.out[0].dims = c.in[0].dims;
      })
      .kernel([](const Kernel& k, auto) { convert_kernel(k); })
      .vjp([](const Call& c) { return c.g; })
      .selects()
      .notation("{0}", 10);
}

}  // namespace

void register_structure(sdk::Plugin& p) {
  register_shapes(p);
  register_samples(p);
  register_convert(p);
}

}  // namespace ebb
