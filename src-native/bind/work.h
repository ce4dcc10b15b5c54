// SPDX-License-Identifier: Apache-2.0
// What takes its time and is done on a thread; a promise hears of it.
#pragma once

#include <napi.h>

class Loop;

class Work {
public:
	explicit Work(Napi::Env env) : deferred_(env) {}
	virtual ~Work() = default;

	// Takes over `work`, which is deleted in the event loop.
	static Napi::Promise Queue(Napi::Env env, Work *work);

	// On a thread.
	virtual void Execute() = 0;
	// In the event loop, afterwards: what the promise resolves to.
	virtual Napi::Value Result(Napi::Env env) = 0;

private:
	friend class Loop;
	friend class Threads;

	Napi::Promise::Deferred deferred_;
	Loop *loop_ = nullptr;
	Work *next_ = nullptr;
};
