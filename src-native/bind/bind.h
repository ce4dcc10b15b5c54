// SPDX-License-Identifier: Apache-2.0
// What every binding shares: arguments are read and checked once here, and a result is a number.
#pragma once

#include <napi.h>

#include "../sys/sys.h"

// Reads typed arguments; one of the wrong type makes Ok() false, and the binding throws.
class Args {
public:
	explicit Args(const Napi::CallbackInfo &info) : info_(info) {}

	int Int(size_t index)
	{
		if (index >= info_.Length() || !info_[index].IsNumber())
			return Wrong(index);
		return info_[index].As<Napi::Number>().Int32Value();
	}

	int64_t Big(size_t index)
	{
		bool lossless = false;
		int64_t value = 0;

		if (index < info_.Length() && info_[index].IsBigInt())
			value = info_[index].As<Napi::BigInt>().Int64Value(&lossless);
		return lossless ? value : Wrong(index);
	}

	std::string Text(size_t index)
	{
		if (index < info_.Length() && info_[index].IsString())
			return info_[index].As<Napi::String>().Utf8Value();
		Wrong(index);
		return {};
	}

	// The bytes are JavaScript's: whoever works on another thread copies them.
	Napi::Uint8Array Bytes(size_t index)
	{
		if (index < info_.Length() && info_[index].IsTypedArray() &&
		    info_[index].As<Napi::TypedArray>().TypedArrayType() == napi_uint8_array)
			return info_[index].As<Napi::Uint8Array>();
		Wrong(index);
		return Napi::Uint8Array::New(info_.Env(), 0);
	}

	std::vector<int> Ints(size_t index)
	{
		std::vector<int> values;

		if (index >= info_.Length() || !info_[index].IsArray()) {
			Wrong(index);
			return values;
		}
		Napi::Array array = info_[index].As<Napi::Array>();
		for (uint32_t i = 0; i < array.Length(); i++) {
			Napi::Value value = array[i];
			if (!value.IsNumber())
				Wrong(index);
			else
				values.push_back(value.As<Napi::Number>().Int32Value());
		}
		return values;
	}

	bool Ok() const { return wrong_ < 0; }

	Napi::Value Reject() const
	{
		Napi::TypeError::New(info_.Env(), "argument " + std::to_string(wrong_) + " has the wrong type")
			.ThrowAsJavaScriptException();
		return info_.Env().Undefined();
	}

	Napi::Value Result(int64_t value) const { return Napi::Number::New(info_.Env(), value); }

private:
	int Wrong(size_t index)
	{
		wrong_ = static_cast<int>(index);
		return -1;
	}

	const Napi::CallbackInfo &info_;
	int wrong_ = -1;
};

inline Napi::Value Pair(Napi::Env env, int first, int second)
{
	Napi::Array pair = Napi::Array::New(env, 2);

	pair[0u] = first;
	pair[1u] = second;
	return pair;
}

// Which op of a batch failed.
inline Napi::Value FailedOp(Napi::Env env, uint32_t index, int error)
{
	Napi::Object failure = Napi::Object::New(env);

	failure["index"] = index;
	failure["errno"] = error;
	return failure;
}

void BindBatch(Napi::Env env, Napi::Object exports);
void BindProcess(Napi::Env env, Napi::Object exports);
void BindSocket(Napi::Env env, Napi::Object exports);
void BindPoll(Napi::Env env, Napi::Object exports);
