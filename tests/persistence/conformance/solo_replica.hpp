// SPDX-License-Identifier: Apache-2.0
//
// A replicated journal whose only replica agrees with itself: what is staged is written as it is,
// and committed once it is durable. So the journal's own part is tested without consensus.
//
// Threading: one thread drives; open() and close() are the test's.

#pragma once

#include "persistence/replicated_journal.hpp"

#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

namespace reprise::persistence {

class solo_replica final : public replica_listener {
 public:
  [[nodiscard]] static result<std::unique_ptr<solo_replica>> open(const store_options& options,
                                                                  metrics& measured,
                                                                  const base::clock& time);
  ~solo_replica() override { close(); }

  [[nodiscard]] replicated_journal& log() { return *journal_; }
  void close();

  void staged(partition_id partition) override;
  void written(partition_id partition, std::uint64_t number) override;
  void folded(partition_id partition, std::uint64_t index) override;
  void damaged(partition_id partition, const error& why) override;
  void storage_full(bool full) override;
  void storage_failed(const error& why) override;

 private:
  struct event {
    enum class kind { staged, written } what{};
    partition_id partition{};
    std::uint64_t index = 0;
  };

  explicit solo_replica(std::unique_ptr<replicated_journal> journal)
      : journal_(std::move(journal)) {}
  void begin();
  void run();
  void put(event what);
  void propose(partition_id partition);

  std::unique_ptr<replicated_journal> journal_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<event> events_;
  std::map<partition_id, bool> folded_;
  bool failed_ = false;
  bool closing_ = false;
  // Written and not confirmed, by partition and index.
  std::map<std::pair<partition_id, std::uint64_t>, bytes> flying_;
  std::thread thread_;
};

}  // namespace reprise::persistence
