// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <snnvp/workloads/network/graph.h>

namespace snnvp::test {

/// Writes NIR files as the different writers in the world do, with the plain HDF5 library.
class NirWriter {
public:
  enum class Number { f32, f64, i64 };
  struct Style {
    Number number = Number::f64;
    bool gzip = false;           ///< chunked and compressed; else contiguous
    bool fixed_strings = false;  ///< fixed-length instead of variable-length
  };

  explicit NirWriter(const std::string& file) : NirWriter(file, Style()) {}
  NirWriter(const std::string& file, Style style, bool with_version = true);
  ~NirWriter();
  NirWriter(const NirWriter&) = delete;
  NirWriter& operator=(const NirWriter&) = delete;

  Style style;

  /// Datasets by full path; groups on the way are made. An empty shape is a scalar.
  void numbers(const std::string& path, const Shape& shape, const std::vector<double>& values);
  void numbers(const std::string& path, const Shape& shape, const std::vector<double>& values, Number type);
  void scalar(const std::string& path, double value, Number type = Number::f64) { numbers(path, {}, {value}, type); }
  void booleans(const std::string& path, const Shape& shape, const std::vector<std::uint8_t>& values);
  void text(const std::string& path, const std::string& value) { texts(path, {}, {value}); }
  void texts(const std::string& path, const Shape& shape, const std::vector<std::string>& values);
  void group(const std::string& path);
  void text_attribute(const std::string& path, const std::string& name, const std::string& value);
  void number_attribute(const std::string& path, const std::string& name, double value, Number type = Number::f64);

  /// `type` and `edges` of a graph group; an empty list becomes what numpy makes of it, float64 of shape (0).
  void graph(const std::string& path, const std::vector<std::pair<std::string, std::string>>& edges);

  // Nodes of the graph at `/node`, or at the path given in front of the name. Parameters are arrays of one value per neuron.
  void input(const std::string& name, const Shape& shape);
  void output(const std::string& name, const Shape& shape);
  void linear(const std::string& name, const Shape& shape, const std::vector<double>& weight);
  void affine(const std::string& name, const Shape& shape, const std::vector<double>& weight, const std::vector<double>& bias);
  void lif(const std::string& name, const Shape& shape, double tau, double r, double v_threshold, double v_leak = 0);
  void param_node(const std::string& name, const std::string& type, const Shape& shape,
                  const std::vector<std::pair<std::string, double>>& params);
  struct Conv {
    std::vector<double> stride{1, 1}, padding{0, 0}, dilation{1, 1};
    double groups = 1;
    Shape input_shape;
    std::string padding_word;
  };
  void conv(const std::string& name, const Shape& shape, const std::vector<double>& weight, const std::vector<double>& bias,
            const Conv& options);
  void pool(const std::string& name, const std::string& type, double kernel, double stride);

  /// Where nodes go: /node/nodes by default.
  std::string nodes = "/node/nodes/";

  /// Handle of the file, for what only damaged or hostile files have.
  std::int64_t id() const { return file_; }

private:
  std::int64_t file_;
};

}  // namespace snnvp::test
