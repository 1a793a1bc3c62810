// The builders of optimizers, which update one parameter, and of learning-rate schedules.
#pragma once

#include <ebb_plugin.h>
#include <ebb/op.hpp>

#include <algorithm>
#include <array>
#include <string>

namespace ebb::sdk {

namespace detail {

struct UpdateRecord : Record {
  std::vector<ebb_state_def> states;

  int hand_over(const ebb_host* host, ebb_context* context) {
    op.states = states.data();
    op.state_count = static_cast<std::int32_t>(states.size());
    return Record::hand_over(host, context);
  }
};

// Calls f with T& for each of the first S indices, T for the others: a state is changed in place, a
// setting is a number.
template <class F, class T, class States, class Settings, class... Given>
constexpr bool takes_update = false;
template <class F, class T, std::size_t... S, std::size_t... N, class... Given>
constexpr bool takes_update<F, T, std::index_sequence<S...>, std::index_sequence<N...>, Given...> =
    std::is_invocable_v<F, Given..., repeated<T&, S>..., repeated<T, N>...>;

// How many states and settings a rule's lambda takes after what it is given. A parameter that is a
// reference is a state; settings come last.
struct Arity {
  std::size_t states = 0, settings = 0;
};
inline constexpr std::size_t most_arguments = 12;

template <class F, class T, std::size_t States, std::size_t Settings, class... Given>
constexpr Arity arity_of() {
  if constexpr (takes_update<F, T, std::make_index_sequence<States>,
                             std::make_index_sequence<Settings>, Given...>) {
    return {States, Settings};
  } else if constexpr (Settings > 0) {
    return arity_of<F, T, States + 1, Settings - 1, Given...>();
  } else {
    static_assert(States < most_arguments,
                  "the rule takes what it is given, then its states as references, then its "
                  "settings, 12 at most");
    return arity_of<F, T, 0, States + 1, Given...>();
  }
}

// The parameter, its gradient, the states and the settings, element by element. Blocks are copied
// first: what is local overlaps nothing, so the loop runs on vectors.
template <class F, class T, std::size_t... S, std::size_t... N>
void update_elements(const Kernel& k, std::index_sequence<S...>, std::index_sequence<N...>) {
  constexpr std::int64_t block = 128;
  [[maybe_unused]] constexpr int first_setting = 2 + static_cast<int>(sizeof...(S));
  const std::int64_t elements = k.in<T>(0).elements();
  const T *w = k.in<T>(0).data(), *g = k.in<T>(1).data();
  T* next = k.out<T>(0).data();
  [[maybe_unused]] const std::array<const T*, sizeof...(S)> before{
      k.in<T>(2 + static_cast<int>(S)).data()...};
  [[maybe_unused]] const std::array<T*, sizeof...(S)> after{
      k.out<T>(1 + static_cast<int>(S)).data()...};
  [[maybe_unused]] const std::array<T, sizeof...(N)> settings{
      *k.in<T>(first_setting + static_cast<int>(N)).data()...};
  T u[block], d[block];
  [[maybe_unused]] std::array<std::array<T, block>, sizeof...(S)> states;
  for (std::int64_t first = 0; first < elements; first += block) {
    const std::int64_t n = std::min(block, elements - first);
    std::copy_n(w + first, n, u);
    std::copy_n(g + first, n, d);
    (std::copy_n(before[S] + first, n, states[S].data()), ...);
    for (std::int64_t i = 0; i < n; ++i)
      F{}(u[i], d[i], states[S][static_cast<std::size_t>(i)]..., settings[N]...);
    std::copy_n(u, n, next + first);
    (std::copy_n(states[S].data(), n, after[S] + first), ...);
  }
}

template <class F, class T, std::size_t... S, std::size_t... N>
void next_rate(const Kernel& k, std::index_sequence<S...>, std::index_sequence<N...>) {
  [[maybe_unused]] constexpr int first_setting = 3 + static_cast<int>(sizeof...(S));
  [[maybe_unused]] std::array<T, sizeof...(S)> states{*k.in<T>(3 + static_cast<int>(S)).data()...};
  *k.out<T>(0).data() =
      F{}(*k.in<std::int64_t>(0).data(), *k.in<std::int64_t>(1).data(), *k.in<T>(2).data(),
          states[S]..., *k.in<T>(first_setting + static_cast<int>(N)).data()...);
  ((*k.out<T>(1 + static_cast<int>(S)).data() = states[S]), ...);
}

}  // namespace detail

// What optimizers and schedules have in common. Strings must be literals (or live as long).
template <class Self>
class UpdateRule {
 public:
  explicit UpdateRule(detail::UpdateRecord& record) : r_(record) {}

  Self& doc(const char* text) { return r_.op.doc = text, self(); }
  // Remembered from update to update: of an optimizer a value of the parameter's type, of a
  // schedule a number; `initial` at first, in every element.
  Self& state(const char* name, const char* text, double initial = 0) {
    r_.states.push_back({sizeof(ebb_state_def), name, text, initial});
    return self();
  }
  // A number that a script gives, or a schedule for it.
  Self& setting(const char* name, double fallback, const char* text, Interval domain = any_number) {
    add_setting(name, text, domain).fallback = fallback;
    r_.inputs.back().optional = 1;
    return self();
  }
  Self& setting(const char* name, Required, const char* text, Interval domain = any_number) {
    add_setting(name, text, domain);
    return self();
  }
  // In place of a lambda over numbers: a kernel over whole values, as Op::kernel. Its inputs and
  // outputs stand in ebb_plugin.h, at EBB_KIND_OPTIMIZER.
  template <class F>
  Self& kernel(F f) {
    r_.f32 = [f](const Kernel& k) { f(k, float{}); };
    r_.f64 = [f](const Kernel& k) { f(k, double{}); };
    return self();
  }

 protected:
  // Throws where the lambda takes other numbers of states and settings than were said before it.
  void check(detail::Arity arity) const {
    if (arity.states == r_.states.size() && arity.settings == r_.inputs.size()) return;
    throw Failure(std::string(r_.op.name) + ": its lambda takes " + std::to_string(arity.states) +
                      " states and " + std::to_string(arity.settings) +
                      " settings, but its record has " + std::to_string(r_.states.size()) +
                      " and " + std::to_string(r_.inputs.size()),
                  "say states and settings first, and take states as `auto&`");
  }

 private:
  Self& self() { return static_cast<Self&>(*this); }
  ebb_input_def& add_setting(const char* name, const char* text, Interval domain) {
    ebb_input_def def{};
    def.size = sizeof def;
    def.name = name;
    def.dtype = EBB_REAL;
    def.domain = {domain.lower, domain.upper, detail::excluded(domain), 0, nullptr};
    def.doc = text;
    return r_.inputs.emplace_back(def);
  }
  detail::UpdateRecord& r_;
};

// The update of one parameter, element by element:
//
//   plugin.optimizer("heavy_ball")
//       .doc("...")
//       .state("v", "velocity")
//       .setting("eta", 0.01, "learning rate", positive)
//       .update([](auto& w, auto g, auto& v, auto eta) { w += v = 0.9 * v - eta * g; });
class Optimizer : public UpdateRule<Optimizer> {
 public:
  using UpdateRule::UpdateRule;
  // A captureless lambda of the parameter and the states, which it changes, the gradient and the
  // settings. States and settings are said before.
  template <class F>
  Optimizer& update(const F&) {
    static constexpr detail::Arity arity = detail::arity_of<F, double, 0, 0, double&, double>();
    check(arity);
    return kernel([]<class T>(const Kernel& k, T) {
      detail::update_elements<F, T>(k, std::make_index_sequence<arity.states>{},
                                    std::make_index_sequence<arity.settings>{});
    });
  }
};

// A learning rate that changes. The lambda gets the updates done, the epochs done, the last cost on
// the data block `validation` (NaN before there is one), the states, which it changes, and the
// settings:
//
//   plugin.schedule("halved").doc("...").setting("eta", 0.1, "the first rate").setting(...)
//       .rate([](std::int64_t step, std::int64_t epoch, auto last_validation, auto eta, auto every)
//             { return eta / (1 + floor(epoch / every)); });
class Schedule : public UpdateRule<Schedule> {
 public:
  using UpdateRule::UpdateRule;
  template <class F>
  Schedule& rate(const F&) {
    static constexpr detail::Arity arity =
        detail::arity_of<F, double, 0, 0, std::int64_t, std::int64_t, double>();
    check(arity);
    return kernel([]<class T>(const Kernel& k, T) {
      detail::next_rate<F, T>(k, std::make_index_sequence<arity.states>{},
                              std::make_index_sequence<arity.settings>{});
    });
  }
};

}  // namespace ebb::sdk
