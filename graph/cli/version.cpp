#include "graph/cli/version.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <armadillo>
#include <boost/version.hpp>
#include <fstream>
#include <string>

#include "graph/compile/gemm/gemm.hpp"

namespace ebb {

namespace {

std::string compiler() {
#if defined(__clang__)
  return "Clang " __clang_version__;
#else
  return "GCC " __VERSION__;
#endif
}

std::string boost() {
  return "Boost " + std::to_string(BOOST_VERSION / 100000) + "." +
         std::to_string(BOOST_VERSION / 100 % 1000) + "." + std::to_string(BOOST_VERSION % 100);
}

// The BLAS is chosen when the program is loaded (Debian's alternatives), so the one in use is
// asked.
std::string blas() {
  using Text = char* (*)();
  const auto ask = [](const char* symbol) -> std::string {
    const auto function = reinterpret_cast<Text>(::dlsym(RTLD_DEFAULT, symbol));
    return function ? function() : "";
  };
  const std::string config = ask("openblas_get_config"), core = ask("openblas_get_corename");
  if (!config.empty()) return config + (core.empty() ? "" : ", running as " + core);
  Dl_info info{};
  void* gemm = ::dlsym(RTLD_DEFAULT, "sgemm_");
  return gemm && ::dladdr(gemm, &info) && info.dli_fname ? info.dli_fname : "unknown";
}

// Those that plans name, with the version where it is fixed when Ebb is built.
std::string providers() {
  std::string text;
  for (const GemmProvider* provider : gemm_providers())
    text += (text.empty() ? "" : ", ") + std::string(provider->name) +
            (provider->version.empty() ? "" : " " + provider->version);
  return text;
}

// The widest that kernels here are compiled for.
std::string instructions() {
  if (__builtin_cpu_supports("avx512f")) return "AVX-512";
  return __builtin_cpu_supports("avx2") ? "AVX2" : "SSE";
}

}  // namespace

std::string processor() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);)
    if (line.starts_with("model name"))
      return line.substr(std::min(line.find(": ") + 2, line.size()));
  return "";
}

std::map<std::string, std::string> versions() {
  return {{"compiler", compiler()},
          {"BLAS", blas()},
          {"matrix products", providers()},
          {"processor", processor()},
          {"instructions", instructions()}};
}

std::string version_text() {
  return "Ebb " EBB_VERSION "\ncompiler: " + compiler() + "\nlibraries: " + boost() +
         ", Armadillo " + arma::arma_version::as_string() + "\nBLAS: " + blas() +
         "\nmatrix products: " + providers() + "\n";
}

}  // namespace ebb
