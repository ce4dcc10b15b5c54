// SPDX-License-Identifier: Apache-2.0
// Waiting on descriptors without a thread: one uv_poll each, in the event loop.
#include "bind.h"

#include <uv.h>

namespace {

/*
 * Waits until a descriptor is readable, once. The promise settles in uv_close's callback, not in
 * the poll callback: libuv takes a closed handle off its epoll set there, and a descriptor closed
 * before that loses events of others that get its number.
 */
class Poll : public Napi::ObjectWrap<Poll> {
public:
	static Napi::Function Class(Napi::Env env)
	{
		return DefineClass(env, "Poll", {
			InstanceMethod<&Poll::Ref>("ref"),
			InstanceMethod<&Poll::Unref>("unref"),
			InstanceAccessor<&Poll::Promise>("done"),
		});
	}

	// new Poll(fd: number): done resolves to undefined, or -errno
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
		handle_ = new uv_poll_t;
		int error = uv_poll_init(loop, handle_, fd);
		if (error < 0) {
			delete handle_;
			handle_ = nullptr;
			deferred_.Resolve(Napi::Number::New(info.Env(), error));
			return;
		}
		handle_->data = this;
		uv_poll_start(handle_, UV_READABLE | UV_DISCONNECT, OnReadable);
		this->ObjectWrap::Ref(); // alive until the handle is closed
	}

private:
	static void OnReadable(uv_poll_t *handle, int, int)
	{
		uv_poll_stop(handle);
		uv_close(reinterpret_cast<uv_handle_t *>(handle), OnClosed);
	}

	static void OnClosed(uv_handle_t *handle)
	{
		Poll *self = static_cast<Poll *>(handle->data);
		Napi::Env env = self->Env();
		Napi::HandleScope handles(env);
		Napi::CallbackScope callback(env, self->context_);

		self->handle_ = nullptr;
		delete reinterpret_cast<uv_poll_t *>(handle);
		self->deferred_.Resolve(env.Undefined());
		self->ObjectWrap::Unref();
	}

	void Ref(const Napi::CallbackInfo &)
	{
		if (handle_)
			uv_ref(reinterpret_cast<uv_handle_t *>(handle_));
	}

	void Unref(const Napi::CallbackInfo &)
	{
		if (handle_)
			uv_unref(reinterpret_cast<uv_handle_t *>(handle_));
	}

	Napi::Value Promise(const Napi::CallbackInfo &) { return promise_.Value(); }

	Napi::Promise::Deferred deferred_;
	Napi::AsyncContext context_;
	Napi::ObjectReference promise_;
	uv_poll_t *handle_ = nullptr;
};

} // namespace

void BindPoll(Napi::Env env, Napi::Object exports)
{
	exports["Poll"] = Poll::Class(env);
}
