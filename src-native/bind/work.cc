// SPDX-License-Identifier: Apache-2.0
/*
 * Our own threads, and one way back from them.
 *
 * libuv's are shared with files, DNS and cryptography, while a container is waited for. They are also
 * woken with their lock held, so that each is woken twice; and Node-API makes a resource, a context
 * and a scope for each work. Here one wake-up in the event loop is for all that is done by then.
 */
#include "../sys/sys.h"
#include "loop.h"
#include "work.h"

#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <system_error>

// As many as libuv has: more do not help, as most of what they do waits for the same locks of the kernel.
constexpr int kMostThreads = 4;

class Threads {
public:
	// For all environments. Never destroyed: its threads may still be there when the program ends.
	static Threads &All()
	{
		static Threads *all = Open();
		return *all;
	}

	void Add(Work *work)
	{
		bool more;

		{
			std::lock_guard<std::mutex> lock(mutex_);
			(last_ ? last_->next_ : first_) = work;
			last_ = work;
			waiting_++;
			more = waiting_ > idle_ && count_ < kMostThreads;
			count_ += more;
		}
		if (more)
			Start();
		else
			added_.notify_one();
	}

private:
	// What was begun is done before the program exits: a container is not cut off while it is made.
	static Threads *Open()
	{
		atexit([] { All().Finish(); });
		return new Threads;
	}

	void Finish()
	{
		std::unique_lock<std::mutex> lock(mutex_);

		idled_.wait(lock, [this] { return waiting_ == 0 && idle_ == count_; });
	}

	void Start()
	{
		pthread_t thread;
		int error = ctn_thread(&thread, nullptr, [](void *all) -> void * { static_cast<Threads *>(all)->Run(); }, this);

		if (error < 0)
			throw std::system_error(-error, std::generic_category(), "pthread_create");
		pthread_detach(thread);
	}

	[[noreturn]] void Run()
	{
		for (;;) {
			Work *work = Take();

			work->Execute();
			work->loop_->Finished(work);
		}
	}

	Work *Take()
	{
		std::unique_lock<std::mutex> lock(mutex_);

		if (++idle_ == count_)
			idled_.notify_all();
		added_.wait(lock, [this] { return first_ != nullptr; });
		idle_--;
		waiting_--;
		Work *work = first_;
		first_ = work->next_;
		if (!first_)
			last_ = nullptr;
		work->next_ = nullptr;
		return work;
	}

	std::mutex mutex_;
	std::condition_variable added_, idled_;
	Work *first_ = nullptr, *last_ = nullptr;
	int waiting_ = 0, idle_ = 0, count_ = 0;
};

Napi::Promise Work::Queue(Napi::Env env, Work *work)
{
	Napi::Promise promise = work->deferred_.Promise();

	work->loop_ = &Loop::Of(env);
	work->loop_->Begun();
	Threads::All().Add(work);
	return promise;
}

void Loop::Begun()
{
	if (works_++ == 0)
		uv_ref(reinterpret_cast<uv_handle_t *>(&finished_));
}

// On a thread.
void Loop::Finished(Work *work)
{
	sending_++; // With the last work the loop may go
	work->next_ = done_;
	while (!done_.compare_exchange_weak(work->next_, work))
		;
	uv_async_send(&finished_);
	sending_--;
}

void Loop::Settle(Napi::Env env, Work *work)
{
	try {
		work->deferred_.Resolve(work->Result(env));
	} catch (const Napi::Error &) {
		// An environment that is about to end calls nobody any more
	}
}

void Loop::OnFinished(uv_async_t *finished)
{
	Loop *loop = static_cast<Loop *>(finished->data);
	Work *work = loop->done_.exchange(nullptr);

	loop->Call([loop, work](Napi::Env env) {
		for (Work *at = work; at; at = at->next_)
			loop->Settle(env, at);
	});
	while (work) {
		Work *next = work->next_;

		delete work;
		work = next;
		loop->works_--;
	}
	if (loop->works_ == 0)
		uv_unref(reinterpret_cast<uv_handle_t *>(finished));
	if (loop->isEnding_)
		loop->CloseIfIdle();
}
