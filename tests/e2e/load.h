// Simulates customers who keep placing orders while faults occur.
#pragma once

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "tests/e2e/shop.h"

namespace waybill::e2e {

// Places `orders` orders at `per_second` from several threads: most can be fulfilled, one in ten
// has a declined card, one in ten wants the product "rare", and one in seven is cancelled at once.
// Every call is retried until it is answered, as Shop::Place does.
//
// The constructor starts the load; the destructor waits for its end.
class Load {
 public:
  // Adds the products to the catalog, with enough stock for any number of orders but none of
  // "rare". Call once per System, before its first load.
  static void Stock(const System& system);

  Load(const System& system, int orders, int per_second = 200);
  ~Load();
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  // The number of orders placed so far. Thread-safe.
  int placed() const { return placed_; }
  // Waits for all orders; returns their ids. Throws if a call failed permanently.
  std::vector<std::string> Finish();
  // Places no more; returns the ids of those that were placed. Throws as Finish does.
  std::vector<std::string> Stop();

 private:
  void Run();
  void PlaceOne(int number);

  Shop shop_;
  const int orders_;
  const int per_second_;
  const absl::Time begin_;
  std::atomic<int> next_{0};
  std::atomic<int> placed_{0};
  // ids_[i] and errors_[i] are written by the thread that places order i, and read after it has
  // ended.
  std::vector<std::string> ids_;
  std::vector<std::string> errors_;
  std::vector<std::thread> threads_;
};

}  // namespace waybill::e2e
