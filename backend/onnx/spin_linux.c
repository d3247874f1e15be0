//go:build onnx && cgo

// Each session of ONNX Runtime has threads of its own, one a core, and they go on asking
// for work, without sleeping, for some 20 ms after a run. A photo goes through several
// networks one after the other: the threads of the last one would keep the cores from the
// next, and from Go. With the option that is set here they sleep when a run ends.
// compute-onnx has no way to set it, so the linker puts this function in the place of the
// one in which compute-onnx makes a session's options (-Wl,--wrap). If compute-onnx no
// longer has that function, this one is never called.

#include <stddef.h>

typedef void *(*options_fn)(void **options);
typedef void *(*entry_fn)(void *options, const char *key, const char *value);
typedef void (*release_fn)(void *options);

// Places in the table of functions OrtApi of ONNX Runtime's C API, which only ever grows
// at its end.
enum { CREATE_SESSION_OPTIONS = 10, RELEASE_SESSION_OPTIONS = 100, ADD_SESSION_CONFIG_ENTRY = 130 };

static int calls;

// pifr_onnx_calls is how many sessions' options were made here.
int pifr_onnx_calls(void) { return __atomic_load_n(&calls, __ATOMIC_RELAXED); }

void *__wrap_wrapper_CreateSessionOptions(const void *api, void **out);

void *__wrap_wrapper_CreateSessionOptions(const void *api, void **out) {
	void *const *table = api;
	void *status = ((options_fn)table[CREATE_SESSION_OPTIONS])(out);
	if (status != NULL)
		return status;
	status = ((entry_fn)table[ADD_SESSION_CONFIG_ENTRY])(*out, "session.force_spinning_stop", "1");
	if (status != NULL) {
		((release_fn)table[RELEASE_SESSION_OPTIONS])(*out);
		*out = NULL;
		return status;
	}
	__atomic_add_fetch(&calls, 1, __ATOMIC_RELAXED);
	return NULL;
}
