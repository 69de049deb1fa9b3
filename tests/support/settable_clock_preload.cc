// Loaded into a process with LD_PRELOAD, this gives it a wall clock that a test can set: the file
// that $SETTABLE_CLOCK names holds the offset from the real clock, in nanoseconds, as eight bytes of
// this machine's order. The monotonic clock, as everywhere, can't be set. A wait on the wall clock
// that has begun before it is set ends as if it hadn't been.
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
// No machine has been up for so long: a time beyond it is on the wall clock.
constexpr std::int64_t kLeastWallTime_s = 1'000'000'000;

const std::atomic<std::int64_t>* MapOffset() {
  const char* path = std::getenv("SETTABLE_CLOCK");
  const int file = path != nullptr ? open(path, O_RDONLY | O_CLOEXEC) : -1;
  if (file < 0) std::abort();
  void* mapped = mmap(nullptr, sizeof(std::int64_t), PROT_READ, MAP_SHARED, file, 0);
  close(file);
  if (mapped == MAP_FAILED) std::abort();
  return static_cast<const std::atomic<std::int64_t>*>(mapped);
}

std::int64_t Offset() {
  static const std::atomic<std::int64_t>* offset = MapOffset();
  return offset->load(std::memory_order_relaxed);
}

template <typename Function>
Function* Real(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

timespec Shifted(const timespec& time, std::int64_t by) {
  const std::int64_t nanos = time.tv_sec * kSecond + time.tv_nsec + by;
  return {nanos / kSecond, nanos % kSecond};
}

timespec WallNow() {
  static auto* real = Real<int(clockid_t, timespec*)>("clock_gettime");
  timespec now{};
  real(CLOCK_REALTIME, &now);
  return Shifted(now, Offset());
}

// A deadline on the set clock, on the real one.
timespec RealDeadline(const timespec& deadline) {
  return deadline.tv_sec < kLeastWallTime_s ? deadline : Shifted(deadline, -Offset());
}

}  // namespace

extern "C" {

int clock_gettime(clockid_t clock, timespec* time) noexcept {
  static auto* real = Real<int(clockid_t, timespec*)>("clock_gettime");
  if (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE) return real(clock, time);
  *time = WallNow();
  return 0;
}

int gettimeofday(timeval* __restrict time, void* __restrict) noexcept {
  const timespec now = WallNow();
  *time = {now.tv_sec, now.tv_nsec / 1000};
  return 0;
}

time_t time(time_t* time) noexcept {
  const timespec now = WallNow();
  if (time != nullptr) *time = now.tv_sec;
  return now.tv_sec;
}

int timespec_get(timespec* time, int base) noexcept {
  *time = WallNow();
  return base;
}

int pthread_cond_timedwait(pthread_cond_t* __restrict condition, pthread_mutex_t* __restrict mutex,
                           const timespec* __restrict deadline) {
  static auto* real =
      Real<int(pthread_cond_t*, pthread_mutex_t*, const timespec*)>("pthread_cond_timedwait");
  const timespec on_real_clock = RealDeadline(*deadline);
  return real(condition, mutex, &on_real_clock);
}

int cnd_timedwait(cnd_t* __restrict condition, mtx_t* __restrict mutex,
                  const timespec* __restrict deadline) {
  static auto* real = Real<int(cnd_t*, mtx_t*, const timespec*)>("cnd_timedwait");
  const timespec on_real_clock = RealDeadline(*deadline);
  return real(condition, mutex, &on_real_clock);
}

}  // extern "C"
