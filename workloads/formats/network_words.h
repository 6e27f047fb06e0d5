// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include <snnvp/workloads/network/integer_network.h>

// Words of the format snn-network-v1, for reader and writer. The index of a word is the enumerator.
namespace snnvp {

inline const std::vector<std::string>& signal_words() {
  static const std::vector<std::string> words{"spikes", "int8", "int32"};
  return words;
}
inline const std::vector<std::string>& reset_words() {
  static const std::vector<std::string> words{"to_v_reset", "subtract"};
  return words;
}
inline const std::vector<std::string>& model_words() {
  static const std::vector<std::string> words{"lif", "li", "i", "cuba", "cuba_li"};
  return words;
}
inline const std::vector<std::string>& leak_words() {
  static const std::vector<std::string> words{"none", "multiply", "subtract"};
  return words;
}

inline const std::string& signal_word(Signal signal) { return signal_words()[static_cast<std::size_t>(signal)]; }
inline const std::string& reset_word(ResetRule reset) { return reset_words()[static_cast<std::size_t>(reset)]; }
inline const std::string& model_word(NeuronRecord::Model model) { return model_words()[static_cast<std::size_t>(model)]; }
inline const std::string& leak_word(NeuronRecord::Leak leak) { return leak_words()[static_cast<std::size_t>(leak)]; }

}  // namespace snnvp
