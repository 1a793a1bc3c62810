#include "graph/compile/gemm/xsmm_code.hpp"

#include <libxsmm_cpuid.h>
#include <libxsmm_generator.h>
#include <sys/mman.h>

#include <cstring>
#include <map>
#include <mutex>
#include <variant>
#include <vector>

namespace ebb {

namespace {

int arch() {
  static const int id = libxsmm_cpuid();
  return id;
}

void generate(const XsmmProduct& p, libxsmm_generated_code& code) {
  libxsmm_descriptor_blob memory;
  const int flags = p.tb ? LIBXSMM_GEMM_FLAG_TRANS_B : LIBXSMM_GEMM_FLAG_NONE;
  const int beta = p.accumulate ? 1 : 0;
  const auto* descriptor =
      p.precision == Precision::f32
          ? libxsmm_sgemm_descriptor_init(&memory, p.m, p.n, p.k, p.lda, p.ldb, p.ldc, 1,
                                          static_cast<float>(beta), flags, 0)
          : libxsmm_dgemm_descriptor_init(&memory, p.m, p.n, p.k, p.lda, p.ldb, p.ldc, 1, beta,
                                          flags, 0);
  if (!descriptor) return;
  // Registers of AVX-512 would stay all but empty.
  const bool is_tiny = p.m * p.k <= 16 || p.k * p.n <= 16 || p.m * p.n <= 16;
  if (is_tiny) code.arch = LIBXSMM_X86_AVX2;
  libxsmm_generator_gemm_kernel(&code, descriptor);
}

void generate(const XsmmTranspose& t, libxsmm_generated_code& code) {
  libxsmm_descriptor_blob memory;
  const auto* descriptor = libxsmm_trans_descriptor_init(
      &memory, t.precision == Precision::f32 ? 4 : 8, static_cast<unsigned>(t.rows),
      static_cast<unsigned>(t.columns), static_cast<unsigned>(t.leading_of_result));
  libxsmm_generator_transpose_kernel(&code, descriptor, arch());
}

template <class Wanted>
std::shared_ptr<const XsmmCode> write(const Wanted& wanted) {
  std::vector<std::byte> buffer(std::size_t{128} *
                                1024);  // what LIBXSMM itself gives its generator
  libxsmm_generated_code code{};
  code.generated_code = buffer.data();
  code.buffer_size = static_cast<unsigned>(buffer.size());
  code.code_type = 2;  // binary
  code.arch = static_cast<unsigned>(arch());
  generate(wanted, code);
  if (code.last_error != 0 || code.code_size == 0) return nullptr;
  return XsmmCode::make(buffer.data(), code.code_size);
}

template <class Wanted>
std::shared_ptr<const XsmmCode> find_or_write(const Wanted& wanted) {
  static std::mutex mutex;
  static std::map<Wanted, std::weak_ptr<const XsmmCode>> written;
  const std::lock_guard lock(mutex);
  auto& entry = written[wanted];
  auto code = entry.lock();
  if (!code) entry = code = write(wanted);
  return code;
}

}  // namespace

XsmmTarget xsmm_target() {
  if (arch() >= LIBXSMM_X86_AVX512_CORE) return XsmmTarget::avx512;
  return arch() == LIBXSMM_X86_AVX2 ? XsmmTarget::avx2 : XsmmTarget::none;
}

XsmmCode::~XsmmCode() { ::munmap(memory_, bytes_); }

std::shared_ptr<const XsmmCode> XsmmCode::make(const void* code, std::size_t bytes) {
  // Some sanitizers read what stands before a function.
  constexpr std::size_t before = 64;
  const std::size_t all = before + bytes;
  void* const memory =
      ::mmap(nullptr, all, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return nullptr;
  void* const entry = static_cast<std::byte*>(memory) + before;
  std::memcpy(entry, code, bytes);
  if (::mprotect(memory, all, PROT_READ | PROT_EXEC) != 0) {
    ::munmap(memory, all);
    return nullptr;
  }
  return std::shared_ptr<const XsmmCode>(new XsmmCode(memory, all, entry));
}

std::shared_ptr<const XsmmCode> code_for(const XsmmProduct& product) {
  return find_or_write(product);
}

std::shared_ptr<const XsmmCode> code_for(const XsmmTranspose& transpose) {
  return find_or_write(transpose);
}

}  // namespace ebb
