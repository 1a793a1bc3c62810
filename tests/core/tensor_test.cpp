#include "graph/core/tensor.hpp"

#include <boost/test/unit_test.hpp>

using namespace ebb;

BOOST_AUTO_TEST_SUITE(tensor)

namespace {

std::vector<double> values(const Tensor& tensor) {
  std::vector<double> result;
  for (std::int64_t i = 0; i < tensor.elements_per_sample() * tensor.samples(); ++i)
    result.push_back(tensor.at(i));
  return result;
}

Array counting(std::vector<std::int64_t> dims) {
  Array array = Array::make(DType::i32, std::move(dims));
  for (std::int32_t i = 0; i < array.elements(); ++i) array.data<std::int32_t>()[i] = i;
  return array;
}

}  // namespace

BOOST_AUTO_TEST_CASE(memory_is_aligned_and_zero) {
  const Tensor t(Type{DType::f32, false, {5}});
  BOOST_TEST(reinterpret_cast<std::uintptr_t>(t.bytes()) % 64 == 0u);
  BOOST_TEST(values(t) == std::vector<double>(5), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(files_are_in_c_order_and_storage_is_column_major) {
  const Tensor t = to_tensor(counting({2, 3}), Type{DType::i32, false, {2, 3}});
  BOOST_TEST(values(t) == (std::vector<double>{0, 3, 1, 4, 2, 5}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_sample_is_the_first_dimension_of_files) {
  const Tensor t = to_tensor(counting({2, 2, 2}), Type{DType::i32, true, {2, 2}});
  BOOST_TEST(t.samples() == 2);
  BOOST_TEST(values(t) == (std::vector<double>{0, 2, 1, 3, 4, 6, 5, 7}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(an_array_is_reshaped_in_c_order) {
  const Tensor t = to_tensor(counting({2, 2, 3}), Type{DType::i32, true, {6}});
  BOOST_TEST(values(t) == (std::vector<double>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(arrays_come_back_as_they_were) {
  for (const Shape& shape : {Shape{}, Shape{4}, Shape{2, 3}, Shape{2, 3, 4}, Shape{2, 1, 3, 2}})
    for (const bool per_sample : {false, true}) {
      std::vector<std::int64_t> dims(shape.dims().begin(), shape.dims().end());
      if (per_sample) dims.insert(dims.begin(), 3);
      const Array there = counting(dims);
      const Array back = to_array(to_tensor(there, Type{DType::i32, per_sample, shape}));
      BOOST_TEST(back.dims == there.dims, boost::test_tools::per_element());
      for (std::int64_t i = 0; i < there.elements(); ++i) BOOST_TEST(back.at(i) == there.at(i));
    }
}

BOOST_AUTO_TEST_CASE(an_array_is_written_into_a_tensor_that_is_there) {
  const Array there = counting({2, 3});
  for (const DType dtype : {DType::i32, DType::f32, DType::f64}) {
    Tensor tensor(Type{dtype, false, {2, 3}});
    const std::byte* memory = tensor.bytes();
    assign(tensor, there);
    BOOST_TEST(tensor.bytes() == memory);
    const Array back = to_array(tensor);
    for (std::int64_t i = 0; i < there.elements(); ++i) BOOST_TEST(back.at(i) == there.at(i));
  }
}

BOOST_AUTO_TEST_CASE(column_major_index_agrees_with_from_values) {
  const Shape shape{2, 3, 4};
  std::vector<double> numbers;
  for (int i = 0; i < 24; ++i) numbers.push_back(i);
  const Tensor t = Tensor::from_values(DType::f64, shape, numbers);
  for (std::int64_t i = 0; i < 24; ++i)
    BOOST_TEST(t.at(column_major_index(shape, i)) == static_cast<double>(i));
}

BOOST_AUTO_TEST_CASE(element_types_convert) {
  const Tensor t = Tensor::from_values(DType::f64, {3}, {0, 2.75, -1.5});
  BOOST_TEST(values(t.converted(DType::i64)) == (std::vector<double>{0, 2, -1}),
             boost::test_tools::per_element());
  BOOST_TEST(values(t.converted(DType::boolean)) == (std::vector<double>{0, 1, 1}),
             boost::test_tools::per_element());
  BOOST_TEST(values(t.converted(DType::f32)) == (std::vector<double>{0, 2.75, -1.5}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_view_tells_the_kernel_the_strides) {
  const Tensor batch(Type{DType::f32, true, {2, 3}}, 5), shared(Type{DType::f32, false, {2, 3}});
  BOOST_TEST(batch.view().sample_stride == 6);
  BOOST_TEST(batch.view().samples == 5);
  BOOST_TEST(shared.view().sample_stride == 0);
  BOOST_TEST(shared.view().samples == 1);
}

BOOST_AUTO_TEST_SUITE_END()
