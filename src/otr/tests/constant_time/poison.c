/* Loaded into a program that runs under valgrind's memcheck. What the program reads from its
 * standard input is secret: memcheck is told that it is undefined, follows everything that is
 * computed from it, and reports each branch and each address that depends on it. What the program
 * writes, anywhere, is public from then on. */
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include <valgrind/memcheck.h>

ssize_t read(int file, void *buffer, size_t size) {
    ssize_t count = syscall(SYS_read, file, buffer, size);
    if (file == STDIN_FILENO && count > 0) {
        VALGRIND_MAKE_MEM_UNDEFINED(buffer, count);
    }
    return count;
}

ssize_t write(int file, const void *buffer, size_t size) {
    VALGRIND_MAKE_MEM_DEFINED(buffer, size);
    return syscall(SYS_write, file, buffer, size);
}
