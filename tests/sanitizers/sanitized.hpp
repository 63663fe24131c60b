// SPDX-License-Identifier: Apache-2.0
//
// Which sanitizer this program is built with. Instrumented code takes several times as long, up to
// a hundred where it does nothing but small calls, so what is repeated is repeated less there.

#pragma once

namespace reprise::test {

// Compilers tell it in two ways.
#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool address_sanitized = true;
#elif defined(__has_feature)
inline constexpr bool address_sanitized = __has_feature(address_sanitizer);
#else
inline constexpr bool address_sanitized = false;
#endif

#if defined(__SANITIZE_THREAD__)
inline constexpr bool thread_sanitized = true;
#elif defined(__has_feature)
inline constexpr bool thread_sanitized = __has_feature(thread_sanitizer);
#else
inline constexpr bool thread_sanitized = false;
#endif

inline constexpr bool sanitized = address_sanitized || thread_sanitized;

}  // namespace reprise::test
