// SPDX-License-Identifier: Apache-2.0
/*
 * One uv_poll for the ends of all processes, on an epoll descriptor with their pidfds: for libuv a new process
 * is no new handle, and what it learns of an end is how it ended.
 *
 * When the environment ends (the program, or a worker thread) works go on to their end, as libuv's do: a container
 * is not cut off while it is made. Nobody is called any more then.
 */
#include "loop.h"
#include "bind.h"

#include <algorithm>
#include <cerrno>
#include <sched.h>
#include <sys/epoll.h>
#include <unistd.h>

void Loop::Open(Napi::Env env)
{
	Loop *loop = new Loop(env);
	uv_loop_t *uv = nullptr;

	napi_get_uv_event_loop(env, &uv);
	loop->epoll_ = epoll_create1(EPOLL_CLOEXEC);
	if (loop->epoll_ < 0 || uv_async_init(uv, &loop->finished_, OnFinished) < 0 ||
	    uv_poll_init(uv, &loop->exits_, loop->epoll_) < 0)
		Napi::Error::Fatal("ctnative", "no event loop: too many open files?");
	loop->finished_.data = loop->exits_.data = loop;
	uv_poll_start(&loop->exits_, UV_READABLE, OnExits);
	uv_unref(reinterpret_cast<uv_handle_t *>(&loop->finished_));
	uv_unref(reinterpret_cast<uv_handle_t *>(&loop->exits_));
	napi_add_async_cleanup_hook(env, OnEnvironmentEnd, loop, &loop->hook_);
	env.SetInstanceData<Loop, Keep>(loop);
}

Napi::Promise Loop::WatchExit(int pidfd)
{
	Napi::Promise::Deferred deferred(env_);
	epoll_event event = {};
	auto [at, isNew] = watched_.try_emplace(pidfd);

	event.events = EPOLLIN;
	event.data.fd = pidfd;
	if (isNew && epoll_ctl(epoll_, EPOLL_CTL_ADD, pidfd, &event) < 0) {
		deferred.Resolve(Napi::Number::New(env_, -errno));
		watched_.erase(at);
	} else {
		if (isNew)
			at->second.order = ++watches_;
		at->second.promises.push_back(deferred);
	}
	return deferred.Promise();
}

void Loop::KeepForExit(int pidfd, bool keeps)
{
	auto at = watched_.find(pidfd);

	if (at == watched_.end() || at->second.keeps == keeps)
		return;
	at->second.keeps = keeps;
	keeping_ += keeps ? 1 : -1;
	if (keeping_)
		uv_ref(reinterpret_cast<uv_handle_t *>(&exits_));
	else
		uv_unref(reinterpret_cast<uv_handle_t *>(&exits_));
}

void Loop::Over(Napi::Env env, int pidfd)
{
	int code, signal, error = ctn_pidfd_reap(pidfd, &code, &signal);

	KeepForExit(pidfd, false);
	auto found = watched_.extract(pidfd);
	try {
		Napi::Value outcome = error < 0 ? Napi::Value(Napi::Number::New(env, error)) : Pair(env, code, signal);
		for (Napi::Promise::Deferred &promise : found.mapped().promises)
			promise.Resolve(outcome);
	} catch (const Napi::Error &) {
		// An environment that is about to end calls nobody any more
	}
}

void Loop::OnExits(uv_poll_t *exits, int, int)
{
	Loop *loop = static_cast<Loop *>(exits->data);
	std::vector<int> over;
	epoll_event events[64];

	/*
	 * One process may have several pidfds here: how it ended is told once, to whoever started it and so came first. The
	 * kernel tells of them one by one, the newest first, and epoll_wait() may come in between. Taking one off waits for the
	 * lock under which that is done: behind it all of them are there.
	 */
	for (int count; (count = epoll_wait(loop->epoll_, events, 64, 0)) > 0;)
		for (int i = 0; i < count; i++) {
			epoll_ctl(loop->epoll_, EPOLL_CTL_DEL, events[i].data.fd, nullptr);
			over.push_back(events[i].data.fd);
		}
	std::sort(over.begin(), over.end(), [loop](int a, int b) { return loop->watched_.at(a).order < loop->watched_.at(b).order; });
	loop->Call([loop, &over](Napi::Env env) {
		for (int pidfd : over)
			loop->Over(env, pidfd);
	});
}

void Loop::OnEnvironmentEnd(napi_async_cleanup_hook_handle, void *data)
{
	Loop *loop = static_cast<Loop *>(data);

	loop->isEnding_ = true;
	uv_close(reinterpret_cast<uv_handle_t *>(&loop->exits_), OnClosed);
	loop->CloseIfIdle();
}

void Loop::CloseIfIdle()
{
	uv_handle_t *handle = reinterpret_cast<uv_handle_t *>(&finished_);

	if (works_ > 0 || uv_is_closing(handle))
		return;
	while (sending_ > 0) // the thread of the last one is about to let go
		sched_yield();
	uv_close(handle, OnClosed);
}

void Loop::OnClosed(uv_handle_t *handle)
{
	Loop *loop = static_cast<Loop *>(handle->data);

	if (--loop->open_ > 0)
		return;
	close(loop->epoll_);
	napi_remove_async_cleanup_hook(loop->hook_);
	delete loop;
}
