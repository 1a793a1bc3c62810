// Mathematics in the spelling of LaTeX (amsmath), made from the text that names and notations are.
#pragma once

#include <string>
#include <string_view>

namespace ebb {

// What a word of several letters is: a variable ("hidden"), or a function or connective ("tanh").
enum class Words { variables, functions };

// "∂C/∂a[0].w" as "\frac{\partial C}{\partial w_{a_{0}}}": a name's indices and the layer it stands
// in become subscripts, √( ) a root, a quotient a fraction. Control characters stay as they are:
// they may stand for operands.
std::string latex_of(std::string_view text, Words words);

// The same formula with brackets that grow with what is in them.
std::string with_tall_brackets(const std::string& latex);

}  // namespace ebb
