// SPDX-License-Identifier: Apache-2.0
// What the event loop of one environment waits for on our behalf: works on threads, and ends of processes.
#pragma once

#include <atomic>
#include <map>
#include <napi.h>
#include <uv.h>
#include <vector>

class Work;

class Loop {
public:
	static void Open(Napi::Env env);
	static Loop &Of(Napi::Env env) { return *env.GetInstanceData<Loop>(); }

	void Begun();
	void Finished(Work *work);

	// Resolves to [code, signal], -1 for what is unknown, or to -errno.
	Napi::Promise WatchExit(int pidfd);
	// Whether the program lives on for it. Does not by itself.
	void KeepForExit(int pidfd, bool keeps);

private:
	struct Exit {
		std::vector<Napi::Promise::Deferred> promises;
		bool keeps = false;
		uint64_t order = 0; // of its watch
	};

	explicit Loop(Napi::Env env) : env_(env), context_(env, "ctnative") {}

	// Calls into JavaScript, unless the environment ends.
	template <typename Body> void Call(Body body)
	{
		if (isEnding_)
			return;
		Napi::Env env(env_);
		Napi::HandleScope handles(env);
		Napi::CallbackScope callback(env, context_);

		body(env);
	}

	void Settle(Napi::Env env, Work *work);
	void Over(Napi::Env env, int pidfd);
	void CloseIfIdle();
	static void Keep(Napi::Env, Loop *) {} // OnClosed deletes it
	static void OnFinished(uv_async_t *finished);
	static void OnExits(uv_poll_t *exits, int status, int events);
	static void OnEnvironmentEnd(napi_async_cleanup_hook_handle hook, void *data);
	static void OnClosed(uv_handle_t *handle);

	napi_env env_;
	Napi::AsyncContext context_;
	napi_async_cleanup_hook_handle hook_ = nullptr;
	bool isEnding_ = false;

	uv_async_t finished_;
	// Of the threads; without a lock, which the thread that is woken would wait for
	std::atomic<Work *> done_ = nullptr;
	std::atomic<int> sending_ = 0;
	int works_ = 0;

	int epoll_ = -1;
	uv_poll_t exits_;
	std::map<int, Exit> watched_;
	uint64_t watches_ = 0;
	int keeping_ = 0;
	int open_ = 2; // handles
};
