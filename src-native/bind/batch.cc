// SPDX-License-Identifier: Apache-2.0
// A host batch on a thread.
#include "bind.h"
#include "work.h"

#include <cerrno>

namespace {

// Resolves to an array of numbers and Uint8Arrays, or to [failed index, -errno] as a plain object.
class BatchWork : public Work {
public:
	BatchWork(Napi::Env env, Napi::Uint8Array list)
	    : Work(env), list_((list.ByteLength() + 7) / 8), size_(list.ByteLength())
	{
		memcpy(list_.data(), list.Data(), size_);
		if (size_ >= sizeof(ctn_list_head))
			results_.resize(reinterpret_cast<const ctn_list_head *>(list_.data())->op_count);
	}

	~BatchWork() override
	{
		for (ctn_result &result : results_)
			ctn_result_free(&result);
	}

	void Execute() override { error_ = ctn_batch_run(list_.data(), size_, results_.data(), &failed_); }

	Napi::Value Result(Napi::Env env) override
	{
		if (error_ < 0)
			return FailedOp(env, failed_, error_);
		Napi::Array values = Napi::Array::New(env, results_.size());
		for (uint32_t i = 0; i < results_.size(); i++)
			values[i] = Value(env, results_[i]);
		return values;
	}

private:
	static Napi::Value Value(Napi::Env env, const ctn_result &result)
	{
		if (result.value < 0 || !result.bytes)
			return Napi::Number::New(env, result.value);
		Napi::Uint8Array bytes = Napi::Uint8Array::New(env, result.length);
		memcpy(bytes.Data(), result.bytes, result.length);
		return bytes;
	}

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
	return Work::Queue(info.Env(), new BatchWork(info.Env(), list));
}

} // namespace

void BindBatch(Napi::Env env, Napi::Object exports)
{
	exports["batch"] = Napi::Function::New(env, Batch, "batch");
}
