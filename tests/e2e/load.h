// Customers who keep placing orders while things break.
#pragma once

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "tests/e2e/shop.h"

namespace waybill::e2e {

// Places `orders` orders at `per_second` from several threads: most can be fulfilled, one in ten
// has a declined card, one in ten wants the product "rare", one in seven is cancelled at once.
// Every call is repeated until it is answered, as Shop::Place does.
//
// Begins in the constructor; the destructor waits for the end.
class Load {
 public:
  // Puts what any number of orders wants into the catalog and the stock, and none of "rare". Once
  // a System, before its first load.
  static void Stock(const System& system);

  Load(const System& system, int orders, int per_second = 200);
  ~Load();
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  // Orders that have been answered for so far. Any thread.
  int placed() const { return placed_; }
  // Waits for all of them. Throws what a call threw in the end.
  std::vector<std::string> Finish();

 private:
  void Run();
  void PlaceOne(int number);

  Shop shop_;
  const int orders_;
  const int per_second_;
  const absl::Time begin_;
  std::atomic<int> next_{0};
  std::atomic<int> placed_{0};
  // ids_[i] and errors_[i] are written by the thread that took order i, and read after its end.
  std::vector<std::string> ids_;
  std::vector<std::string> errors_;
  std::vector<std::thread> threads_;
};

}  // namespace waybill::e2e
