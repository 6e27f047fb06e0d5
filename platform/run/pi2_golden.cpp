// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/run/pi2_golden.h>

#include <algorithm>
#include <cmath>

namespace snnvp {
namespace {

double positive(double v) { return std::max(v, 0.0); }

struct Delays {
  double plus, minus;
};

Delays delays(const std::string& code, double w) {
  if (code == "offset3") return {positive(3 + w), positive(3 - w)};
  if (code == "temp_half") return {positive(3 + w) / 2, positive(3 - w) / 2};
  return {positive(w), positive(-w)};
}

double mean_of_smallest(std::vector<double>& values, std::size_t k) {
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(k - 1), values.end());
  double sum = 0;
  for (std::size_t i = 0; i < k; ++i) sum += values[i];
  return sum / static_cast<double>(k);
}

}  // namespace

std::vector<double> effective_weights(const Pi2LayerRequest& r, double gain) {
  std::vector<double> weights;
  const double factor = r.has_gain ? 1 : gain;
  if (!r.levels.empty()) {
    for (const std::int16_t level : r.levels) weights.push_back(level * (r.unit * factor));
    return weights;
  }
  if (r.weight_bits == 0) {
    for (const double w : r.weights) weights.push_back(w * factor);
    return weights;
  }
  double largest = 0;
  for (const double w : r.weights) largest = std::max(largest, std::fabs(w));
  const double scale = largest > 0 ? ((1 << (r.weight_bits - 1)) - 1) / largest : 1;
  for (const double w : r.weights) weights.push_back(std::nearbyint(w * scale) * (1 / scale * factor));
  return weights;
}

std::vector<double> pi2_closed_form(const Pi2GoldenLayer& layer, const std::string& code, int sign, const std::vector<double>& x,
                                    bool raw) {
  const Pi2LayerRequest& r = layer.request;
  const int kernel = r.is_conv ? static_cast<int>(r.kernel) : 1;
  const int height = r.is_conv ? static_cast<int>(r.in_height) : 1, width = r.is_conv ? static_cast<int>(r.in_width) : 1;
  const int channels = r.is_conv ? static_cast<int>(r.in_channels) : static_cast<int>(r.in_channels * r.in_height * r.in_width);
  const int stride = static_cast<int>(r.stride), padding = r.is_conv ? static_cast<int>(r.padding) : 0;
  const int rows = (height + 2 * padding - kernel) / stride + 1, columns = (width + 2 * padding - kernel) / stride + 1;
  const std::size_t outputs = r.out_channels, pixels = static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns);
  std::vector<double> values(outputs * pixels), taps, plus, minus;
  for (int row = 0; row < rows; ++row)
    for (int column = 0; column < columns; ++column) {
      taps.clear();
      for (int c = 0; c < channels; ++c)
        for (int ky = 0; ky < kernel; ++ky)
          for (int kx = 0; kx < kernel; ++kx) {
            const int y = row * stride + ky - padding, z = column * stride + kx - padding;
            const bool is_inside = y >= 0 && z >= 0 && y < height && z < width;
            taps.push_back(is_inside ? x[static_cast<std::size_t>((c * height + y) * width + z)] : 0);
          }
      for (std::size_t o = 0; o < outputs; ++o) {
        plus.clear(), minus.clear();
        for (std::size_t t = 0; t < taps.size(); ++t) {
          const double early = positive(layer.offset_in - taps[t]), late = positive(layer.offset_in + taps[t]);
          const Delays d = delays(code, layer.weights[t * outputs + o]);
          plus.push_back(late + d.plus), plus.push_back(early + d.minus);
          minus.push_back(late + d.minus), minus.push_back(early + d.plus);
        }
        const double difference = sign * (mean_of_smallest(minus, r.k) - mean_of_smallest(plus, r.k));
        const std::size_t at = o * pixels + static_cast<std::size_t>(row * columns + column);
        values[at] = raw ? difference : r.scale_d.value_or(1) * (r.rectify ? positive(difference) : difference);
      }
    }
  return values;
}

}  // namespace snnvp
