// SPDX-License-Identifier: Apache-2.0
// Descriptors and packets; none of these calls waits.
#include "bind.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

Napi::Value PairOr(Napi::Env env, int error, const int fds[2])
{
	return error < 0 ? Napi::Value(Napi::Number::New(env, error)) : Pair(env, fds[0], fds[1]);
}

// socketpair(isStream?: boolean): [number, number] | -errno; SEQPACKET unless it is to be a stream
Napi::Value Socketpair(const Napi::CallbackInfo &info)
{
	int fds[2];
	int error = ctn_socketpair(info[0].ToBoolean() ? SOCK_STREAM : SOCK_SEQPACKET, fds);

	return PairOr(info.Env(), error, fds);
}

// pipe(): [read: number, write: number] | -errno
Napi::Value Pipe(const Napi::CallbackInfo &info)
{
	int fds[2];
	int error = pipe2(fds, O_CLOEXEC) < 0 ? -errno : 0;

	return PairOr(info.Env(), error, fds);
}

// close(fd: number): 0 | -errno
Napi::Value Close(const Napi::CallbackInfo &info)
{
	Args args(info);
	int fd = args.Int(0);

	if (!args.Ok())
		return args.Reject();
	return args.Result(close(fd) < 0 ? -errno : 0);
}

// connect(directory: string, name: string): fd | -errno
Napi::Value Connect(const Napi::CallbackInfo &info)
{
	Args args(info);
	std::string directory = args.Text(0);
	std::string name = args.Text(1);

	if (!args.Ok())
		return args.Reject();
	return args.Result(ctn_connect(directory.c_str(), name.c_str()));
}

// receive(socket: number): {data: Uint8Array; fds: number[]} | -errno
Napi::Value Receive(const Napi::CallbackInfo &info)
{
	Args args(info);
	int socket = args.Int(0);
	int fds[CTN_PACKET_FDS], fd_count = 0;
	void *bytes = nullptr;

	if (!args.Ok())
		return args.Reject();
	ssize_t size = ctn_receive(socket, &bytes, fds, &fd_count);
	if (size < 0)
		return args.Result(size);
	Napi::Object packet = Napi::Object::New(info.Env());
	Napi::Uint8Array data = Napi::Uint8Array::New(info.Env(), size);
	memcpy(data.Data(), bytes, size);
	free(bytes);
	Napi::Array list = Napi::Array::New(info.Env(), fd_count);
	for (int i = 0; i < fd_count; i++)
		list[i] = fds[i];
	packet["data"] = data;
	packet["fds"] = list;
	return packet;
}

// send(socket: number, data: Uint8Array, fds: number[]): 0 | -errno
Napi::Value Send(const Napi::CallbackInfo &info)
{
	Args args(info);
	int socket = args.Int(0);
	Napi::Uint8Array data = args.Bytes(1);
	std::vector<int> fds = args.Ints(2);

	if (!args.Ok())
		return args.Reject();
	return args.Result(ctn_send(socket, data.Data(), data.ByteLength(), fds.data(), static_cast<int>(fds.size())));
}

} // namespace

void BindSocket(Napi::Env env, Napi::Object exports)
{
	exports["socketpair"] = Napi::Function::New(env, Socketpair, "socketpair");
	exports["pipe"] = Napi::Function::New(env, Pipe, "pipe");
	exports["close"] = Napi::Function::New(env, Close, "close");
	exports["connect"] = Napi::Function::New(env, Connect, "connect");
	exports["receive"] = Napi::Function::New(env, Receive, "receive");
	exports["send"] = Napi::Function::New(env, Send, "send");
}
