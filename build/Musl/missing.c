// What Debian's builds of libstdc++, libgcc_s and OpenSSL ask of glibc and musl does not have: they are built for glibc, and there are none
// for musl. test-musl.sh runs .NET for musl with these and this file, compiled as glibc's loader, which they also ask for.
#include <locale.h>
#include <pthread.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <syslog.h>
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

// By this name libgcc_s tells whether there are threads.
int __pthread_key_create(pthread_key_t *key, void (*destroy)(void *)) { return pthread_key_create(key, destroy); }

// Not found: unwinding then walks through the loaded libraries.
int _dl_find_object(void *address, void *result) {
  (void)address, (void)result;
  return -1;
}

// Nobody here asks what the processor is.
struct { unsigned vendor, type, subtype, features; } __cpu_model;

int __cpu_indicator_init(void) { return 0; }

// Functions whose checks of sizes the compiler has asked for, without these checks.
void *__memcpy_chk(void *to, const void *from, size_t size, size_t room) { (void)room; return memcpy(to, from, size); }

void *__memset_chk(void *to, int value, size_t size, size_t room) { (void)room; return memset(to, value, size); }

char *__strcat_chk(char *to, const char *from, size_t room) { (void)room; return strcat(to, from); }

char *__strcpy_chk(char *to, const char *from, size_t room) { (void)room; return strcpy(to, from); }

long __fdelt_chk(long file) { return file / (8 * (long)sizeof(long)); }

int __vfprintf_chk(FILE *file, int flag, const char *format, va_list values) { (void)flag; return vfprintf(file, format, values); }

int __fprintf_chk(FILE *file, int flag, const char *format, ...) {
  va_list values;
  va_start(values, format);
  int written = __vfprintf_chk(file, flag, format, values);
  va_end(values);
  return written;
}

int __sprintf_chk(char *text, int flag, size_t room, const char *format, ...) {
  (void)flag;
  va_list values;
  va_start(values, format);
  int written = vsnprintf(text, room, format, values);
  va_end(values);
  return written;
}

void __syslog_chk(int priority, int flag, const char *format, ...) {
  (void)flag;
  va_list values;
  va_start(values, format);
  vsyslog(priority, format, values);
  va_end(values);
}

// OpenSSL's jobs in coroutines, which .NET does not use: they cannot be begun.
int getcontext(void *context) { (void)context; return -1; }

int setcontext(const void *context) { (void)context; return -1; }

void makecontext(void *context, void (*function)(void), int count, ...) { (void)context, (void)function, (void)count; }
