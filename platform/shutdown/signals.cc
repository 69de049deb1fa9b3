#include "platform/shutdown/signals.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>

namespace waybill::shutdown {
namespace {

std::atomic<bool> requested{false};

sigset_t AwaitedSignals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal_number : {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2}) {
    sigaddset(&set, signal_number);
  }
  return set;
}

}  // namespace

void BlockSignals() {
  const sigset_t set = AwaitedSignals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  signal(SIGPIPE, SIG_IGN);
}

int Wait(const std::function<void(int)>& on_other) {
  const sigset_t set = AwaitedSignals();
  while (true) {
    int signal_number = 0;
    if (sigwait(&set, &signal_number) != 0) continue;
    if (signal_number == SIGTERM || signal_number == SIGINT) return requested ? 0 : signal_number;
    on_other(signal_number);
  }
}

void Request() {
  requested = true;
  kill(getpid(), SIGTERM);
}

}  // namespace waybill::shutdown
