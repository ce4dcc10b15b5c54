// SPDX-License-Identifier: Apache-2.0
// Waiting on descriptors without a thread: one uv_poll each, in the event loop.
#include "bind.h"

#include <uv.h>

namespace {

/*
 * Waits until a descriptor is readable, once. The promise settles in uv_close's callback, not in
 * the poll callback: libuv takes a closed handle off its epoll set there, and a descriptor closed
 * before that loses events of others that get its number.
 *
 * When the environment ends (the program, or a worker thread) while somebody still waits, the
 * handle must be closed before the loop is, and nobody may be called any more.
 */
class Poll : public Napi::ObjectWrap<Poll> {
public:
	static Napi::Function Class(Napi::Env env)
	{
		return DefineClass(env, "Poll", {
			InstanceMethod<&Poll::Stop>("stop"),
			InstanceAccessor<&Poll::Promise>("done"),
		});
	}

	// new Poll(fd: number): done resolves to undefined, or -errno (-ECANCELED after stop())
	explicit Poll(const Napi::CallbackInfo &info)
	    : Napi::ObjectWrap<Poll>(info), deferred_(info.Env()), context_(info.Env(), "ctnative:poll")
	{
		Args args(info);
		uv_loop_t *loop = nullptr;

		int fd = args.Int(0);
		if (!args.Ok()) {
			args.Reject();
			return;
		}
		promise_ = Napi::Persistent(deferred_.Promise().As<Napi::Object>());
		napi_get_uv_event_loop(info.Env(), &loop);
		handle_ = new Handle{};
		int error = uv_poll_init(loop, &handle_->poll, fd);
		if (error < 0) {
			delete handle_;
			handle_ = nullptr;
			deferred_.Resolve(Napi::Number::New(info.Env(), error));
			return;
		}
		handle_->poll.data = handle_;
		handle_->owner = this;
		napi_add_async_cleanup_hook(info.Env(), OnEnvironmentEnd, handle_, &handle_->hook);
		uv_poll_start(&handle_->poll, UV_READABLE | UV_DISCONNECT | UV_PRIORITIZED, OnReadable);
		this->ObjectWrap::Ref(); // alive until the handle is closed
	}

private:
	// libuv's until its close callback, which may be later than the end of the Poll.
	struct Handle {
		uv_poll_t poll;
		Poll *owner; // nullptr once the environment ends
		napi_async_cleanup_hook_handle hook;
	};

	static void Close(Handle *handle)
	{
		uv_handle_t *base = reinterpret_cast<uv_handle_t *>(&handle->poll);

		uv_poll_stop(&handle->poll);
		if (!uv_is_closing(base))
			uv_close(base, OnClosed);
	}

	static void OnReadable(uv_poll_t *poll, int, int) { Close(static_cast<Handle *>(poll->data)); }

	static void OnEnvironmentEnd(napi_async_cleanup_hook_handle, void *data)
	{
		Handle *handle = static_cast<Handle *>(data);

		handle->owner = nullptr;
		Close(handle);
	}

	static void OnClosed(uv_handle_t *base)
	{
		Handle *handle = static_cast<Handle *>(base->data);
		Poll *owner = handle->owner;

		napi_remove_async_cleanup_hook(handle->hook);
		delete handle;
		if (owner)
			owner->Settle();
	}

	void Settle()
	{
		Napi::Env env = Env();
		Napi::HandleScope handles(env);
		Napi::CallbackScope callback(env, context_);

		handle_ = nullptr;
		try {
			deferred_.Resolve(env.Undefined());
		} catch (const Napi::Error &) {
			// Node closes its own handles before it tells us that the environment ends
		}
		this->ObjectWrap::Unref();
	}

	void Stop(const Napi::CallbackInfo &)
	{
		if (handle_ && !uv_is_closing(reinterpret_cast<uv_handle_t *>(&handle_->poll))) {
			stopped_ = true;
			Close(handle_);
		}
	}

	Napi::Value Promise(const Napi::CallbackInfo &) { return promise_.Value(); }

	Napi::Promise::Deferred deferred_;
	Napi::AsyncContext context_;
	Napi::ObjectReference promise_;
	Handle *handle_ = nullptr;
	bool stopped_ = false;
};

} // namespace

void BindPoll(Napi::Env env, Napi::Object exports)
{
	exports["Poll"] = Poll::Class(env);
}
