/* SPDX-License-Identifier: Apache-2.0
 *
 * A disk that takes long: loaded before the C library, it makes each sync of a process last
 * 200 ms longer. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stddef.h>
#include <time.h>
#include <unistd.h>

static void take_long(void) {
  const struct timespec time = {.tv_sec = 0, .tv_nsec = 200000000};
  nanosleep(&time, NULL);
}

static int sync_as(const char* name, int file) {
  int (*call)(int) = NULL;
  *(void**)&call = dlsym(RTLD_NEXT, name);
  take_long();
  return call(file);
}

int fdatasync(int file) { return sync_as("fdatasync", file); }
int fsync(int file) { return sync_as("fsync", file); }
