// SPDX-License-Identifier: Apache-2.0
//
// The ids of annotations, as the schemas that declare them give them: include/reprise/schema.capnp
// and Cap'n Proto's own /capnp/c++.capnp.

#pragma once

#include <cstdint>

namespace reprise::annotations {

inline constexpr std::uint64_t name_space = 0x823091f7a33eece4U;
inline constexpr std::uint64_t aggregate = 0xba0bfbb91bf580ffU;
inline constexpr std::uint64_t readonly = 0xdee9d7b2e20e6da5U;
inline constexpr std::uint64_t tag = 0x92a4c19758ae8500U;
inline constexpr std::uint64_t personal = 0xe17d9c6a46a56290U;
/// The names that a member had before.
inline constexpr std::uint64_t renamed = 0xeacaabe61e891c1eU;

inline constexpr std::uint64_t cxx_namespace = 0xb9c6f99ebf805f2cU;
inline constexpr std::uint64_t cxx_name = 0xf264a779fef191ceU;

}  // namespace reprise::annotations
