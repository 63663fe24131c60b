// SPDX-License-Identifier: Apache-2.0
#include "cluster/certificates.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <set>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace reprise::cluster {
namespace {

constexpr mode_t for_all = 0644;
constexpr mode_t for_owner = 0600;

error failed(const std::string& path, int why) {
  return {why == EEXIST ? errc::invalid_argument : errc::io_error,
          "cannot write " + path + ": " + std::strerror(why)};
}

result<void> write_new(const std::string& path, mode_t mode, std::string_view text) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (fd < 0) return failed(path, errno);
  int why = 0;
  while (why == 0 && !text.empty()) {
    const auto written = ::write(fd, text.data(), text.size());
    if (written < 0) {
      why = errno;
    } else {
      text.remove_prefix(static_cast<std::size_t>(written));
    }
  }
  if (why == 0 && ::fsync(fd) != 0) why = errno;
  ::close(fd);
  if (why != 0) return failed(path, why);
  return {};
}

std::string path_in(const std::string& directory, const std::string& name, const char* suffix) {
  return (std::filesystem::path(directory) / (name + suffix)).string();
}

}  // namespace

result<void> write_certificate(const std::string& directory, const std::string& name,
                               const certificate_pair& pair) {
  if (auto key = write_new(path_in(directory, name, ".key"), for_owner, pair.key); !key) {
    return key;
  }
  return write_new(path_in(directory, name, ".crt"), for_all, pair.certificate);
}

}  // namespace reprise::cluster

namespace reprise {
namespace {

constexpr std::chrono::days authority_valid{10 * 366};
// A node whose clock is a little behind must not refuse what was made a moment ago.
constexpr std::chrono::hours clocks_differ{1};
constexpr const char* authority_name = "ca";
constexpr const char* client_name = "client";

result<void> check(const certificate_plan& plan) {
  if (plan.valid.count() < 1) {
    return error{errc::invalid_argument, "certificates are valid for at least one day"};
  }
  std::set<std::string> names{authority_name, client_name};
  for (const std::string& node : plan.nodes) {
    if (!names.insert(node).second) {
      return error{errc::invalid_argument,
                   "no node can be named \"" + node + "\": the name is reserved or stands twice"};
    }
  }
  return {};
}

result<void> prepare(const std::string& directory, const std::vector<std::string>& files) {
  std::error_code why;
  std::filesystem::create_directories(directory, why);
  if (why) return error{errc::io_error, "cannot make " + directory + ": " + why.message()};
  for (const std::string& file : files) {
    if (std::filesystem::exists(file, why)) {
      return error{errc::invalid_argument, file + " is there already; nothing was written"};
    }
  }
  return {};
}

}  // namespace

result<std::vector<std::string>> make_certificates(const std::string& directory,
                                                   const certificate_plan& plan) {
  if (const auto fine = check(plan); !fine) return fine.error();
  const auto now =
      std::chrono::time_point_cast<std::chrono::seconds>(std::chrono::system_clock::now());
  const cluster::validity of_nodes{.from = now - clocks_differ, .until = now + plan.valid};
  const cluster::validity of_authority{.from = now - clocks_differ,
                                       .until = now + std::max(authority_valid, plan.valid)};

  const auto authority =
      cluster::certificate_authority::make("reprise cluster authority", of_authority);
  if (!authority) return authority.error();
  std::vector<std::pair<std::string, cluster::certificate_pair>> made{
      {authority_name, authority->own()}};
  for (const std::string& node : plan.nodes) {
    auto pair = authority->issue(node, cluster::certificate_use::node, of_nodes);
    if (!pair) return pair.error();
    made.emplace_back(node, std::move(*pair));
  }
  auto client = authority->issue(client_name, cluster::certificate_use::client, of_nodes);
  if (!client) return client.error();
  made.emplace_back(client_name, std::move(*client));

  std::vector<std::string> files;
  for (const auto& each : made) {
    files.push_back(cluster::path_in(directory, each.first, ".crt"));
    files.push_back(cluster::path_in(directory, each.first, ".key"));
  }
  if (const auto ready = prepare(directory, files); !ready) return ready.error();
  for (const auto& each : made) {
    const auto written = cluster::write_certificate(directory, each.first, each.second);
    if (!written) return written.error();
  }
  return files;
}

}  // namespace reprise
