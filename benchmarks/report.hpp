// SPDX-License-Identifier: Apache-2.0
//
// How benchmarks say what they measured.

#pragma once

#include <string_view>

namespace reprise::benchmarks {

/// One line on standard output, at once: {"name", "value", "unit", "floor", "ratio"}. `floor` is
/// what the machine itself does, in the same unit and measured in the same run; the ratio is value
/// by floor.
void print(std::string_view name, double value, std::string_view unit, double floor);
/// For figures that have no floor: both are null.
void print(std::string_view name, double value, std::string_view unit);

}  // namespace reprise::benchmarks
