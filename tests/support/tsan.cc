// Tells ThreadSanitizer what it must know about the libraries that Waybill uses; linked into every
// test of a TSan build.
//
// The distribution's libraries are not instrumented: TSan sees their reads and writes through the
// functions that it intercepts, but not the atomics and futexes that order them. UnaryTest is
// excluded for that reason, because its data passes through gRPC's threads (CMakePresets.json).
#include <pthread.h>
#include <threads.h>

#include <cstdint>
#include <memory>

extern "C" const char* __tsan_default_suppressions() {
  return "called_from_lib:libgrpc.so\n"
         "called_from_lib:libabsl_graphcycles_internal.so\n"
         "called_from_lib:libabsl_random_internal_pool_urbg.so\n"
         "called_from_lib:libcpp-httplib.so\n"
         "called_from_lib:librdkafka.so\n";
}

// librdkafka starts its threads with C11 functions. TSan 12 doesn't intercept these, and crashes in
// a thread whose start it hasn't seen (github.com/google/sanitizers/issues/1115).
namespace {

struct Start {
  thrd_start_t function;
  void* argument;
};

void* Run(void* raw) {
  const std::unique_ptr<Start> start(static_cast<Start*>(raw));
  return reinterpret_cast<void*>(static_cast<std::intptr_t>(start->function(start->argument)));
}

}  // namespace

extern "C" int thrd_create(thrd_t* thread, thrd_start_t function, void* argument) {
  auto start = std::make_unique<Start>(Start{function, argument});
  if (pthread_create(thread, nullptr, &Run, start.get()) != 0) return thrd_error;
  start.release();
  return thrd_success;
}

extern "C" int thrd_join(thrd_t thread, int* result) {
  void* raw = nullptr;
  if (pthread_join(thread, &raw) != 0) return thrd_error;
  if (result != nullptr) *result = static_cast<int>(reinterpret_cast<std::intptr_t>(raw));
  return thrd_success;
}
