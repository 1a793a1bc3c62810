// One function per file of this folder: each describes its ops to the plugin.
#pragma once

#include <ebb/plugin.hpp>

namespace ebb::ops {

void arithmetic(sdk::Plugin& plugin);
void elementary(sdk::Plugin& plugin);
void trigonometry(sdk::Plugin& plugin);
void rounding(sdk::Plugin& plugin);
void special_functions(sdk::Plugin& plugin);
void activations(sdk::Plugin& plugin);
void rectifiers(sdk::Plugin& plugin);
void softmax(sdk::Plugin& plugin);
void reductions(sdk::Plugin& plugin);
void statistics(sdk::Plugin& plugin);
void extrema(sdk::Plugin& plugin);
void products(sdk::Plugin& plugin);
void matrices(sdk::Plugin& plugin);
void solvers(sdk::Plugin& plugin);
void decompositions(sdk::Plugin& plugin);
void norms(sdk::Plugin& plugin);
void comparison(sdk::Plugin& plugin);
void indexing(sdk::Plugin& plugin);
void gather(sdk::Plugin& plugin);
void shape(sdk::Plugin& plugin);
void differentiation(sdk::Plugin& plugin);
void random(sdk::Plugin& plugin);
void convolution(sdk::Plugin& plugin);
void pooling(sdk::Plugin& plugin);
void initializers(sdk::Plugin& plugin);

}  // namespace ebb::ops
