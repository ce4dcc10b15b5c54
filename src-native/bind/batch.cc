// SPDX-License-Identifier: Apache-2.0
// A host batch on a libuv worker.
#include "bind.h"

#include <cerrno>

namespace {

// Resolves to an array of numbers and Uint8Arrays, or to [failed index, -errno] as a plain object.
class BatchWorker : public Napi::AsyncWorker {
public:
	BatchWorker(Napi::Env env, Napi::Uint8Array list)
	    : Napi::AsyncWorker(env, "ctnative:batch"), deferred_(env),
	      list_((list.ByteLength() + 7) / 8), size_(list.ByteLength())
	{
		memcpy(list_.data(), list.Data(), size_);
		if (size_ >= sizeof(ctn_list_head))
			results_.resize(reinterpret_cast<const ctn_list_head *>(list_.data())->op_count);
	}

	~BatchWorker() override
	{
		for (ctn_result &result : results_)
			ctn_result_free(&result);
	}

	void Execute() override { error_ = ctn_batch_run(list_.data(), size_, results_.data(), &failed_); }

	void OnOK() override
	{
		Napi::Env env = Env();
		Napi::HandleScope scope(env);

		if (error_ < 0) {
			Napi::Object failure = Napi::Object::New(env);
			failure["index"] = failed_;
			failure["errno"] = error_;
			deferred_.Resolve(failure);
			return;
		}
		Napi::Array values = Napi::Array::New(env, results_.size());
		for (uint32_t i = 0; i < results_.size(); i++)
			values[i] = Value(env, results_[i]);
		deferred_.Resolve(values);
	}

	Napi::Promise Promise() { return deferred_.Promise(); }

private:
	static Napi::Value Value(Napi::Env env, const ctn_result &result)
	{
		if (result.value < 0 || !result.bytes)
			return Napi::Number::New(env, result.value);
		Napi::Uint8Array bytes = Napi::Uint8Array::New(env, result.length);
		memcpy(bytes.Data(), result.bytes, result.length);
		return bytes;
	}

	Napi::Promise::Deferred deferred_;
	std::vector<uint64_t> list_; // 8-aligned, as the records ask for
	size_t size_;
	std::vector<ctn_result> results_;
	uint32_t failed_ = 0;
	int error_ = 0;
};

// batch(list: Uint8Array): Promise<Array<number | Uint8Array> | {index: number; errno: number}>
Napi::Value Batch(const Napi::CallbackInfo &info)
{
	Args args(info);
	Napi::Uint8Array list = args.Bytes(0);

	if (!args.Ok())
		return args.Reject();
	// The worker trusts op_count for the size of its results: a lie is refused before it is believed.
	if (list.ByteLength() < sizeof(ctn_list_head) || list.ByteLength() > CTN_LIST_MAX ||
	    reinterpret_cast<const ctn_list_head *>(list.Data())->op_count > list.ByteLength() / sizeof(ctn_op_head)) {
		Napi::RangeError::New(info.Env(), "not a host batch").ThrowAsJavaScriptException();
		return info.Env().Undefined();
	}
	BatchWorker *worker = new BatchWorker(info.Env(), list);
	worker->Queue();
	return worker->Promise();
}

} // namespace

void BindBatch(Napi::Env env, Napi::Object exports)
{
	exports["batch"] = Napi::Function::New(env, Batch, "batch");
}
