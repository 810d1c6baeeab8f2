// What glibc's builds of libstdc++ and libgcc_s ask of glibc and musl does not have. Debian has none that are built for musl; test-musl.sh
// runs .NET for musl with these two and this file, compiled as the loader's own library, which they also ask for.
#include <locale.h>
#include <stddef.h>
#include <sys/random.h>
#include <time.h>

// 0: there may be several threads.
char __libc_single_threaded = 0;

unsigned arc4random(void) {
  unsigned value = 0;
  getrandom(&value, sizeof value, 0);
  return value;
}

size_t __strftime_l(char *text, size_t size, const char *format, const struct tm *time, locale_t locale) {
  return strftime_l(text, size, format, time, locale);
}

// Nothing is destroyed when a thread ends: a program under test may leave some memory behind.
int __cxa_thread_atexit_impl(void (*destroy)(void *), void *object, void *library) {
  (void)destroy, (void)object, (void)library;
  return 0;
}

// Not found: unwinding then walks through the loaded libraries.
int _dl_find_object(void *address, void *result) {
  (void)address, (void)result;
  return -1;
}

// Nobody here asks what the processor is.
struct { unsigned vendor, type, subtype, features; } __cpu_model;

int __cpu_indicator_init(void) { return 0; }
