// SPDX-License-Identifier: Apache-2.0
// Processes: ctn-init's memfd, spawn on a thread, pidfds.
#include "bind.h"
#include "loop.h"
#include "work.h"

#include <cerrno>
#include <sys/ioctl.h>
#include <unistd.h>

namespace {

class SpawnWork : public Work {
public:
	SpawnWork(Napi::Env env, ctn_spawn_request request, std::vector<int> fds, Napi::Uint8Array plan,
		    Napi::Uint8Array before, Napi::Uint8Array after)
	    : Work(env), request_(request), fds_(std::move(fds)),
	      plan_(plan.Data(), plan.Data() + plan.ByteLength()), before_((before.ByteLength() + 7) / 8),
	      after_((after.ByteLength() + 7) / 8)
	{
		memcpy(before_.data(), before.Data(), before.ByteLength());
		memcpy(after_.data(), after.Data(), after.ByteLength());
		request_.before = before_.data();
		request_.before_size = before.ByteLength();
		request_.after = after_.data();
		request_.after_size = after.ByteLength();
		request_.plan = plan_.data();
		request_.plan_size = plan_.size();
		request_.fds = fds_.data();
		request_.fd_count = static_cast<uint32_t>(fds_.size());
	}

	void Execute() override { error_ = ctn_spawn(&request_, &spawned_, &failed_); }

	Napi::Value Result(Napi::Env env) override
	{
		if (error_ < 0 && failed_ != UINT32_MAX)
			return FailedOp(env, failed_, error_);
		if (error_ < 0)
			return Napi::Number::New(env, error_);
		Napi::Object child = Napi::Object::New(env);
		child["pid"] = spawned_.pid;
		child["pidfd"] = spawned_.pidfd;
		child["sync"] = spawned_.sync;
		child["startTime"] = Napi::Number::New(env, static_cast<double>(spawned_.start_time));
		child["stdio"] = spawned_.stdio;
		child["reached"] = static_cast<int>(spawned_.reached);
		if (spawned_.after_error < 0) {
			child["errno"] = spawned_.after_error;
			child["failed"] = spawned_.after_failed;
		}
		return child;
	}

private:
	ctn_spawn_request request_;
	std::vector<int> fds_;
	std::vector<uint8_t> plan_;
	std::vector<uint64_t> before_, after_; // 8-aligned, as the records ask for
	ctn_spawned spawned_ = {};
	uint32_t failed_ = UINT32_MAX;
	int error_ = 0;
};

// spawn(flags: bigint, exe: number, cgroup: number, cgroupOpened: number, fds: number[], plan: Uint8Array,
//   before: Uint8Array, after: Uint8Array, ahead: boolean, follow: boolean): Promise<{index: number; errno: number} |
//   {pid: number; pidfd: number; sync: number; startTime: number; stdio: string; reached: number} | -errno>
Napi::Value Spawn(const Napi::CallbackInfo &info)
{
	Args args(info);
	ctn_spawn_request request = {};

	request.flags = static_cast<uint64_t>(args.Big(0));
	request.exe = args.Int(1);
	request.cgroup = args.Int(2);
	request.cgroup_opened = args.Int(3);
	std::vector<int> fds = args.Ints(4);
	Napi::Uint8Array plan = args.Bytes(5);
	Napi::Uint8Array before = args.Bytes(6);
	Napi::Uint8Array after = args.Bytes(7);
	request.ahead = info[8].ToBoolean();
	request.follow = info[9].ToBoolean();

	if (!args.Ok())
		return args.Reject();
	return Work::Queue(info.Env(), new SpawnWork(info.Env(), request, std::move(fds), plan, before, after));
}

// memfdExecutable(bytes: Uint8Array): fd | -errno
Napi::Value MemfdExecutable(const Napi::CallbackInfo &info)
{
	Args args(info);
	Napi::Uint8Array bytes = args.Bytes(0);

	if (!args.Ok())
		return args.Reject();
	return args.Result(ctn_memfd_sealed("ctn-init", bytes.Data(), bytes.ByteLength(), 1));
}

// pidfdOpen(pid: number): fd | -errno
Napi::Value PidfdOpen(const Napi::CallbackInfo &info)
{
	Args args(info);
	int pid = args.Int(0);

	if (!args.Ok())
		return args.Reject();
	return args.Result(ctn_pidfd_open(pid));
}

// pidfdSendSignal(pidfd: number, signal: number): 0 | -errno
Napi::Value PidfdSendSignal(const Napi::CallbackInfo &info)
{
	Args args(info);
	int pidfd = args.Int(0);
	int signal = args.Int(1);

	if (!args.Ok())
		return args.Reject();
	return args.Result(ctn_pidfd_send_signal(pidfd, signal));
}

// reap(pidfd: number): [code, signal], -1 for what is unknown | -errno
Napi::Value Reap(const Napi::CallbackInfo &info)
{
	Args args(info);
	int pidfd = args.Int(0);
	int code, signal;

	if (!args.Ok())
		return args.Reject();
	int error = ctn_pidfd_reap(pidfd, &code, &signal);
	if (error < 0)
		return args.Result(error);
	return Pair(info.Env(), code, signal);
}

// watchExit(pidfd: number): Promise<as reap()>, when it has ended; before that it must not be closed
Napi::Value WatchExit(const Napi::CallbackInfo &info)
{
	Args args(info);
	int pidfd = args.Int(0);

	if (!args.Ok())
		return args.Reject();
	return Loop::Of(info.Env()).WatchExit(pidfd);
}

// keepForExit(pidfd: number, keeps: boolean): whether the program lives on for what watchExit() waits for
void KeepForExit(const Napi::CallbackInfo &info)
{
	Args args(info);
	int pidfd = args.Int(0);

	if (args.Ok())
		Loop::Of(info.Env()).KeepForExit(pidfd, info[1].ToBoolean());
	else
		args.Reject();
}

// setWindowSize(terminal: number, rows: number, columns: number): 0 | -errno
Napi::Value SetWindowSize(const Napi::CallbackInfo &info)
{
	Args args(info);
	int terminal = args.Int(0);
	struct winsize size = {};

	size.ws_row = static_cast<unsigned short>(args.Int(1));
	size.ws_col = static_cast<unsigned short>(args.Int(2));
	if (!args.Ok())
		return args.Reject();
	return args.Result(ioctl(terminal, TIOCSWINSZ, &size) < 0 ? -errno : 0);
}

} // namespace

void BindProcess(Napi::Env env, Napi::Object exports)
{
	exports["spawn"] = Napi::Function::New(env, Spawn, "spawn");
	exports["memfdExecutable"] = Napi::Function::New(env, MemfdExecutable, "memfdExecutable");
	exports["pidfdOpen"] = Napi::Function::New(env, PidfdOpen, "pidfdOpen");
	exports["pidfdSendSignal"] = Napi::Function::New(env, PidfdSendSignal, "pidfdSendSignal");
	exports["reap"] = Napi::Function::New(env, Reap, "reap");
	exports["watchExit"] = Napi::Function::New(env, WatchExit, "watchExit");
	exports["keepForExit"] = Napi::Function::New(env, KeepForExit, "keepForExit");
	exports["setWindowSize"] = Napi::Function::New(env, SetWindowSize, "setWindowSize");
}
