/* base/mem.h - allocation that cannot fail quietly, and ownership the compiler sees.
 *
 * An allocation that fails ends the process with a message: every input is bounded before memory
 * is taken for it, so a failure means the host is out of memory, and no caller could do better. */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Frees or closes a local variable when it goes out of scope. */
#define _cleanup_(func)  __attribute__((cleanup(func)))
#define _cleanup_free_   _cleanup_(mem_freep)
#define _cleanup_fd_     _cleanup_(mem_closep)
#define _cleanup_fclose_ _cleanup_(mem_fclosep)

/* Moves ownership out of a variable, leaving it empty for its cleanup. */
#define TAKE_PTR(ptr)                                                                              \
	({                                                                                         \
		__typeof__(ptr) *take_p_ = &(ptr);                                                 \
		__typeof__(ptr) take_v_ = *take_p_;                                                \
		*take_p_ = NULL;                                                                   \
		take_v_;                                                                           \
	})
#define TAKE_FD(fd)                                                                                \
	({                                                                                         \
		int *take_p_ = &(fd);                                                              \
		int take_v_ = *take_p_;                                                            \
		*take_p_ = -1;                                                                     \
		take_v_;                                                                           \
	})

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* Appends one zeroed element to a heap array and returns a pointer to it. */
#define MEM_APPEND(array, count)                                                                   \
	({                                                                                         \
		(array) = mem_grow((array), (count), sizeof(*(array)));                            \
		&(array)[(count)++];                                                               \
	})

/* Defines TYPE_freep(), the cleanup function that goes with a TYPE_free() taking NULL. */
#define MEM_DEFINE_FREEP(type, name)                                                               \
	static inline void name##_freep(type **p)                                                  \
	{                                                                                          \
		name##_free(*p);                                                                   \
	}

void *mem_alloc(size_t size) __attribute__((malloc, returns_nonnull, warn_unused_result));
void *mem_alloc_array(size_t count, size_t size)
	__attribute__((malloc, returns_nonnull, warn_unused_result));
/* Room for one more element behind `count`, zeroed; doubles at powers of two. */
void *mem_grow(void *array, size_t count, size_t size)
	__attribute__((returns_nonnull, warn_unused_result));
/* NULL gives NULL. */
char *mem_strdup(const char *text) __attribute__((warn_unused_result));
char *mem_strndup(const char *text, size_t len)
	__attribute__((malloc, returns_nonnull, warn_unused_result));
char *mem_printf(const char *format, ...)
	__attribute__((malloc, returns_nonnull, warn_unused_result, format(printf, 1, 2)));
/* Puts a copy of `text` in `*slot`, freeing what was there. */
void mem_replace(char **slot, const char *text) __attribute__((nonnull(1)));

static inline void mem_freep(void *p)
{
	free(*(void **)p);
}

static inline void mem_closep(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void mem_fclosep(FILE **file)
{
	if (*file)
		fclose(*file);
}

#endif
