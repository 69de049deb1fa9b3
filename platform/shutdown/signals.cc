#include "platform/shutdown/signals.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>

namespace waybill::shutdown {
namespace {

std::atomic<bool> requested{false};

sigset_t EndingSignals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  return set;
}

}  // namespace

void BlockSignals() {
  const sigset_t set = EndingSignals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  signal(SIGPIPE, SIG_IGN);
}

int Wait() {
  const sigset_t set = EndingSignals();
  int signal_number = 0;
  while (sigwait(&set, &signal_number) != 0) {
  }
  return requested ? 0 : signal_number;
}

void Request() {
  requested = true;
  kill(getpid(), SIGTERM);
}

}  // namespace waybill::shutdown
