// Labels as vectors. Parts of values are the core's slice.
#include "ops/families.hpp"

namespace ebb::ops {

using namespace sdk;

namespace {

template <class T>
void one_hot_kernel(const Kernel& k) {
  const auto labels = k.in<std::int64_t>(0);
  const auto classes = k.attrs.integer(0);
  const T on = static_cast<T>(k.attrs.real(1)), off = static_cast<T>(k.attrs.real(2));
  for (std::int64_t s = 0; s < k.samples(); ++s) {
    T* y = k.out<T>().data(s);
    std::fill_n(y, classes * labels.elements(), off);
    for (std::int64_t i = 0; i < labels.elements(); ++i, y += classes) {
      const auto label = labels.data(s)[i];
      if (0 <= label && label < classes) y[label] = on;
    }
  }
}

}  // namespace

void indexing(Plugin& plugin) {
  plugin.family("indexing");

  plugin.op("one_hot")
      .doc(
          "For each label a vector that is `on` at the label and `off` elsewhere; `off` alone "
          "where "
          "the label is no class. Labels of shape [n] give [classes, n].")
      .input("labels", EBB_I64)
      .attr("classes", required, EBB_ATTR_INT, "how many classes there are", Interval{1, infinity})
      .attr("on", 1.0, "what stands at the label")
      .attr("off", 0.0, "what stands elsewhere")
      .infer([](Inference& c) {
        c.out[0].dims = c.in[0].dims;
        c.out[0].dims.insert(c.out[0].dims.begin(), c.attrs.integer(0));
      })
      .kernel([]<class T>(const Kernel& k, T) { one_hot_kernel<T>(k); })
      .selects()
      .notation("one_hot({0})")
      .range("(-inf, inf)")
      .example("one_hot(2, 4)", "[0, 0, 1, 0]");
}

}  // namespace ebb::ops
