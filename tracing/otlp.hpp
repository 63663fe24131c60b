// SPDX-License-Identifier: Apache-2.0
//
// Spans as OTLP/JSON: what a collector of OpenTelemetry reads from a file, one request a line.
//
// Threading: pure functions.

#pragma once

#include <reprise/trace.hpp>

#include <span>
#include <string>

namespace reprise::tracing {

/// One ExportTraceServiceRequest with all of them, without the end of the line. Text that is no
/// UTF-8 has U+FFFD in its place.
[[nodiscard]] std::string otlp_line(std::span<const trace_span> spans);

}  // namespace reprise::tracing
