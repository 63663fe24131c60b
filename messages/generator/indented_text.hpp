// SPDX-License-Identifier: Apache-2.0
//
// Text of a source file, built line by line.

#pragma once

#include <string>
#include <string_view>

namespace reprise::generator {

class indented_text {
 public:
  /// An empty line gets no indentation.
  void line(std::string_view text = {}) {
    if (!text.empty()) text_.append(2 * depth_, ' ').append(text);
    text_ += '\n';
  }
  void open(std::string_view text) {
    line(text);
    ++depth_;
  }
  void close(std::string_view text) {
    --depth_;
    line(text);
  }
  /// Ends a block with a line that still belongs to it.
  void close_indent(std::string_view text) {
    line(text);
    --depth_;
  }
  /// `///` lines; nothing for an empty comment.
  void comment(std::string_view text) {
    while (!text.empty()) {
      const std::size_t end = text.find('\n');
      const std::string_view one = text.substr(0, end);
      line("///" + (one.empty() ? std::string() : " " + std::string(one)));
      text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    }
  }

  [[nodiscard]] const std::string& str() const { return text_; }

 private:
  std::string text_;
  std::size_t depth_ = 0;
};

}  // namespace reprise::generator
