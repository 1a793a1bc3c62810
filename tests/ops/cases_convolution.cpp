// Cases of convolution and pooling: small, but each attribute in each of its forms.
#include "tests/ops/cases.hpp"

namespace ebb::test {

using Ints = std::vector<std::int64_t>;

namespace {

const std::int64_t two = 2;

std::vector<Case> conv1d() {
  return {{{{2, 4}, {2, 2, 2}}, {}},
          {{{1, 4}, {1, 1, 2}}, {{"stride", Ints{2}}, {"padding", Ints{1, 0}}}},
          {{{2, 4}, {2, 1, 2}}, {{"groups", two}, {"dilation", Ints{2}}}}};
}
std::vector<Case> conv2d() {
  return {{{{2, 3, 3}, {2, 2, 2, 2}}, {{"padding", Ints{1}}, {"stride", Ints{2}}}},
          {{{2, 3, 2}, {2, 1, 2, 1}}, {{"groups", two}, {"padding", Ints{0, 1}}}},
          {{{1, 4, 3}, {1, 1, 2, 2}},
           {{"padding", Ints{1, 0, 0, 1}}, {"dilation", Ints{2, 1}}, {"stride", Ints{2, 1}}}}};
}
std::vector<Case> conv3d() {
  return {
      {{{1, 2, 2, 3}, {1, 1, 2, 1, 2}}, {{"stride", Ints{1, 1, 2}}, {"padding", Ints{0, 0, 1}}}}};
}
std::vector<Case> conv1d_transpose() {
  return {{{{2, 3}, {2, 1, 2}}, {{"stride", Ints{2}}, {"output_padding", Ints{1}}}},
          {{{2, 3}, {2, 1, 2}}, {{"groups", two}, {"padding", Ints{1}}}},
          {{{1, 2}, {1, 2, 2}}, {{"dilation", Ints{2}}, {"padding", Ints{0, 1}}}}};
}
std::vector<Case> conv2d_transpose() {
  return {{{{2, 2, 2}, {2, 1, 2, 2}}, {}},
          {{{1, 2, 2}, {1, 1, 2, 1}},
           {{"stride", Ints{2, 3}}, {"output_padding", Ints{1, 2}}, {"padding", Ints{1, 0}}}}};
}
std::vector<Case> conv3d_transpose() {
  return {{{{1, 1, 2, 2}, {1, 1, 2, 1, 2}}, {{"stride", Ints{1, 2, 1}}}}};
}
std::vector<Case> conv1d_weights() {
  return {{{{2, 4}, {2, 3}}, {{"kernel", Ints{2}}}},
          {{{2, 4}, {2, 2}}, {{"kernel", Ints{2}}, {"stride", Ints{2}}, {"groups", two}}},
          {{{2, 4}, {1, 3}}, {{"kernel", Ints{2}}, {"over_samples", true}}, true}};
}
std::vector<Case> conv2d_weights() {
  return {{{{2, 3, 2}, {1, 2, 3}}, {{"kernel", Ints{2, 2}}, {"padding", Ints{0, 1}}}},
          {{{2, 3, 3}, {2, 2, 2}},
           {{"kernel", Ints{2}}, {"groups", two}, {"over_samples", true}},
           true}};
}
std::vector<Case> conv3d_weights() {
  return {{{{1, 2, 2, 2}, {1, 1, 2, 1}}, {{"kernel", Ints{2, 1, 2}}}}};
}

}  // namespace

Cases convolution_cases() {
  return {{"conv1d", conv1d()},
          {"conv2d", conv2d()},
          {"conv3d", conv3d()},
          {"conv1d_transpose", conv1d_transpose()},
          {"conv2d_transpose", conv2d_transpose()},
          {"conv3d_transpose", conv3d_transpose()},
          {"conv1d_weights", conv1d_weights()},
          {"conv2d_weights", conv2d_weights()},
          {"conv3d_weights", conv3d_weights()}};
}

Cases pooling_cases() {
  const std::vector<Case> max = {
      {{{2, 4}}, {{"size", Ints{2}}}},
      {{{1, 5}}, {{"size", Ints{2}}, {"stride", Ints{1}}, {"dilation", Ints{2}}}},
      {{{2, 3, 3}}, {{"size", Ints{2}}, {"padding", Ints{1, 0}}, {"ceil", true}}},
      {{{1, 2, 3, 2}}, {{"size", Ints{2, 2, 1}}, {"stride", Ints{1}}}}};
  return {
      {"max_pool", max},
      {"max_pool_positions", max},
      {"max_pool_gather",
       {{{{2, 2}, {2, 4}}, {{"size", Ints{2}}}},
        {{{1, 2, 1}, {1, 3, 2}}, {{"size", Ints{2}}, {"stride", Ints{1}}}}}},
      {"max_pool_scatter",
       {{{{2, 2}, {2, 2}}, {{"size", Ints{2}}, {"image", Ints{4}}}},
        {{{1, 2, 1}, {1, 2, 1}}, {{"size", Ints{2}}, {"stride", Ints{1}}, {"image", Ints{3, 2}}}}}},
      {"avg_pool",
       {{{{2, 4}}, {{"size", Ints{2}}}},
        {{{1, 3, 4}},
         {{"size", Ints{2, 3}}, {"padding", Ints{0, 1}}, {"count_padding", true}, {"ceil", true}}},
        {{{1, 3, 3}}, {{"size", Ints{2}}, {"padding", Ints{1, 0, 0, 1}}, {"stride", Ints{2}}}},
        {{{1, 2, 2, 3}}, {{"size", Ints{1, 2, 2}}, {"stride", Ints{1}}}}}},
      {"avg_pool_scatter",
       {{{{2, 2}}, {{"size", Ints{2}}, {"image", Ints{4}}}},
        {{{1, 2, 2}}, {{"size", Ints{2}}, {"padding", Ints{1}}, {"image", Ints{3, 2}}}}}},
  };
}

}  // namespace ebb::test
