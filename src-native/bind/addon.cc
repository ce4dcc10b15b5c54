// SPDX-License-Identifier: Apache-2.0
// The addon: the functions of sys/, as ts/native/addon.ts types them.
#include "bind.h"
#include "loop.h"

#include "../ctn_wire_hash.gen.h"

static Napi::Object Init(Napi::Env env, Napi::Object exports)
{
	exports["wireHash"] = Napi::Number::New(env, CTN_WIRE_HASH);
	Loop::Open(env);
	BindBatch(env, exports);
	BindProcess(env, exports);
	BindSocket(env, exports);
	BindPoll(env, exports);
	return exports;
}

NODE_API_MODULE(NODE_GYP_MODULE_NAME, Init)
